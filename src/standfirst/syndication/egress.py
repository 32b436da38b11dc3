"""The one way out: fetches a page from an address that somebody typed, and never from inside our own house.

A name is resolved once, every address it has must be public, and the connection goes to that very address, so that a
second answer of the name server changes nothing. Each redirect starts over. The whole has one deadline and one cap.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urljoin, urlsplit

import httpx

DEADLINE = 30.0
"""Seconds for everything: names, connections, redirects, the last byte."""
MAX_BYTES = 20_000_000
MAX_REDIRECTS = 5

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""A host's addresses, as text, best first; raises OSError when it has none."""

_SPECIAL = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2002::/16", "fec0::/10", "3fff::/20"))
)  # not for hosts on the open internet, though not every Python's tables know it
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_HEADERS = {"User-Agent": "Standfirst (live page import)", "Accept": "text/html, text/plain;q=0.8, */*;q=0.1"}


class FetchRefused(Exception):  # a refusal is no programming error
    """A page was not fetched; the message names the address, why, and the remedy."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes as they came, still packed if the server packed them with gzip, and the address after redirects."""

    data: bytes
    address: str


def fetch(url: str, *, deadline: float = DEADLINE, cap: int = MAX_BYTES) -> Fetched:
    """GET a public page. Raises FetchRefused."""
    return asyncio.run(Egress(deadline=deadline, cap=cap).get(url))


async def system_resolver(host: str, port: int) -> list[str]:
    """What this machine's name service says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet, and so is any IPv4 address that hides in it."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    return all(_open(each) for each in (ip, *_inside(ip)))


def _open(ip: IPv4Address | IPv6Address) -> bool:
    if ip in _NAT64:
        return True
    special = ip.is_multicast or ip.is_reserved or ip.is_unspecified or any(ip in network for network in _SPECIAL)
    return ip.is_global and not special


def _inside(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses that an IPv6 address stands for: mapped, compatible, 6to4, Teredo, NAT64, ISATAP."""
    if isinstance(ip, IPv4Address):
        return []
    low = IPv4Address(int(ip) & 0xFFFFFFFF)
    found = [each for each in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if each is not None]
    if ip in _NAT64 or ip in _COMPATIBLE or (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
        found.append(low)
    return found


class Egress:
    """Fetches pages. What resolves, vets and connects can be given, so that a test needs no network."""

    def __init__(
        self,
        *,
        resolver: Resolver = system_resolver,
        transport: httpx.AsyncBaseTransport | None = None,
        vet: Callable[[str], bool] = is_public,
        deadline: float = DEADLINE,
        cap: int = MAX_BYTES,
    ) -> None:
        self._resolver = resolver
        self._transport = transport
        self._vet = vet
        self._deadline = deadline
        self._cap = cap

    async def get(self, url: str) -> Fetched:
        """GET `url`, following at most five redirects. Raises FetchRefused."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(url)
        except TimeoutError:
            raise FetchRefused(
                f"{url} was not whole after {self._deadline:g} seconds: save the page in a browser and import the file"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = f"{type(error).__name__}: {error}"
            raise FetchRefused(f"{url} cannot be fetched ({why}): check the address") from None

    async def _follow(self, url: str) -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._one(url)
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise FetchRefused(f"{url} is redirect number {MAX_REDIRECTS + 1}: give the page's final address")

    async def _one(self, url: str) -> Fetched | str:
        """The page, or where it redirects to."""
        transport = self._transport or httpx.AsyncHTTPTransport()
        request = await self._request(url)
        try:
            response = await transport.handle_async_request(request)
            try:
                if response.status_code in (301, 302, 303, 307, 308) and "location" in response.headers:
                    return _redirect(url, response.headers["location"])
                if response.status_code != 200:
                    raise FetchRefused(f"{url} answers {response.status_code}: check the address in a browser")
                return Fetched(await self._body(url, response), url)
            finally:
                await response.aclose()
        finally:
            if self._transport is None:
                await transport.aclose()

    async def _request(self, url: str) -> httpx.Request:
        """A request to the vetted address itself, that names the host where HTTP and TLS ask for it."""
        host, port, authority = _parts(url)
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise FetchRefused(f"{host} has no address ({error}): check its spelling") from None
        inside = [address for address in addresses if not self._vet(address)]
        if inside or not addresses:
            raise FetchRefused(
                f"{host} is at {', '.join(inside) or 'no address'}, which is not on the open internet: "
                "save the page and import the file"
            )
        headers = {**_HEADERS, "Host": authority, "Accept-Encoding": "gzip", "Connection": "close"}
        timeout = httpx.Timeout(self._deadline).as_dict()
        return httpx.Request(
            "GET",
            httpx.URL(url).copy_with(host=addresses[0], fragment=None),
            headers=headers,
            extensions={"sni_hostname": host, "timeout": timeout},
        )

    async def _body(self, url: str, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise FetchRefused(f"{url} is packed with {encoding!r}, which was not asked for: save the page instead")
        parts: list[bytes] = []
        size = 0
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)  # an async transport gives no other
        async for chunk in stream:
            size += len(chunk)
            if size > self._cap:
                raise FetchRefused(f"{url} is larger than {self._cap:,} bytes: save the part that you need")
            parts.append(chunk)
        return b"".join(parts)


def _redirect(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchRefused(f"{url} redirects to {location!r}, which is no address: give the final address") from None


def _parts(url: str) -> tuple[str, int, str]:
    """Host, port and what the Host header says. Raises FetchRefused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchRefused(f"{url!r} is no address ({error}): give https://host/path") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchRefused(f"{url!r} is no web address: give https://host/path")
    if parts.username is not None or parts.password is not None:
        raise FetchRefused(f"{parts.hostname} is addressed with a user name: leave it out")
    default = 443 if parts.scheme == "https" else 80
    host = httpx.URL(scheme=parts.scheme, host=parts.hostname).raw_host.decode("ascii")
    shown = f"[{host}]" if ":" in host else host
    return host, port or default, shown if port in (None, default) else f"{shown}:{port}"
