"""One reader: what it has, what was wrong with what it was sent, and when it comes back. Pure.

The rules are those of docs/reference/reader-protocol.md, and the waits those of the reader script.
"""

import json
from typing import Literal, NamedTuple

from standfirst.load.answer import AnswerError, Event

LONGEST_S = 120.0


class Place(NamedTuple):
    """Where a page stands."""

    edition: str
    seq: int


class Leave(NamedTuple):
    """The stream is over, and why; the reader is back after `wait` seconds. After a `bye` it polls instead."""

    why: Literal["reload", "bye", "restart"]
    wait: float


class Reader:
    """Follows a story from where its page stands. `after` is the last entry that it has.

    `missing`, `doubled`: entries that it was not sent, or sent again. `greeted`: this stream said hello. `polls`: it
    was told to, so it has no stream any more.
    """

    __slots__ = (
        "after", "doubled", "edition", "fails", "greeted", "missing", "polls", "reloads", "resumed", "retry", "streams",
    )  # fmt: skip

    def __init__(self, place: Place) -> None:
        self.edition, self.after = place
        self.missing = self.doubled = self.reloads = 0
        self.streams = 0
        self.fails = 0
        self.retry = 0.0
        self.greeted = self.polls = False
        self.resumed = False  # this page had an event: a browser names it in Last-Event-ID

    def request(self, slug: str, authority: str, accept: str) -> bytes:
        """What it asks for now. `accept` is for Accept-Encoding."""
        self.greeted = False
        last = f"Last-Event-ID: {self.after}\r\n" if self.resumed else ""
        return (
            f"GET /{slug}/live?edition={self.edition}&after={self.after} HTTP/1.1\r\nHost: {authority}\r\n"
            f"Accept: text/event-stream\r\nAccept-Encoding: {accept}\r\nCache-Control: no-store\r\n{last}\r\n"
        ).encode()

    def take(self, event: Event) -> Leave | None:
        """Hear an event; gives why the stream is over, if it is. Raises AnswerError."""
        if event.name == "ops":
            return self._message(event)
        if event.name == "hello":
            seq, edition, self.retry = _told(event)
            self.greeted = True
            self.fails = 0
            self.streams += 1
            if edition != self.edition or seq < self.after:
                return self._leave("reload")
            return None
        if event.name in ("reload", "bye", "restart"):
            *_, self.retry = _told(event)
            return self._leave(event.name)  # type: ignore[arg-type]  # mypy does not narrow str by `in`
        raise AnswerError(f"an event {event.name!r}, which the reader protocol does not have")

    def _message(self, event: Event) -> Leave | None:
        if event.seq is None:
            raise AnswerError("operations without an id")
        if event.seq <= self.after:
            self.doubled += 1
            return None
        self.missing += event.seq - self.after - 1
        self.after = event.seq
        self.resumed = True
        return self._leave("reload") if event.reload else None

    def _leave(self, why: Literal["reload", "bye", "restart"]) -> Leave:
        self.reloads += why == "reload"
        self.polls = why == "bye"
        return Leave(why, self.retry)

    def turn_to(self, place: Place) -> None:
        """The page was loaded again: what came before is on it."""
        self.edition, self.after = place
        self.resumed = False

    def broke_off(self, chance: float, retry_after: float = 0.0) -> float:
        """Seconds until it tries again, when a stream broke off or did not come to be. `chance` is in [0, 1).

        The server says when it wants its readers back; who fails again waits longer each time.
        """
        self.fails += 1
        if self.greeted and self.retry and self.fails < 2:
            return self.retry
        patience = min(LONGEST_S, 2.0**self.fails) * (0.5 + chance)
        return max(retry_after * (1 + chance / 5), patience)


def _told(event: Event) -> tuple[int, str, float]:
    """Entry, edition, and the wait in seconds, of what the server itself says. Raises AnswerError."""
    try:
        said = json.loads(event.data)
        return int(said.get("seq", 0)), str(said.get("edition", "")), int(said["retry"]) / 1000
    except (ValueError, TypeError, KeyError, AttributeError):
        raise AnswerError(f"{event.name} {event.data[:60]!r} cannot be read") from None
