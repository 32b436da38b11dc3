"""The load generator of benchmarks/fanout tells a whole stream from one with a gap, a repetition, or a loss."""

import shutil
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from benchmarks.fanout.build import Missing, Tools, build
from benchmarks.fanout.readers import Seen, message, reading

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler (Debian: apt-get install gcc)")

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return build(tmp_path_factory.mktemp("tools"))


def event(n: int) -> bytes:
    return b"event: ops\nid: %d\ndata: %b\n\n" % (n, message(n, time.monotonic_ns()).encode())


@contextmanager
def serving(pieces: list[bytes], *, hang_up: bool) -> Iterator[str]:
    """A server that gives one reader these pieces, each in a segment of its own, and then hangs up or does not."""
    with ExitStack() as ended, socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            ended.callback(client.close)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.recv(65536)
            with suppress(ConnectionError):  # a reader that has seen the last number does not wait for its words
                for piece in pieces:
                    client.sendall(piece)
            if hang_up:
                client.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/live"
        thread.join()


def seen(tools: Tools, pieces: list[bytes], last: int, *options: str, hang_up: bool = False) -> Seen:
    with serving(pieces, hang_up=hang_up) as address, reading(tools, [address], 1, *options) as readers:
        return readers.until(last)


def bits(data: bytes, size: int) -> list[bytes]:
    return [data[first : first + size] for first in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 7, 614, 4096])
def test_counts_every_event_wherever_the_stream_is_cut(tools: Tools, size: int) -> None:
    data = HEAD + b"\r\n" + b"".join(map(event, (1, 2, 3)))
    found = seen(tools, bits(data, size), 3)
    assert (found.deliveries, found.doubled, found.skipped, found.behind) == (3, 0, 0, 0)
    assert sum(found.classes.values()) == 3


def test_sees_what_is_missing_and_what_comes_twice(tools: Tools) -> None:
    data = HEAD + b"\r\n" + b"".join(map(event, (1, 2, 2, 5)))
    found = seen(tools, [data], 5)
    assert (found.deliveries, found.doubled, found.skipped, found.behind) == (4, 1, 2, 0)


def test_says_how_many_did_not_come(tools: Tools) -> None:
    found = seen(tools, [HEAD + b"\r\n" + event(1)], 4, hang_up=True)
    assert (found.deliveries, found.behind, found.open) == (1, 3, 0)


def test_takes_chunks_apart(tools: Tools) -> None:
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in bits(event(1) + event(2), 40))
    found = seen(tools, bits(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body, 11), 2)
    assert (found.deliveries, found.skipped) == (2, 0)


def test_decodes_gzip(tools: Tools) -> None:
    if not tools.gzip:
        pytest.skip("built without zlib")
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = deflate.compress(event(1)) + deflate.flush(zlib.Z_FULL_FLUSH)
    packed += deflate.compress(event(2)) + deflate.flush(zlib.Z_FULL_FLUSH)
    found = seen(tools, bits(HEAD + b"Content-Encoding: gzip\r\n\r\n" + packed, 100), 2, "gzip")
    assert (found.deliveries, found.bytes) == (2, len(packed))


def test_the_latency_of_a_part_is_that_of_its_slowest() -> None:
    latencies = Seen(classes={1000: 98, 2000: 1, 9000: 1})
    assert [latencies.at(part) for part in (0.5, 0.99, 1.0)] == [1.0, 2.0, 9.0]


def test_says_what_to_install_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="apt-get install gcc"):
        build(tmp_path)
