"""The bytes of one HTTP answer to the events of a stream, as they come. Pure.

Everybody is sent the same bytes, so what they say is worked out once: `Memo` keeps it for the readers that follow.
"""

import json
import re
import zlib
from typing import NamedTuple

HEAD_MOST = 16 * 1024
"""Bytes of a head."""
EVENT_MOST = 4_000_000
"""Bytes of an event that is not complete, or of a chunk: four greetings of the largest kind."""
MEMO_MOST = 64

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: |$)")
_SIZE = re.compile(rb"[0-9a-fA-F]{1,7}")


class AnswerError(ValueError):
    """An answer that is no stream of events; the message says what it is."""


class Event(NamedTuple):
    """One event. `seq` is its id as a number, None: it has none; `reload`: it asks for the page to be loaded again."""

    name: str
    seq: int | None
    data: bytes
    reload: bool = False


Memo = dict[bytes, tuple[Event, ...]]


class Answer:
    """Feed it what comes. `status` is 0 until the head is complete, `ended` once nothing more can follow."""

    __slots__ = ("_chunk", "_chunked", "_inflate", "_memo", "_raw", "_text", "ended", "headers", "status")

    def __init__(self, memo: Memo) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.ended = False
        self._memo = memo
        self._raw = b""  # not taken apart yet
        self._text = b""  # of an event that is not complete
        self._chunked = False
        self._chunk = 0  # bytes that the chunk at hand still has; with its line end, so never 0 within one
        self._inflate: zlib._Decompress | None = None

    def feed(self, data: bytes) -> tuple[Event, ...]:
        """The events that are complete now. Raises AnswerError."""
        fresh = bool(self.status) and not self._raw and not self._text and not self._chunk and self._inflate is None
        if fresh and (known := self._memo.get(data)) is not None:
            return known
        self._raw += data
        if not self.status and not self._head():
            return ()
        found = self._events(self._unpacked(self._body()))
        if fresh and not self._raw and not self._text and not self._chunk and not self.ended:
            if len(self._memo) >= MEMO_MOST:
                self._memo.clear()
            self._memo[data] = found
        return found

    def _head(self) -> bool:
        head, blank, rest = self._raw.partition(b"\r\n\r\n")
        if not blank:
            if len(self._raw) > HEAD_MOST:
                raise AnswerError(f"more than {HEAD_MOST:,} bytes of headers")
            return False
        first, *lines = head.split(b"\r\n")
        status = _STATUS.match(first)
        if status is None:
            raise AnswerError(f"no HTTP/1.1: {first[:40]!r}")
        for line in lines:
            name, _, value = line.partition(b":")
            self.headers[name.strip().lower()] = value.strip()
        self.status, self._raw = int(status[1]), rest
        self._chunked = self.headers.get(b"transfer-encoding", b"").lower() == b"chunked"
        coding = self.headers.get(b"content-encoding", b"identity").lower()
        if coding == b"gzip":
            self._inflate = zlib.decompressobj(31)
        elif coding != b"identity":
            raise AnswerError(f"a stream packed with {coding.decode('latin-1')!r}, which was not asked for")
        return True

    def _body(self) -> bytes:
        if not self._chunked:
            body, self._raw = self._raw, b""
            return body
        parts: list[bytes] = []
        while self._raw and not self.ended:
            if not self._chunk and not self._opened():
                break
            taken = self._raw[: self._chunk]
            self._raw = self._raw[len(taken) :]
            left = self._chunk - len(taken)
            over = max(0, min(len(taken), 2 - left))  # bytes of the line end that closes the chunk
            parts.append(taken[: len(taken) - over])
            self._chunk = left
        return b"".join(parts)

    def _opened(self) -> bool:
        """Whether a chunk's first line is complete; then `_chunk` is what follows it."""
        line, end, rest = self._raw.partition(b"\r\n")
        if not end:
            if len(line) > HEAD_MOST:
                raise AnswerError("a chunk without a size")
            return False
        size = _SIZE.fullmatch(line.partition(b";")[0].strip())
        if size is None:
            raise AnswerError(f"a chunk of {line[:20]!r} bytes")
        self._raw = rest
        length = int(size[0], 16)
        if not length:
            self.ended = True
            return False
        self._chunk = length + 2
        return True

    def _unpacked(self, body: bytes) -> bytes:
        if self._inflate is None or not body:
            return body
        try:
            text = self._inflate.decompress(body, EVENT_MOST)
        except zlib.error as error:
            raise AnswerError(f"gzip that cannot be read: {error}") from None
        if self._inflate.unconsumed_tail:
            raise AnswerError(f"gzip that grows beyond {EVENT_MOST:,} bytes at once")
        return text

    def _events(self, text: bytes) -> tuple[Event, ...]:
        *whole, self._text = (self._text + text).split(b"\n\n")
        if len(self._text) > EVENT_MOST:
            raise AnswerError(f"an event of more than {EVENT_MOST:,} bytes")
        return tuple(event for block in whole if (event := _event(block)) is not None)


def _event(block: bytes) -> Event | None:
    """The event of a block of lines; None: it is a comment. Raises AnswerError."""
    name, seq, data = "", None, []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            name = value.decode("utf-8", "replace")
        elif field == b"data":
            data.append(value)
        elif field == b"id":
            if not value.isdigit():
                raise AnswerError(f"an event with the id {value[:20]!r}, which is no number")
            seq = int(value)
    if not name and not data:
        return None
    said = b"\n".join(data)
    return Event(name, seq, said, b"reload" in said and _reloads(said))


def _reloads(message: bytes) -> bool:
    try:
        operations = json.loads(message).get("ops", ())
        return any(operation.get("op") == "reload" for operation in operations)
    except (ValueError, AttributeError, TypeError):
        raise AnswerError(f"a message that cannot be read: {message[:40]!r}") from None
