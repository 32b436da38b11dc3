"""Where the crowd may go: a story's page on this machine, or on another if that was said in so many words.

A name is resolved once, all its addresses are judged, and every connection goes to the one that answered: a second
answer of the name server sends nobody elsewhere.
"""

import ipaddress
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from standfirst.load.reader import Place

PATIENCE_S = 30.0
"""For one ordinary request."""

Resolver = Callable[[str, int], Sequence[str]]
"""A host's addresses, as text, best first; raises OSError when it has none."""

_EDITION = re.compile(r'<html[^>]*\sdata-edition="([\w.-]{1,80})"')
_SEQ = re.compile(r'<html[^>]*\sdata-seq="([0-9]{1,15})"')
_PLAIN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")
"""What OpenSSL says to an answer that is no TLS."""
_UNTRUSTED = (18, 19, 20, 21)
"""What OpenSSL says of a certificate that is its own authority's, or of one that is not known."""
_SLUG = re.compile(r"/([a-z0-9]+(?:-[a-z0-9]+)*)/?")


class BenchRefused(Exception):  # a refusal is no programming error
    """The crowd does not go there, or cannot; the message names the value and the remedy."""


def system_resolver(host: str, port: int) -> list[str]:
    """What this machine's name service says."""
    return [str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Page:
    """A story's page, as its address says. `authority` is what the Host header says."""

    scheme: str
    host: str
    port: int
    authority: str
    slug: str

    @classmethod
    def of(cls, address: str) -> Self:
        """Take an address apart. Raises BenchRefused."""
        if not address.isprintable() or " " in address:  # urlsplit would pass over them
            raise BenchRefused(f"{address!r} is no address: give http://HOST/STORY")
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError as error:
            raise BenchRefused(f"{address!r} is no address ({error}): give http://HOST/STORY") from None
        slug = _SLUG.fullmatch(parts.path)
        if parts.scheme not in ("http", "https") or not parts.hostname or slug is None or parts.query or parts.fragment:
            raise BenchRefused(f"{address!r} is no story's page: give its address, as http://127.0.0.1:8000/STORY")
        if parts.username is not None or parts.password is not None:
            raise BenchRefused(f"{parts.hostname} is addressed with a user name: leave it out")
        try:
            name = httpx.URL(scheme=parts.scheme, host=parts.hostname).raw_host.decode("ascii")
        except httpx.InvalidURL:
            raise BenchRefused(f"{parts.hostname!r} is no host: give http://HOST/STORY") from None
        default = 443 if parts.scheme == "https" else 80
        shown = f"[{name}]" if ":" in name else name
        authority = shown if port in (None, default) else f"{shown}:{port}"
        return cls(parts.scheme, name, port or default, authority, slug[1])

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"


def judged(host: str, addresses: Sequence[str], *, remote: bool) -> list[str]:
    """The addresses, if the crowd may go to every one of them: this machine's own, or with `remote` any host's.

    Raises BenchRefused.
    """
    if not addresses:
        raise BenchRefused(f"{host} has no address: check its spelling")
    for address in addresses:
        named = host if host == address else f"{host} (at {address})"
        ip = _plain(address)
        if (
            ip is None
            or ip.is_multicast
            or ip.is_unspecified
            or ip.is_link_local
            or (ip.version == 4 and ip.is_reserved)
        ):
            raise BenchRefused(f"{named} is no host's own address: give the server's")
        if not ip.is_loopback and not remote:
            raise BenchRefused(f"{named} is not this machine: give --allow-remote if the server there is yours")
    return list(addresses)


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as a number; an IPv4 one written as IPv6 is itself. None: it is none."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return None
    mapped = getattr(ip, "ipv4_mapped", None)
    return ip if mapped is None else mapped


class Target:
    """A page whose host was resolved and judged. `address` is where all connections go; `tls` None: plain HTTP."""

    def __init__(
        self, page: Page, *, remote: bool = False, ca: Path | None = None, resolver: Resolver = system_resolver
    ) -> None:
        """Raises BenchRefused."""
        if ca is not None and page.scheme == "http":
            raise BenchRefused(f"--ca {ca} is for TLS, and {page.origin} is plain HTTP: leave it out, or give https://")
        try:
            found = resolver(page.host, page.port)
        except (OSError, UnicodeError) as error:
            raise BenchRefused(f"{page.host} has no address ({error}): check its spelling") from None
        self.page = page
        self._addresses = judged(page.host, found, remote=remote)
        self.address = self._addresses[0]
        self._ca = ca
        self.tls = _context(ca) if page.scheme == "https" else None
        self._client = httpx.Client(verify=self.tls or True, trust_env=False, timeout=PATIENCE_S)

    @property
    def local(self) -> bool:
        """Everything stays on this machine."""
        return all(ip is not None and ip.is_loopback for ip in map(_plain, self._addresses))

    def find(self) -> Place:
        """Where the page stands, from the first of the host's addresses that answers. Raises BenchRefused."""
        said = "nobody listens there"
        broken: ssl.SSLError | None = None
        for address in self._addresses:
            self.address = address
            try:
                return self.place()
            except httpx.HTTPError as error:
                said = str(error) or type(error).__name__
                broken = broken or _tls_error(error)
        where = f"{self.page.origin}/{self.page.slug}"
        if broken is not None:
            raise BenchRefused(f"{where} cannot be read: {_tls_remedy(broken, self._ca)}") from None
        raise BenchRefused(f"{where} cannot be read ({said}): start the server, or check the address")

    def place(self) -> Place:
        """Where the page stands now. Raises BenchRefused; httpx.HTTPError."""
        answer = self.request("GET", f"/{self.page.slug}")
        where = f"{self.page.origin}/{self.page.slug}"
        if answer.status_code != 200:
            raise BenchRefused(f"{where} answers {answer.status_code}: give the address of a story's page")
        edition, seq = _EDITION.search(answer.text), _SEQ.search(answer.text)
        if edition is None or seq is None:
            raise BenchRefused(f"{where} is no live page of a Standfirst (no data-edition): give a story's address")
        return Place(edition[1], int(seq[1]))

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:  # Any: httpx's own
        """An ordinary request to the judged address, that names the host where HTTP and TLS ask for it."""
        url = httpx.URL(scheme=self.page.scheme, host=self.address.split("%")[0], port=self.page.port, path=path)
        headers = {"Host": self.page.authority, **given.pop("headers", {})}
        extensions = {"sni_hostname": self.page.host}
        return self._client.request(method, url, headers=headers, extensions=extensions, **given)

    def close(self) -> None:
        """Let go of the connections of `request`."""
        self._client.close()


def _context(ca: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as error:
        raise BenchRefused(f"--ca {ca} holds no certificate ({error}): give a PEM file") from None
    context.set_alpn_protocols(["http/1.1"])
    return context


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """What httpx raised its error for, if that was TLS."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def _tls_remedy(error: ssl.SSLError, ca: Path | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code not in _UNTRUSTED:
            return f"its certificate is refused ({error.verify_message}): mend the certificate, or give another address"
        if ca is not None:
            return f"its certificate is not of the authority in --ca {ca} ({error.verify_message}): give another file"
        return f"nobody trusted signed its certificate ({error.verify_message}): give --ca FILE"
    if error.reason in _PLAIN:
        return "it speaks plain HTTP: give http://"
    return f"TLS fails there ({error.reason or error}): see the server's log, or give http:// if it is plain HTTP"
