"""The way out: what a name server, a redirect or a slow peer may try, without a network. Connects are counted."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from standfirst.syndication.egress import Egress, Fetched, FetchRefused, Resolver, is_public

PUBLIC = "93.184.215.14"


class Names:
    """A name server: each question gets the next of the host's answers, the last one for good."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = answers

    async def __call__(self, host: str, port: int) -> list[str]:
        answers = self._answers.get(host.split(".")[0])
        if answers is None:
            raise OSError("no such host")
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Peer(httpx.AsyncBaseTransport):
    """Answers every request and remembers where it connected to."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.connects: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.connects.append(request)
        return self._answer(request)


def page(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, stream=Body([b"<html>", b"page"]))


class Body(httpx.AsyncByteStream):
    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part


class Drip(httpx.AsyncByteStream):
    """A byte at a time, for ever."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.001)


def get(url: str, names: Resolver, peer: Peer, **given: float | Callable[[str], bool]) -> Fetched:
    return asyncio.run(Egress(resolver=names, transport=peer, **given).get(url))  # type: ignore[arg-type]


def test_it_connects_to_the_address_that_was_vetted_and_names_the_host() -> None:
    peer = Peer(page)
    fetched = get("https://paper.example:8443/a?b=1#c", Names(paper=[[PUBLIC]]), peer)
    assert (fetched.data, fetched.address) == (b"<html>page", "https://paper.example:8443/a?b=1#c")
    (request,) = peer.connects
    assert str(request.url) == f"https://{PUBLIC}:8443/a?b=1"
    assert (request.headers["host"], request.extensions["sni_hostname"]) == ("paper.example:8443", "paper.example")


@pytest.mark.parametrize("host", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example"])
def test_a_name_with_letters_beyond_ascii_is_asked_for_as_the_net_writes_it(host: str) -> None:
    peer = Peer(page)
    get(f"https://{host}:8443/ü", Names(**{"xn--bcher-kva": [[PUBLIC]]}), peer)
    (request,) = peer.connects
    assert request.headers["host"] == "xn--bcher-kva.example:8443"
    assert request.extensions["sni_hostname"] == "xn--bcher-kva.example"


@pytest.mark.parametrize("host", ["☃.example", "ü" * 70 + ".example"])
def test_a_name_that_the_net_cannot_write_is_refused(host: str) -> None:
    with pytest.raises(FetchRefused, match="cannot be fetched"):
        get(f"https://{host}/", Names(), Peer(page))


def test_a_redirect_to_no_address_is_refused() -> None:
    peer = Peer(lambda request: httpx.Response(302, headers={"location": "http://[inside"}))
    with pytest.raises(FetchRefused, match="is no address"):
        get("https://paper.example/", Names(paper=[[PUBLIC]]), peer)


INSIDE = [
    "127.0.0.1",
    "10.0.0.7",
    "172.16.3.3",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "2002:0a00:0001::1",
    "2002:5db8:d70e::1",
    "64:ff9b::7f00:1",
    "64:ff9b::192.168.0.1",
    "64:ff9b:1::7f00:1",
    "2001:0:7f00:1::",
    "2a00::5efe:127.0.0.1",
    "fec0::1",
    "192.0.0.9",
    "192.88.99.1",
    "3fff::1",
    "::ffff:192.88.99.1",
    "not an address",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_address_is_refused_with_no_connect(address: str) -> None:
    peer = Peer(page)
    with pytest.raises(FetchRefused, match="not on the open internet"):
        get("http://inside.example/", Names(inside=[[PUBLIC, address]]), peer)
    assert peer.connects == []


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "64:ff9b::5db8:d70e"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


def test_without_the_vetting_it_would_connect() -> None:
    """The negative control: the connect that the guard prevents is one that this test would see."""
    peer = Peer(page)
    get("http://inside.example/", Names(inside=[["127.0.0.1"]]), peer, vet=lambda address: True)
    assert [request.url.host for request in peer.connects] == ["127.0.0.1"]


def test_a_second_answer_of_the_name_server_changes_nothing() -> None:
    peer = Peer(page)
    get("http://rebinding.example/", Names(rebinding=[[PUBLIC], ["127.0.0.1"]]), peer)
    assert [request.url.host for request in peer.connects] == [PUBLIC]


@pytest.mark.parametrize(
    "url", ["http://0177.1/", "http://2130706433/", "http://0x7f.1/", "http://127.0.0.1/", "http://[::1]/"]
)
def test_odd_spellings_of_this_machine_are_refused_by_the_real_resolver(url: str) -> None:
    peer = Peer(page)
    with pytest.raises(FetchRefused):
        asyncio.run(Egress(transport=peer).get(url))
    assert peer.connects == []


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/x", "//[::ffff:127.0.0.1]/", "http://inside.example/", "file:///etc/passwd"]
)
def test_each_redirect_is_vetted_anew(target: str) -> None:
    peer = Peer(lambda request: httpx.Response(302, headers={"location": target}, stream=Body([])))

    async def names(host: str, port: int) -> list[str]:
        return {"paper.example": [PUBLIC], "inside.example": ["10.0.0.1"]}.get(host, [host])

    with pytest.raises(FetchRefused):
        get("http://paper.example/", names, peer)
    assert [request.url.host for request in peer.connects] == [PUBLIC]


def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    def hops(most: int) -> Peer:
        def answer(request: httpx.Request) -> httpx.Response:
            count = int(request.url.path[1:] or 0)
            if count == most:
                return page(request)
            return httpx.Response(301, headers={"location": f"/{count + 1}"}, stream=Body([]))

        return Peer(answer)

    names = Names(paper=[[PUBLIC]])
    assert get("http://paper.example/", names, hops(5)).address == "http://paper.example/5"
    with pytest.raises(FetchRefused, match="redirect number 6"):
        get("http://paper.example/", names, hops(6))


def test_a_peer_that_drips_meets_the_deadline() -> None:
    peer = Peer(lambda request: httpx.Response(200, stream=Drip()))
    with pytest.raises(FetchRefused, match=r"not whole after 0\.05 seconds"):
        get("http://slow.example/", Names(slow=[[PUBLIC]]), peer, deadline=0.05)


def test_an_endless_peer_meets_the_cap() -> None:
    peer = Peer(lambda request: httpx.Response(200, stream=Drip()))
    with pytest.raises(FetchRefused, match="larger than 9 bytes"):
        get("http://slow.example/", Names(slow=[[PUBLIC]]), peer, cap=9)


def test_packed_bytes_are_left_packed_and_other_packing_is_refused() -> None:
    packed = gzip.compress(b"page")
    headers = {"content-encoding": "gzip"}
    names = Names(paper=[[PUBLIC]])
    peer = Peer(lambda request: httpx.Response(200, headers=headers, stream=Body([packed])))
    assert get("http://paper.example/", names, peer).data == packed
    peer = Peer(lambda request: httpx.Response(200, headers={"content-encoding": "br"}, stream=Body([b"?"])))
    with pytest.raises(FetchRefused, match="'br'"):
        get("http://paper.example/", names, peer)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://paper.example/", "no web address"),
        ("http:///x", "no web address"),
        ("http://paper.example:99999/", "no address"),
        ("http://user:pw@paper.example/", "user name"),
        ("http://nowhere.example/", "has no address"),
    ],
)
def test_bad_addresses_are_refused_by_name(url: str, why: str) -> None:
    peer = Peer(page)
    with pytest.raises(FetchRefused, match=why):
        get(url, Names(paper=[[PUBLIC]]), peer)
    assert peer.connects == []


def test_an_answer_that_is_no_page_is_refused() -> None:
    peer = Peer(lambda request: httpx.Response(404, stream=Body([])))
    with pytest.raises(FetchRefused, match="answers 404"):
        get("http://paper.example/", Names(paper=[[PUBLIC]]), peer)


def test_over_a_real_socket_the_host_is_named_and_the_address_is_connected_to() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = f"{self.headers['host']} {self.path}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            egress = Egress(resolver=Names(paper=[["127.0.0.1"]]), vet=lambda address: True)
            fetched = asyncio.run(egress.get(f"http://paper.example:{server.server_port}/a?b"))
        finally:
            server.shutdown()
            thread.join()
    assert fetched.data.decode() == f"paper.example:{server.server_port} /a?b"
