"""Server-Sent Events as they are received (HTML standard, 9.2.6), with bounds. Pure."""

import re
from typing import NamedTuple

MOST = 4_000_000
"""Bytes of one event; ours have a few thousand."""

_END = re.compile(rb"\r\n|\n|\r(?!\Z)")


class EventError(ValueError):
    """What came is no event stream, or none that we would keep; the message says why."""


class Event(NamedTuple):
    """One event. `id` is the last one that was said, "" if none was."""

    name: str
    data: str
    id: str


class Parser:
    """Feed it bytes as they come."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._size = 0
        self._id = ""

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now. Raises EventError."""
        text = self._rest + data if self._rest else data
        start = 0
        found: list[Event] = []
        for end in _END.finditer(text):
            event = self._line(text[start : end.start()])
            start = end.end()
            if event is not None:
                found.append(event)
        self._rest = text[start:]
        if len(self._rest) + self._size > self._most:
            raise EventError(f"an event has more than {self._most} bytes: this is no stream of a story")
        return found

    def _line(self, raw: bytes) -> Event | None:
        if not raw:
            return self._complete()
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            raise EventError(f"{raw[:40]!r} is not UTF-8: this is no event stream") from None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
            self._size += len(raw)
            if self._size > self._most:
                raise EventError(f"an event has more than {self._most} bytes: this is no stream of a story")
        elif field == "id" and "\0" not in value:
            self._id = value
        return None

    def _complete(self) -> Event | None:
        name, data = self._name, self._data
        self._name, self._data, self._size = "", [], 0
        return Event(name or "message", "\n".join(data), self._id) if data else None
