"""What all connections of a server are held to: deadlines, the size of a request's head, budgets.

Deadlines are looked at in one sweep, ten times a second, so a connection costs no timer (see `deadlines`). They end as
they must end: with a cut that leaves nothing behind, in the kernel neither, because a client that does not read would
otherwise keep what it was sent for minutes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from standfirst.config import Config
from standfirst.edge import answers
from standfirst.edge.answers import problem
from standfirst.edge.budgets import Budgets, Trusted
from standfirst.edge.deadlines import Queue

AT_ONCE = 200
"""Of each kind, how many that are overdue are seen to in one sweep: those who came together go one after the other."""
PROGRESS = 32 * 1024
"""Bytes that a client must take of what waits for it in the time it has."""
FOREVER_S = 10.0**8


class Connection(Protocol):
    """What the guard needs of a connection."""

    def __hash__(self) -> int: ...

    def head_overdue(self) -> None:
        """The head of a request was not here in time."""

    def body_overdue(self) -> None:
        """Its body was not."""

    def unread(self) -> int:
        """Bytes that the client has not taken yet."""

    def cut(self) -> None:
        """Close now, whatever is under way, and leave nothing to the kernel."""


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a request's head may have: bytes of its address, bytes altogether, header lines."""

    url: int
    head: int
    fields: int


class Guard:
    """Shared by all connections of a server. Call `sweep` ten times a second or so. The counts only ever go up."""

    def __init__(
        self, config: Config, budgets: Budgets, trusted: Trusted, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.budgets = budgets
        self.trusted = trusted
        self.now = now
        self.caps = Caps(config.url_bytes, config.head_bytes, config.head_fields)
        self.idle_seconds = config.idle_seconds or FOREVER_S
        self.heads: Queue[Connection] = Queue(config.header_seconds)
        self.bodies: Queue[Connection] = Queue(config.body_seconds)
        self._drains: Queue[Connection] = Queue(config.drain_seconds)
        self._unread: dict[Connection, int] = {}
        self.overdue = 0
        self.stalled = 0
        self.limited = 0
        self.malformed = 0

    def sweep(self) -> None:
        """See to those that are overdue."""
        now = self.now()
        for connection in self.heads.overdue(now, AT_ONCE):
            self.overdue += 1
            connection.head_overdue()
        for connection in self.bodies.overdue(now, AT_ONCE):
            self.overdue += 1
            connection.body_overdue()
        for connection in self._drains.overdue(now, AT_ONCE):
            left = connection.unread()
            if self._unread.pop(connection) - left >= PROGRESS:
                self.drain(connection)
            else:
                self.stalled += 1
                connection.cut()

    def drain(self, connection: Connection) -> None:
        """Its client has to take something of what waits for it."""
        if self._drains.seconds and connection not in self._drains:
            self._drains.start(connection, self.now())
            self._unread[connection] = connection.unread()

    def drained(self, connection: Connection) -> None:
        """It has taken enough."""
        self._drains.stop(connection)
        self._unread.pop(connection, None)

    def forget(self, connection: Connection) -> None:
        """It is closed."""
        self.heads.stop(connection)
        self.bodies.stop(connection)
        self.drained(connection)


@lru_cache(100)
def refusal(status: HTTPStatus, detail: str, wait: int = 0) -> bytes:
    """A whole response that ends its connection. `wait` in seconds: for Retry-After."""
    headers = (("Retry-After", str(wait)),) if wait else ()
    return b"".join(answers.raw(problem(status, detail, headers=headers), (), keep_alive=False))
