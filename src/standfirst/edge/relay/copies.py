"""What an origin answered, as a document to be served on, and for how long (RFC 9111, RFC 5861). Pure."""

import re
import zlib
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import NamedTuple

from standfirst.edge import wire
from standfirst.edge.answers import NEVER
from standfirst.edge.documents import Document, Headers
from standfirst.edge.relay.origin import BODY_MOST, Away, Fetched

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110, 7.6.1."""
_OURS = frozenset(
    {
        "accept-ranges",
        "age",
        "alt-svc",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "etag",
        "server",
        "vary",
        "via",
    }
)
"""Ours to say, or true of the origin's own connections only."""
_PERSONAL = frozenset({"set-cookie", "set-cookie2", "www-authenticate", "clear-site-data"})
"""For one reader, and a copy is for all."""
_DIRECTIVE = re.compile(r"([a-z-]+)(?:=\"?([0-9]+)\"?)?")
_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]+)"')
_PACKS = re.compile(r"text/|application/(?:[a-z.-]+\+)?(?:json|xml|javascript|x-ndjson)|image/svg", re.IGNORECASE)


class Terms(NamedTuple):
    """How long a copy may be used, in seconds since the origin made it."""

    fresh: float
    while_fetching: float
    if_error: float
    immutable: bool
    keep: bool


def terms(cache_control: str) -> Terms:
    """The terms that a Cache-Control sets."""
    said = {match[1]: match[2] for match in _DIRECTIVE.finditer(cache_control.lower())}

    def seconds(name: str) -> float:
        return float(said.get(name) or 0)

    return Terms(
        seconds("max-age"),
        seconds("stale-while-revalidate"),
        seconds("stale-if-error"),
        "immutable" in said,
        not said.keys() & {"no-store", "no-cache", "private"} and bool(said),
    )


def reaches(made_at: int | None, head: int | None) -> bool:
    """Whether what was asked for when the story was at `made_at` shows it at `head`. None: not known."""
    return head is None or (made_at is not None and made_at >= head)


@dataclass(slots=True)
class Copy:
    """An answer of the origin. `made` is when the origin made it, by our clock.

    `head` is the story's last entry when it was asked for, None if that was not known. `again`: the origin failed to
    renew it, and is asked again from then on.
    """

    document: Document
    status: int
    cache: str
    terms: Terms
    etag: str
    made: float
    head: int | None
    again: float = float("-inf")

    def fresh(self, now: float, head: int | None) -> bool:
        """It can be served as it is: it is young enough, and its story has not moved on."""
        return now - self.made <= self.terms.fresh and (self.terms.immutable or reaches(self.head, head))

    def passable(self, now: float, head: int | None) -> bool:
        """It can be served while it is renewed."""
        old = now - self.made > self.terms.fresh + self.terms.while_fetching
        return not old and reaches(self.head, head)

    def bearable(self, now: float) -> bool:
        """It can be served if the origin fails."""
        return now - self.made <= self.terms.fresh + self.terms.if_error

    def age(self, now: float) -> int:
        """Whole seconds since the origin made it."""
        return max(0, int(now - self.made))


def copy(fetched: Fetched, asked_at: float, head: int | None) -> Copy:
    """A copy of an answer with a body. Raises Away for a body that cannot be unpacked."""
    cache = fetched.first("cache-control") or NEVER
    etag = fetched.first("etag")
    made = asked_at - _age(fetched)
    return Copy(_document(fetched, etag), fetched.status, cache, terms(cache), etag, made, head)


def renewed(old: Copy, fetched: Fetched, asked_at: float, head: int | None) -> Copy:
    """A copy that the origin says is still what it has (304)."""
    cache = fetched.first("cache-control") or old.cache
    made = asked_at - _age(fetched)
    return replace(old, cache=cache, terms=terms(cache), made=made, head=head, again=float("-inf"))


def _age(fetched: Fetched) -> float:
    age = fetched.first("age")
    return float(age) if age.isdecimal() and len(age) < 12 else 0.0


def _document(fetched: Fetched, etag: str) -> Document:
    kind = fetched.first("content-type") or "application/octet-stream"
    headers = relayed(fetched)
    body = _unpacked(fetched.body) if fetched.packed else fetched.body
    packed = fetched.body if fetched.packed else wire.compress(body) if _PACKS.match(kind) else None
    found = _TAG.fullmatch(etag)
    if found:
        return Document(body, packed, kind, headers, found[1].removesuffix("-gz"))
    digest = blake2b(body, digest_size=12)
    digest.update(repr((kind, headers)).encode())
    return Document(body, packed, kind, headers, digest.hexdigest())


def relayed(fetched: Fetched) -> Headers:
    """The header lines that are the origin's to say to the reader."""
    named = {name.strip().lower() for name in fetched.first("connection").split(",")}
    unsaid = _HOP_BY_HOP | _OURS | _PERSONAL | named
    return tuple((name, text) for name, text in fetched.lines if name not in unsaid)


def _unpacked(data: bytes) -> bytes:
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        body = unpack.decompress(data, BODY_MOST)
    except zlib.error as error:
        raise Away(f"an answer is no gzip ({error})") from error
    if not unpack.eof:
        raise Away(f"an answer has more than {BODY_MOST} bytes, or was cut off")
    return body
