"""A document as HTTP sees it: its encodings, each with a strong ETag, and which a request gets. Pure (RFC 9110)."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

from standfirst.edge import wire
from standfirst.edge.ports import Printed

Coding = Literal["identity", "gzip"]
"""Of a document. Streams have `wire.Coding`."""
Headers = tuple[tuple[str, str], ...]

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_QVALUE = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
OVERHEAD = 4000
"""Bytes that a document takes beside its bodies, with its answers, roughly."""
_WORTH_IT = 200
"""Bytes below which gzip saves nothing that matters; it is still there for a client that refuses plain bytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """Encoded once for everybody. `gzip` is None for what is compressed already (pictures, fonts).

    `answers` keeps what `answers.answer` made of it: a document is asked for the same few ways again and again.
    """

    body: bytes
    gzip: bytes | None
    content_type: str
    headers: Headers
    tag: str
    answers: dict[Any, Any] = field(
        default_factory=dict, compare=False, repr=False
    )  # Any: answers knows, this does not

    @property
    def size(self) -> int:
        """Bytes held in memory."""
        return len(self.body) + len(self.gzip or b"") + OVERHEAD

    def encoded(self, coding: Coding) -> bytes:
        """The body in an encoding that it has."""
        return self.gzip if coding == "gzip" and self.gzip is not None else self.body

    def etag(self, coding: Coding) -> str:
        """The strong ETag of one encoding, with its quotes."""
        return f'"{self.tag}-gz"' if coding == "gzip" else f'"{self.tag}"'


def document(body: bytes, content_type: str, headers: Headers = (), *, compress: bool = True) -> Document:
    """A document of a body. Its tag is a hash of all that is served."""
    digest = blake2b(body, digest_size=12)
    digest.update(repr((content_type, headers)).encode())
    return Document(body, wire.compress(body) if compress else None, content_type, headers, digest.hexdigest())


def of_print(printed: Printed) -> Document:
    """A document of what the press printed."""
    return document(printed.body, printed.content_type, printed.headers)


def choose(accept: str | None, document: Document) -> Coding | None:
    """The encoding for an Accept-Encoding header (None: not sent); None if the client refuses all there are."""
    return _choice(accept, document.gzip is not None, len(document.body) >= _WORTH_IT)


def choices(accept: str | None) -> tuple[Coding | None, Coding | None]:
    """All that the header decides of documents that can be compressed: the encoding of a large, and of a tiny one."""
    return _choice(accept, True, True), _choice(accept, True, False)


def _choice(accept: str | None, packed: bool, large: bool) -> Coding | None:
    if accept is None:
        return "identity"
    wishes = _qualities(accept)
    rest = wishes.get("*")
    identity = wishes.get("identity", rest)  # None: acceptable, but not asked for
    zipped = wishes.get("gzip", wishes.get("x-gzip", rest or 0.0)) if packed else 0.0
    if zipped > 0 and zipped >= (identity or 0.0) and (large or identity == 0):
        return "gzip"
    return None if identity == 0 else "identity"


def choose_stream(accept: str | None) -> wire.Coding:
    """The encoding of an event stream. Of those wanted alike, gzip: it makes small events smaller than zstd does."""
    if accept is None:
        return "identity"
    wishes = _qualities(accept)
    rest = wishes.get("*", 0.0)
    best: wire.Coding = max(("gzip", "zstd"), key=lambda coding: wishes.get(coding, rest))
    quality = wishes.get(best, rest)
    return best if quality > 0 and quality >= wishes.get("identity", 0.0) else "identity"


@lru_cache(64)
def _qualities(accept: str) -> dict[str, float]:
    """Codings with their q; one with a malformed q is left out, as if it had not been named."""
    wishes: dict[str, float] = {}
    for part in accept.lower().split(","):
        coding, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:].strip() for p in parameters if p.startswith("q=")), "1")
        if coding and _QVALUE.fullmatch(quality):
            wishes[coding] = float(quality)
    return wishes


def unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has it already: weak comparison with each tag of a list, or `*`. A malformed list: no."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    left = _TAG.sub("", if_none_match)
    return not left.strip(", \t") and etag in _TAG.findall(if_none_match)
