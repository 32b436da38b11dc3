"""The crowd against a server that keeps to the protocol, and one that does not."""

import signal
import socketserver
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from standfirst.load import bench
from standfirst.load.bench import Plan, Report, explained
from standfirst.load.reader import Place
from standfirst.load.target import BenchRefused, Page, Target
from tests.load.scripted import Scripted, event, hello, ops, stream

SHORT = 0.3


@pytest.fixture
def script() -> Scripted:
    return Scripted()


def loaded(script: Scripted, *, readers: int = 3, seconds: float = SHORT, ca: Path | None = None) -> Report:
    target = Target(Page.of(script.address.replace("http:", "https:") if ca else script.address), ca=ca)
    try:
        plan = Plan(readers=readers, seconds=seconds, rate=1000)
        return bench.run(target, plan, lambda doing, done, total: None)
    finally:
        target.close()


def found(address: str) -> Place:
    target = Target(Page.of(address))
    try:
        return target.find()
    finally:
        target.close()


def faults(report: Report) -> tuple[int, int, int]:
    return report.missing, report.doubled, report.unreadable


def test_readers_that_are_sent_everything_are_sound(script: Scripted) -> None:
    script.streams = [stream(hello(), ops(4), ops(5))]
    with script.serving():
        report = loaded(script, readers=20)
    assert report.sound
    assert (report.opened, report.late, faults(report)) == (20, 0, (0, 0, 0))


@pytest.mark.parametrize(("run", "expected"), [((4, 6), (1, 0, 0)), ((4, 4), (0, 1, 0)), ((5, 4), (1, 1, 0))], ids=str)
def test_one_reader_with_a_fault_among_many_is_found(
    script: Scripted, run: tuple[int, ...], expected: tuple[int, int, int]
) -> None:
    good = stream(hello(), *map(ops, range(4, max(run) + 1)))
    script.streams = [good, good, stream(hello(), *map(ops, run)), good]
    with script.serving():
        report = loaded(script, readers=6)
    assert (faults(report), report.late, report.sound) == (expected, 0, False)


def test_a_reader_that_never_gets_the_last_entry_is_late(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SETTLE_S", 0.1)
    script.streams = [stream(hello()), stream(hello(), ops(4))]
    with script.serving():
        report = loaded(script)
    assert (report.late, report.sound) == (1, False)


NO_ROOM = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n"
BESIDE = stream(hello(), ops(4), ops(5))
"""For the other reader: until entry 5 has come to both, the run is not over."""


def test_a_stream_that_breaks_off_is_resumed_by_the_last_event(script: Scripted) -> None:
    script.streams = [stream(hello(), ops(4)) + Scripted.OVER, BESIDE, stream(hello(seq=4), ops(5))]
    with script.serving():
        report = loaded(script, readers=2)
    assert (report.broken, report.resumed, report.sound) == (1, 1, True)
    assert [("Last-Event-ID: 4" in request) for request in script.asked("/live")] == [False, False, True]


def test_a_restart_is_obeyed(script: Scripted) -> None:
    script.streams = [stream(hello(), event("restart", {"retry": 1})), BESIDE]
    with script.serving():
        report = loaded(script, readers=2)
    assert (report.broken, report.resumed, report.sound) == (0, 1, True)


def test_a_reload_fetches_the_page_anew(script: Scripted) -> None:
    script.streams = [
        stream(hello(), ops(4, {"op": "reload"})), BESIDE, stream(hello(seq=4, edition="new"), ops(5)),
    ]  # fmt: skip
    with script.serving():
        target = Target(Page.of(script.address))

        def tell(doing: str, done: float, total: float) -> None:
            script.edition, script.seq = "new", 4  # the page was read once by now

        report = bench.run(target, Plan(readers=2, seconds=SHORT, rate=1000), tell)
        target.close()
    assert (report.reloads, report.resumed, faults(report), report.late) == (1, 1, (0, 0, 0), 0)
    assert [request.split()[1] for request in script.asked("edition=new")] == ["/flood/live?edition=new&after=4"]


def test_readers_that_are_told_to_poll_stay_away_and_are_reported(script: Scripted) -> None:
    script.streams = [stream(event("bye", {"retry": 1})), stream(hello(), ops(4))]
    with script.serving():
        report = loaded(script)
    assert (report.turned_away, report.opened, report.late, report.without) == (1, 2, 0, 0)
    assert [("STANDFIRST_MAX_READERS" in fault) for fault in report.faults] == [True]
    assert len(script.asked("/live")) == 3


def test_a_server_that_dies_for_good_is_not_sound(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SETTLE_S", 0.1)
    script.streams = [stream(hello())]
    with script.serving():
        target = Target(Page.of(script.address))

        def tell(doing: str, done: float, total: float) -> None:
            if doing == "listening":
                script.die()

        report = bench.run(target, Plan(readers=3, seconds=SHORT, rate=1000), tell)
        target.close()
    assert (report.opened, report.broken, report.resumed, report.without, report.late) == (3, 3, 0, 3, 0)
    assert (report.sound, report.faults) == (False, ["3 readers without a stream at the end: see the server's log"])


def test_one_reader_that_never_had_a_stream_is_enough(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SETTLE_S", 0.1)
    monkeypatch.setattr("standfirst.load.crowd.HELLO_S", 0.2)
    script.streams = [NO_ROOM, stream(hello(), ops(4))]
    with script.serving():
        report = loaded(script)
    assert (report.opened, report.broken, report.without, report.sound) == (2, 0, 1, False)
    assert "STANDFIRST_ADDRESS_CONNECTIONS" in explained(*report.trouble)


def test_who_comes_back_soon_after_the_time_is_over_is_waited_for(script: Scripted) -> None:
    later = stream(hello(), event("restart", {"retry": int(SHORT * 1000) + 100}))
    script.streams = [later, stream(hello())]
    with script.serving():
        report = loaded(script, readers=1)
    assert (report.resumed, report.without, report.sound) == (1, 0, True)


def test_an_interrupt_ends_it_with_the_figures_so_far(script: Scripted) -> None:
    script.streams = [stream(hello())]
    before = signal.getsignal(signal.SIGINT)
    with script.serving():
        target = Target(Page.of(script.address))

        def tell(doing: str, done: float, total: float) -> None:
            if doing == "listening":
                signal.raise_signal(signal.SIGINT)

        report = bench.run(target, Plan(readers=3, seconds=3600, rate=1000), tell)
        target.close()
    assert (report.opened, report.interrupted, report.faults) == (3, True, ["it was interrupted"])
    assert report.seconds < 3600
    assert signal.getsignal(signal.SIGINT) is before


def test_what_cannot_be_read_is_counted_and_named(script: Scripted) -> None:
    good = stream(hello())
    script.streams = [stream(hello(), event("surprise", {})), good]
    with script.serving():
        report = loaded(script)
    assert (report.unreadable, report.sound) == (1, False)
    assert any("surprise" in why for why in report.trouble)


def test_no_stream_at_all_is_one_line(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standfirst.load.crowd.HELLO_S", 0.2)
    script.streams = [b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n"]
    with script.serving(), pytest.raises(BenchRefused, match=r"no stream of 3 could be opened \(HTTP 429, .*--rate\)"):
        loaded(script)
    assert len(script.asked("/live")) == 3, "they wait as long as they were told"


def test_none_but_told_to_poll_is_one_line_with_the_setting(script: Scripted) -> None:
    script.streams = [stream(event("bye", {"retry": 1}))]
    with script.serving(), pytest.raises(BenchRefused, match=r"no stream of 3 .*STANDFIRST_MAX_READERS"):
        loaded(script)


def test_a_server_that_says_nothing_is_not_waited_for(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standfirst.load.crowd.HELLO_S", 0.2)
    script.streams = [b"HTTP/1.1 200 OK\r\n\r\n"]
    with script.serving(), pytest.raises(BenchRefused, match="no stream of 3"):
        loaded(script)


@pytest.fixture
def certified(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return context, tmp_path / "ca.pem"


def test_over_tls(script: Scripted, certified: tuple[ssl.SSLContext, Path]) -> None:
    context, ca = certified
    script.streams = [stream(hello(), ops(4), ops(5))]
    with script.serving(context):
        assert loaded(script, readers=10, ca=ca).sound


def test_a_certificate_of_another_authority_is_refused(
    script: Scripted, certified: tuple[ssl.SSLContext, Path], tmp_path: Path
) -> None:
    context, _ = certified
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    script.streams = [stream(hello())]
    with script.serving(context):
        with pytest.raises(BenchRefused, match="not of the authority in --ca"):
            loaded(script, ca=other)
        with pytest.raises(BenchRefused, match=r"signed its certificate .*: give --ca FILE"):
            found(script.address.replace("http:", "https:"))


def test_a_certificate_for_another_host_is_no_matter_of_authorities(script: Scripted, tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("news.example").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    script.streams = [stream(hello())]
    with script.serving(context), pytest.raises(BenchRefused, match=r"certificate is refused .*another address"):
        loaded(script, ca=tmp_path / "ca.pem")


def test_tls_to_a_port_that_speaks_plain_http_is_told_so() -> None:
    class Plain(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Plain) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with pytest.raises(BenchRefused, match="it speaks plain HTTP: give http://"):
                found(f"https://127.0.0.1:{server.server_address[1]}/flood")
        finally:
            server.shutdown()
            thread.join()
