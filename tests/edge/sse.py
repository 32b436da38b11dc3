"""A decoder of Server-Sent Events, to the letter of the HTML standard (9.2.6), for checking our encoder against."""

import re
from dataclasses import dataclass


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
