"""Where the crowd may go, and where not."""

import re
import resource
import socket
from pathlib import Path

import pytest

from standfirst.load.bench import SPARE_FILES, room_for
from standfirst.load.reader import Place
from standfirst.load.target import BenchRefused, Page, Target, judged
from tests.load.scripted import Scripted, stream


def test_an_address_is_taken_apart() -> None:
    assert Page.of("http://127.0.0.1:8000/sallow-flood") == Page(
        "http", "127.0.0.1", 8000, "127.0.0.1:8000", "sallow-flood"
    )
    assert Page.of("https://news.example/flood/") == Page("https", "news.example", 443, "news.example", "flood")
    assert Page.of("http://[::1]:80/flood").authority == "[::1]"
    assert Page.of("https://bücher.example/flood").host == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:8000/flood", "ftp://h/flood", "http:///flood", "http://h/", "http://h", "http://h/flood/page/2",
        "http://h/Flood", "http://h/flood?x=1", "http://h/flood#x", "http://h:0x50/flood", "http://[::1/flood",
        "http://me@h/flood", "http://h/../flood", "http://h/flood\r\nx", "http://xn--a\u0000b/flood",
    ],
)  # fmt: skip
def test_what_is_no_storys_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(BenchRefused, match=r"give|leave it out"):
        Page.of(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_be_loaded(address: str) -> None:
    assert judged("here", [address], remote=False) == [address]


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"])
def test_another_machine_only_if_that_was_said(address: str) -> None:
    with pytest.raises(
        BenchRefused, match=rf"news \(at {re.escape(address)}\) is not this machine: give --allow-remote"
    ):
        judged("news", [address], remote=False)
    assert judged("news", [address], remote=True) == [address]


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "169.254.169.254", "fe80::1%1", "240.0.0.1", "x"]
)
@pytest.mark.parametrize("remote", [False, True])
def test_what_is_no_host_is_never_loaded(address: str, remote: bool) -> None:
    with pytest.raises(BenchRefused, match="is no host's own address"):
        judged("news", [address], remote=remote)


def test_one_bad_address_among_good_ones_is_enough() -> None:
    with pytest.raises(BenchRefused, match="192"):
        judged("news", ["127.0.0.1", "192.0.2.7"], remote=False)
    with pytest.raises(BenchRefused, match="no address"):
        judged("news", [], remote=False)


def test_a_name_is_resolved_once_and_the_first_address_that_answers_is_kept() -> None:
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["::1", "127.0.0.1"]

    script = Scripted()
    script.streams = [stream()]
    with script.serving():
        page = Page.of(f"http://news.example:{script.port}/flood")
        target = Target(page, resolver=resolver)
        try:
            assert [target.find(), target.place()] == [Place("abc123", 3)] * 2
            assert (target.address, target.local) == ("127.0.0.1", True)
        finally:
            target.close()
    assert asked == [("news.example", script.port)]
    assert f"host: news.example:{script.port}\r\n" in script.requests[0].lower()


def test_a_name_without_an_address_and_a_port_where_nobody_listens_are_refused() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(BenchRefused, match=r"nowhere\.example has no address"):
        Target(Page.of("http://nowhere.example/flood"), resolver=resolver)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        target = Target(Page.of(f"http://127.0.0.1:{taken.getsockname()[1]}/flood"))
        with pytest.raises(BenchRefused, match="cannot be read"):
            target.find()
        target.close()


def test_a_page_that_is_not_ours_is_refused() -> None:
    script = Scripted()
    script.streams, script.edition = [stream()], '">'
    with script.serving():
        target = Target(Page.of(script.address))
        with pytest.raises(BenchRefused, match="no live page of a Standfirst"):
            target.find()
        target.close()


def test_more_readers_than_open_files_are_refused_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"now": (1024, 4096)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, given: limits.update(now=given))
    room_for(100)
    assert limits["now"] == (1024, 4096)
    room_for(4000)
    assert limits["now"] == (4000 + SPARE_FILES, 4096)
    with pytest.raises(BenchRefused, match=r"5000 readers need 5064 .* `ulimit -n 5064` .* at most 4032"):
        room_for(5000)


def test_a_file_that_holds_no_certificate_is_refused(tmp_path: Path) -> None:
    nothing = tmp_path / "ca.pem"
    nothing.write_text("nothing")
    with pytest.raises(BenchRefused, match="--ca"):
        Target(Page.of("https://127.0.0.1/flood"), ca=nothing)


def test_an_authority_for_plain_http_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchRefused, match=r"--ca .*ca\.pem is for TLS, and http://127\.0\.0\.1 is plain"):
        Target(Page.of("http://127.0.0.1/flood"), ca=tmp_path / "ca.pem")
