"""The instance that an edge follows, as HTTP: how it is asked, and what is taken from it."""

import secrets
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from standfirst.config import ConfigError

LOOP = "cdn-loop"
"""Names the edges that a request came through (RFC 8586)."""
REMEDY = "see that it runs, and that --origin is its address"
HOPS_MOST = 16
"""Edges in a chain."""
BODY_MOST = 64_000_000
"""Bytes of an answer, unpacked."""
_PIECE = 1_000_000
_CONNECT_S, _WRITE_S, _READ_S = 5.0, 10.0, 15.0
_STREAMS_MOST, _FETCHES_MOST = 2000, 100

Lines = list[tuple[str, str]]


class Away(Exception):
    """The origin cannot be had now, or answers what cannot be used; the message says why. `remedy`: for the log."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


class Circle(Away):
    """The origin leads back here."""


class Fetched(NamedTuple):
    """An answer: header lines by lower-case name, and the body as it came, gzip if `packed`."""

    status: int
    lines: Lines
    body: bytes
    packed: bool

    def first(self, name: str) -> str:
        """A header's value, "" if it was not sent. One that was sent more than once is a list."""
        return ", ".join(value for key, value in self.lines if key == name)


def checked(url: str) -> str:
    """An origin without a trailing slash. Raises ConfigError."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that cannot be
        named = False
    plain = url.isascii() and url.isprintable() and not any(mark in url for mark in " \"'<>\\@")
    if not named or not plain or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise ConfigError(f"--origin={url!r} is no origin: give one like https://news.example, without a path")
    if parts.path not in ("", "/"):
        raise ConfigError(f"--origin={url!r} has a path: give the origin alone, {parts.scheme}://{parts.netloc}")
    return url.rstrip("/")


class Origin:
    """Asks the origin at `url`. `name` is what this edge is called in a chain. Every method raises Away.

    Certificates are verified by the system's authorities, redirects are not followed, cookies are not kept, and no
    proxy is taken from the environment.
    """

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None, silence: float = 60.0) -> None:
        self.url = checked(url)
        self.name = f"standfirst-{secrets.token_hex(6)}"
        self._tls = (
            ssl.create_default_context() if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        # Streams have connections of their own, so that any number of them leaves room to fetch.
        self._streams = self._client(transport, _STREAMS_MOST, silence)
        self._fetches = self._client(transport, _FETCHES_MOST, _READ_S)
        self._silence = silence

    def _client(self, transport: httpx.AsyncBaseTransport | None, most: int, read: float) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"User-Agent": "standfirst-edge", "Accept": "*/*", "Accept-Encoding": "gzip", LOOP: self.name},
            timeout=httpx.Timeout(read, connect=_CONNECT_S, write=_WRITE_S, pool=_CONNECT_S),
            limits=httpx.Limits(max_connections=most, max_keepalive_connections=50, keepalive_expiry=20.0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    async def close(self) -> None:
        """Hang up."""
        await self._streams.aclose()
        await self._fetches.aclose()

    async def fetch(self, path: str, *, etag: str = "", held: bool = False, chain: str = "") -> Fetched:
        """GET a path, percent-encoded. `etag`: what we have already. `held`: it may take as long as silence may last.

        `chain`: whom the request came through before.
        """
        headers = {"If-None-Match": etag} if etag else {}
        if chain:
            headers[LOOP] = f"{chain}, {self.name}"
        timeout = httpx.Timeout(self._silence if held else _READ_S, connect=_CONNECT_S, pool=_CONNECT_S)
        client = self._streams if held else self._fetches
        try:
            async with client.stream("GET", path, headers=headers, timeout=timeout) as answer:
                body = bytearray()
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > BODY_MOST:
                        raise Away(f"{self.url}{path} has more than {BODY_MOST} bytes")
                return self._fetched(path, answer, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(error, "does not answer") from error

    def _fetched(self, path: str, answer: httpx.Response, body: bytes) -> Fetched:
        self._judge(path, answer)
        coding = answer.headers.get("content-encoding", "identity").lower()
        if coding not in ("identity", "gzip", "x-gzip", ""):
            raise Away(f"{self.url}{path} came in {coding!r}, which was not asked for")
        lines = [(name.decode("latin-1").lower(), text.decode("latin-1")) for name, text in answer.headers.raw]
        return Fetched(answer.status_code, lines, body, "gzip" in coding)

    def _judge(self, path: str, answer: httpx.Response) -> None:
        if answer.status_code == HTTPStatus.LOOP_DETECTED:
            raise Circle(f"{self.url} leads back to this edge: give --origin that of the newsroom")
        if answer.has_redirect_location:
            where = answer.headers.get("location", "")
            raise Away(f"{self.url}{path} is sent on to {where!r}: give --origin where it is sent to")

    @asynccontextmanager
    async def stream(self, path: str, headers: Mapping[str, str]) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """An event stream: its status, and its bytes as they come, unpacked. The caller sees to how long it takes."""
        try:
            async with self._streams.stream("GET", path, headers={"Accept": "text/event-stream", **headers}) as answer:
                self._judge(path, answer)
                kind = answer.headers.get("content-type", "")
                if answer.is_success and not kind.startswith("text/event-stream"):
                    raise Away(f"{self.url}{path} is {kind!r} and no event stream")
                yield answer.status_code, _unpacked(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(error, "broke off") from error

    def _away(self, error: Exception, otherwise: str) -> Away:
        """`otherwise`: what it did if there was a connection."""
        said = str(error) or type(error).__name__
        if "CERTIFICATE_VERIFY_FAILED" in said:
            remedy = "name its authority's certificate in SSL_CERT_FILE, or give --origin the name that it is for"
            return Away(f"the certificate of {self.url} is not accepted ({said})", remedy)
        if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return Away(f"{self.url} {otherwise} ({said})", REMEDY)
        return Away(f"{self.url} cannot be reached ({said})", REMEDY)


async def _unpacked(answer: httpx.Response) -> AsyncIterator[bytes]:
    """A piece at a time: however well it is packed, memory is bounded."""
    coding = answer.headers.get("content-encoding", "identity").lower()
    if coding in ("identity", ""):
        async for chunk in answer.aiter_raw():
            yield chunk
        return
    if coding not in ("gzip", "x-gzip"):
        raise Away(f"a stream came in {coding!r}, which was not asked for")
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        async for chunk in answer.aiter_raw():
            while chunk:
                yield unpack.decompress(chunk, _PIECE)
                chunk = unpack.unconsumed_tail
    except zlib.error as error:
        raise Away(f"a stream is no gzip ({error})") from error
