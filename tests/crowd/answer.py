"""One HTTP answer from its bytes, as they come: a stream's events, or a whole body. Knows what is cut off. Pure."""

import re
import zlib
from typing import NamedTuple

_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
_FIELD = re.compile(rb"^(event|id|retry|data): ?(.*)$", re.MULTILINE)


class Event(NamedTuple):
    name: bytes
    id: bytes
    data: bytes
    retry: bytes


class Garbled(ValueError):
    """Bytes that no server of ours sends, wherever they are cut."""


class Answer:
    """Feed it what comes. `status` is 0 until the head is there; `whole`: the body is complete."""

    __slots__ = ("_chunked", "_inflate", "_left", "_raw", "_rest", "body", "fields", "status", "streams", "whole")

    def __init__(self) -> None:
        self.status = 0
        self.fields: dict[bytes, bytes] = {}
        self.body = b""
        self.streams = self.whole = False
        self._raw = b""
        self._rest = b""
        self._chunked = False
        self._left = 0
        self._inflate: zlib._Decompress | None = None

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now; none of an answer that is no stream. Raises Garbled."""
        if not self.status:
            self._raw += data
            head, blank, data = self._raw.partition(b"\r\n\r\n")
            if not blank:
                return []
            self._raw = b""
            self._head(head)
        text = self._dechunked(data) if self._chunked else self._counted(data)
        if self._inflate is not None:
            try:
                text = self._inflate.decompress(text)
            except zlib.error as error:
                raise Garbled(f"no gzip: {error}") from None
        if not self.streams:
            self.body += text
            return []
        *whole, self._rest = (self._rest + text).split(b"\n\n")
        return [_event(block) for block in whole if block != b":"]

    def _head(self, head: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        status = _STATUS.match(first)
        if status is None:
            raise Garbled(f"no HTTP: {first[:60]!r}")
        self.status = int(status[1])
        self.fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        self.streams = self.fields.get(b"content-type", b"").startswith(b"text/event-stream")
        self._chunked = self.fields.get(b"transfer-encoding") == b"chunked"
        self._left = -1 if self._chunked else int(self.fields.get(b"content-length", -1))
        self.whole = self._left == 0
        if (coding := self.fields.get(b"content-encoding")) is not None:
            if coding != b"gzip":
                raise Garbled(f"coding {coding!r} was not asked for")
            self._inflate = zlib.decompressobj(31)

    def _counted(self, data: bytes) -> bytes:
        if self._left < 0:
            return data
        if len(data) > self._left:
            raise Garbled(f"{len(data) - self._left} bytes after the answer")
        self._left -= len(data)
        self.whole = not self._left
        return data

    def _dechunked(self, data: bytes) -> bytes:
        """Bodies of chunks. `_left` counts what is to come of one, with its line end; -1: its size comes first."""
        self._raw += data
        parts: list[bytes] = []
        while self._raw:
            if self._left < 0:
                line, end, rest = self._raw.partition(b"\r\n")
                if not end:
                    break
                size = int(line, 16)
                self.whole = not size
                self._left, self._raw = size + 2, rest
            part = self._raw[: self._left]
            self._raw = self._raw[len(part) :]
            self._left -= len(part)
            parts.append(part[: len(part) - max(0, 2 - self._left)])
            if not self._left:
                self._left = -1
        return b"".join(parts)


def _event(block: bytes) -> Event:
    fields = dict(_FIELD.findall(block))
    if len(fields) != block.count(b"\n") + 1:
        raise Garbled(f"no event: {block[:80]!r}")
    return Event(fields.get(b"event", b""), fields.get(b"id", b""), fields.get(b"data", b""), fields.get(b"retry", b""))
