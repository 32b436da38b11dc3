"""What a browser keeps of an answer whose connection was cut: over plain HTTP it takes half a head for a whole one.

It must not keep that for as long as its Cache-Control says: a page would be given an empty answer for a day.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

from standfirst.edge.answers import OPEN, answer, immutable, raw
from standfirst.edge.board import JSON
from standfirst.edge.documents import document
from tests.browser.conftest import Opener

ANSWER = answer(document(b'{"seq": 4, "ops": []}', JSON), {}, cache=immutable(86400), fields=OPEN)
WHOLE = b"".join(raw(ANSWER, [(b"date", b"Sun, 02 Mar 2031 12:00:00 GMT")], keep_alive=False))
PAGE = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
LENGTH = re.compile(rb"content-length: \d+\r\n")

Kept = Callable[[bytes], list[int]]

ASK = """async (cuts) => {
  const ask = (cut) => fetch(`/${cut}`).then((answer) => answer.json()).then(() => true, () => false);
  const kept = [];
  for (const cut of cuts) if (!await ask(cut) && !await ask(cut)) kept.push(cut);
  return kept;
}"""


@contextmanager
def cutter(whole: bytes) -> Iterator[str]:
    """The address of a server that gives no more than n bytes to the first who asks for /n, then all; / is a page."""
    asked = set[bytes]()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            request: bytes = self.request.recv(65536)
            if not request:  # the browser connects ahead of its needs
                return
            name = request.split()[1][1:]
            if not name.isdigit():
                self.request.sendall(PAGE)
                return
            self.request.sendall(whole if name in asked else whole[: int(name)])
            asked.add(name)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def kept(opener: Opener) -> Kept:
    """After how many bytes an answer has to be cut for the browser to keep what is no answer."""

    def find(whole: bytes) -> list[int]:
        page = opener().new_page()
        with cutter(whole) as url:
            page.goto(url)
            cuts: list[int] = page.evaluate(ASK, list(range(1, len(whole), 3)))
        return cuts

    return find


def test_a_browser_keeps_no_answer_that_was_cut(kept: Kept) -> None:
    assert kept(WHOLE) == []


def test_control_it_keeps_those_whose_length_comes_after_the_time_to_keep_them(kept: Kept) -> None:
    (length,) = LENGTH.findall(WHOLE)
    head, body = LENGTH.sub(b"", WHOLE).split(b"\r\n\r\n")
    cuts = kept(b"\r\n".join([head, length, body]))
    assert cuts
    assert min(cuts) > head.index(b"max-age=")
