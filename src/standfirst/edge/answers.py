"""What is answered: status, headers, body. Pure; DESIGN.md's caching table and the security headers are here."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

from standfirst.edge.documents import Coding, Document, choose, unchanged

PAGE = "max-age=1, stale-while-revalidate=30, stale-if-error=86400"
SHORT = "max-age=1"
NEVER = "no-store"
FOREVER = "public, max-age=31536000, immutable"
DAY = "public, max-age=86400"

Fields = tuple[tuple[str, str], ...]

_INERT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of what is no page: a browser that shows it all the same lets nothing in it act. Pages bring their own."""
_DEVICES = (
    "browsing-topics=(), camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
    "publickey-credentials-create=(), publickey-credentials-get=(), usb=()"
)
SAFE: Fields = (
    ("Content-Security-Policy", _INERT),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", _DEVICES),
)
OPEN: Fields = (
    ("Content-Security-Policy", _INERT),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
)
"""For the log and the operations: public data that any site may read, never with credentials."""


@dataclass(frozen=True)
class Answer:
    """A whole response. `length` is what a GET would have sent, None where RFC 9110 forbids saying."""

    status: int
    headers: Fields
    body: bytes
    length: int | None

    @cached_property
    def lines(self) -> list[tuple[bytes, bytes]]:
        """The header lines as they are sent; written once for everybody.

        The length is the first: over plain HTTP a browser takes a head that is cut off for a whole one, and would keep
        an answer without a body for as long as its Cache-Control says.
        """
        length = () if self.length is None else (("content-length", str(self.length)),)
        return [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in (*length, *self.headers)]

    @cached_property
    def written(self) -> tuple[bytes, bytes]:
        """The first line, and the header lines, in HTTP/1.1."""
        status = HTTPStatus(self.status)
        first = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        return first, b"".join(b"%b: %b\r\n" % line for line in self.lines)


def raw(
    said: Answer, more: Iterable[tuple[bytes, bytes]], *, keep_alive: bool, body: bool = True
) -> tuple[bytes, bytes]:
    """A whole HTTP/1.1 response, head and body, `more` being header lines of the server's; no body to a HEAD."""
    first, lines = said.written
    last = b"\r\n" if keep_alive else b"connection: close\r\n\r\n"
    return b"".join([first, *(b"%b: %b\r\n" % line for line in more), lines, last]), said.body if body else b""


def immutable(seconds: int) -> str:
    """Cache-Control of an entry."""
    return f"max-age={seconds}, immutable"


def answer(
    document: Document, asked: Mapping[str, str], *, cache: str, fields: Fields = SAFE, status: int = HTTPStatus.OK
) -> Answer:
    """A document in the encoding that the request asks for, or 304 if it has that already, or 406 if it takes none.

    `asked` holds the request's headers by lower-case name.
    """
    coding = choose(asked.get("accept-encoding"), document)
    if coding is None:
        detail = f"this is not to be had in the encodings of Accept-Encoding: {asked.get('accept-encoding', '')}"
        return problem(HTTPStatus.NOT_ACCEPTABLE, detail, headers=(("Vary", "Accept-Encoding"),))
    etag = document.etag(coding)
    same = status == HTTPStatus.OK and unchanged(asked.get("if-none-match"), etag)
    key = (coding, same, cache, status, fields is OPEN)
    made: Answer | None = document.answers.get(key)
    if made is None:
        made = document.answers[key] = _made(document, coding, same, cache, fields, status)
    return made


def _made(document: Document, coding: Coding, same: bool, cache: str, fields: Fields, status: int) -> Answer:
    etag = document.etag(coding)
    lasting = (("Cache-Control", cache), ("ETag", etag), ("Vary", "Accept-Encoding"))
    if same:
        shared = tuple(field for field in fields if field[0] == "Access-Control-Allow-Origin")
        return Answer(HTTPStatus.NOT_MODIFIED, lasting + shared, b"", None)
    body = document.encoded(coding)
    encoding = (("Content-Encoding", "gzip"),) if coding == "gzip" else ()
    own = {name.lower() for name, _ in document.headers}
    safe = (field for field in fields if field[0].lower() not in own)
    headers = (("Content-Type", document.content_type), *encoding, *lasting, *safe, *document.headers)
    return Answer(status, headers, body, len(body))


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    cache: str = NEVER,
    headers: Fields = (),
    fields: Fields = SAFE,
    more: Fields = (),
) -> Answer:
    """An RFC 9457 problem; `more` are its extension members."""
    body = json.dumps(
        {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail, **dict(more)},
        ensure_ascii=False,
    ).encode("utf-8", "replace")
    head = (("Content-Type", "application/problem+json"), ("Cache-Control", cache), *fields, *headers)
    return Answer(status, head, body, len(body))


def plain(
    body: str, *, cache: str, status: int = HTTPStatus.OK, content_type: str = "text/plain; charset=utf-8"
) -> Answer:
    """A few fixed words."""
    data = body.encode()
    return Answer(status, (("Content-Type", content_type), ("Cache-Control", cache), *SAFE), data, len(data))


def moved(location: str) -> Answer:
    """308 to the address that is meant; `location` is a path that is already percent-encoded.

    It has no body by which one could tell that its head was cut off. So the place is the last line, behind what keeps
    it for a second only: half an address is not taken for the address for long.
    """
    return Answer(HTTPStatus.PERMANENT_REDIRECT, (("Cache-Control", SHORT), *SAFE, ("Location", location)), b"", 0)
