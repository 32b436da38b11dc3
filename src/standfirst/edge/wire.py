"""What goes over the wire: the one encoder of Server-Sent Events, and compression that is shared. Pure.

An event is encoded once for all readers. Data may hold any text; a line break in it can neither end the event nor start
a field, whatever the kind of break.

So is it compressed: blocks that know nothing of what came before them (deflate's full flush, RFC 1951; a zstd frame,
RFC 8878) are the same bytes in every reader's stream, whenever it began and whatever it was given.
"""

import gzip
import re
import sys
import zlib
from typing import Literal

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Coding = Literal["identity", "gzip", "zstd"]
"""Content codings, as HTTP names them."""
CODINGS: tuple[Coding, ...] = ("identity", "gzip", "zstd")

HEARTBEAT = b":\n\n"
"""A comment: keeps the connection open, and no client sees it."""

_FAST_FROM = 256_000
"""Bytes above which compressing takes so long that the event loop would notice."""

_BREAK = re.compile("\r\n|\r|\n")
_REFUSED = re.compile("[\r\n\0]")

RETRY_FLOOR_MS = 1000
SPREAD_S = 4.0
"""Readers whose stream broke come back over this many seconds, if there are few of them."""
READERS_PER_SECOND = 500
"""Many readers come back at no more than about this rate."""
SPREAD_MOST_S = 45.0


class WireError(ValueError):
    """Something that cannot be sent as an event; the message names it and the remedy."""


def encode(data: str, *, event: str = "", id: str | None = None, retry: int | None = None) -> bytes:
    """One event as bytes. `retry` is in milliseconds. Raises WireError.

    An empty id is refused too: it would erase the cursor that a client resumes from.
    """
    lines: list[str] = []
    if retry is not None:
        lines.append(f"retry: {int(retry)}")
    if event:
        lines.append(f"event: {_field('event', event)}")
    if id is not None:
        if not id:
            raise WireError("id='' would erase the reader's cursor: leave the id out")
        lines.append(f"id: {_field('id', id)}")
    lines.extend(f"data: {line}" for line in _BREAK.split(data))
    try:
        return ("\n".join(lines) + "\n\n").encode()
    except UnicodeEncodeError as error:
        raise WireError(f"{error.object[error.start : error.end]!r} is not text: remove it from the event") from None


def _field(name: str, value: str) -> str:
    if bad := _REFUSED.search(value):
        raise WireError(f"{name}={value!r} contains {bad.group()!r}: an event's {name} is one line without NUL")
    return value


def retry_ms(jitter: float, readers: int) -> int:
    """When a reader should come back, in milliseconds: `jitter` in [0, 1) spreads `readers` of them evenly."""
    spread = min(SPREAD_MOST_S, SPREAD_S + readers / READERS_PER_SECOND)
    return RETRY_FLOOR_MS + int(jitter * spread * 1000)


_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_STORED_MOST = 65_535
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def opening(coding: Coding) -> bytes:
    """What a stream in this coding begins with."""
    return _GZIP_HEAD if coding == "gzip" else b""


def block(coding: Coding, data: bytes) -> bytes:
    """`data` as a piece of any stream in this coding; made once for all of them. A large one is compressed less."""
    if coding == "identity":
        return data
    if coding == "zstd":
        return zstd.compress(data, 10 if len(data) <= _FAST_FROM else 1)
    deflate = zlib.compressobj(9 if len(data) <= _FAST_FROM else 1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH)


def stored(coding: Coding, data: bytes) -> bytes:
    """The same without compressing, for the few words said to one reader alone. Raises WireError for too many."""
    if len(data) > _STORED_MOST:
        raise WireError(f"{len(data)} bytes are too many to store in one piece, {_STORED_MOST} at most: use block()")
    if coding == "gzip":
        return b"\0" + len(data).to_bytes(2, "little") + (len(data) ^ 0xFFFF).to_bytes(2, "little") + data
    if coding == "zstd":
        size = b"\x20" + bytes([len(data)]) if len(data) < 256 else b"\x60" + (len(data) - 256).to_bytes(2, "little")
        return _ZSTD_MAGIC + size + (len(data) << 3 | 1).to_bytes(3, "little") + data
    return data


HEARTBEATS: dict[Coding, bytes] = {coding: stored(coding, HEARTBEAT) for coding in CODINGS}


def compress(body: bytes) -> bytes:
    """`body` as gzip, the same bytes each time. A large body is compressed faster and less, to keep the loop free."""
    return gzip.compress(body, 6 if len(body) <= _FAST_FROM else 1, mtime=0)
