"""A decoder of Server-Sent Events, to the letter of the HTML standard (9.2.6), for checking our encoder against."""

import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from standfirst.edge.wire import Coding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@dataclass(frozen=True)
class Event:
    event: str
    data: str
    id: str


class Decoder:
    """Feed it bytes; it gives the events that are complete. `retry` is the last one received, in milliseconds."""

    def __init__(self) -> None:
        self.retry: int | None = None
        self.comments = 0
        self._rest = b""
        self._data: list[str] = []
        self._event = ""
        self._id = ""

    def feed(self, data: bytes) -> list[Event]:
        self._rest += data
        found: list[Event] = []
        while (line := re.match(rb"([^\r\n]*)(\r\n|\n|\r(?!\Z))", self._rest)) is not None:
            self._rest = self._rest[line.end() :]
            event = self._line(line[1].decode())
            if event is not None:
                found.append(event)
        return found

    def _line(self, line: str) -> Event | None:
        if not line:
            data, event = self._data, self._event
            self._data, self._event = [], ""
            return Event(event or "message", "\n".join(data), self._id) if data else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "":
                self.comments += 1
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry = int(value)
        return None


def decode(data: bytes) -> list[Event]:
    """All events of a whole stream."""
    return Decoder().feed(data)


def unpacker(coding: Coding) -> Callable[[bytes], bytes]:
    """Feed it a stream in a content coding, piece by piece, as a browser does."""
    if coding == "identity":
        return bytes
    if coding == "gzip":
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress
    frame = zstd.ZstdDecompressor()

    def frames(data: bytes) -> bytes:
        nonlocal frame
        text = b""
        while data:
            text += frame.decompress(data)
            data = b""
            if frame.eof:
                data, frame = frame.unused_data, zstd.ZstdDecompressor()
        return text

    return frames
