"""What goes over the wire: the one encoder of Server-Sent Events, and gzip. Pure.

An event is encoded once for all readers. Data may hold any text; a line break in it can neither end the event nor start
a field, whatever the kind of break.
"""

import gzip
import re

HEARTBEAT = b":\n\n"
"""A comment: keeps the connection open, and no client sees it."""

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


def compress(body: bytes) -> bytes:
    """`body` as gzip, the same bytes each time. A large body is compressed faster and less, to keep the loop free."""
    return gzip.compress(body, 6 if len(body) <= 256_000 else 1, mtime=0)
