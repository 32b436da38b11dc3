"""What the edge needs from the other rooms and from the machine, so that tests can give it something else."""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from standfirst.record.entry import Entry

T = TypeVar("T")
Story = Any  # the press's own: the edge only hands it from the printers to the index


class Ear(Protocol):
    """Hears what other processes write."""

    def wait(self, seconds: float) -> list[tuple[str, int]]:
        """Story and last seq of what was written, as soon as something is; nothing if nothing was in that time."""

    def close(self) -> None:
        """Hear no more."""


class Told(NamedTuple):
    """Something that the application behind says to those who follow `channel`; `data` is JSON."""

    id: int
    channel: str
    kind: str
    data: str


class Tidings(Protocol):
    """What the application behind has to say on the streams that are held for it. Called off the event loop."""

    def head(self) -> int:
        """The highest number."""

    def after(self, number: int) -> list[Told]:
        """What has higher numbers, in order. One may appear late, after higher ones."""

    def on_news(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called, in any thread, when there may be more; gives what ends it. It may be forgotten."""


class Source(Protocol):
    """Where entries come from: the record's journal, or another edge. Called off the event loop, except `on_commit`."""

    def heads(self) -> dict[str, int]:
        """Every story with the number of its last entry."""

    def read(self, stream: str, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        """Entries in order, `first` and `last` included."""

    def on_commit(self, listener: Callable[[str, int], None]) -> Callable[[], None]:
        """Have (story, last seq) told after each commit in this process, in any thread; gives what ends it."""

    def changes_token(self) -> object:
        """Something that differs from the last answer in this thread if another process may have written."""

    def listen(self) -> Ear | None:
        """An ear that lasts until it raises; None: there is none, the changes token has to do."""


class Printed(Protocol):
    """A resource as the press printed it."""

    @property
    def body(self) -> bytes: ...

    @property
    def content_type(self) -> str: ...

    @property
    def headers(self) -> tuple[tuple[str, str], ...]: ...


class Printer(Protocol):
    """Prints one story."""

    @property
    def story(self) -> Story: ...

    def take(self, entry: Entry, *, quiet: bool = False) -> bytes | None:
        """Fold an entry; gives the operations message unless `quiet`."""

    def print(self, resource: str) -> Printed | None:
        """The resource below the story's address, "" for the page; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One edition. `missing` prints the page that stands where nothing is.

    `again` gives a printer that goes on where one of another edition stands; an edition that takes over from another
    needs it. `files` are the edition's own below /static/, by name.
    """

    edition: str
    printer: Callable[[], Printer]
    index: Callable[[Iterable[Story]], Printed]
    missing: Callable[[], Printed]
    again: Callable[[Any], Printer] | None = None  # Any: the press's own printer
    files: Mapping[str, Printed] = field(default_factory=dict)


CONNECTION = "standfirst.connection"
"""The ASGI extension in which a server offers a request's `Connection`."""


class Connection(Protocol):
    """A request's connection, from a server that parts with it. Answer nothing by ASGI after one of these."""

    @property
    def fields(self) -> Sequence[tuple[bytes, bytes]]:
        """The header lines that the server adds to every response."""

    @property
    def keep_alive(self) -> bool:
        """Whether the connection goes on after the answer; if not, the answer has to say so."""

    def respond(self, response: Sequence[bytes]) -> bool:
        """Answer with a whole response, head included. False: not now, its client does not read; answer by ASGI."""

    def hand_over(self) -> tuple[socket.socket, Callable[[], None]] | None:
        """The socket, non-blocking, the caller's alone from now on, and what to call once it is closed.

        The response begins with what is sent first, and lasts until it is closed. None: not now, answer by ASGI.
        """

    def park(self, gone: Callable[[], None]) -> None:
        """End the request's task; it will be answered later. `gone` is called if the client leaves before."""

    def answer(self, response: Sequence[bytes]) -> None:
        """Answer a request that was parked, as `respond` would. Never raises."""


class Timer(Protocol):
    def cancel(self) -> None: ...


def _later(delay: float, callback: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(delay, callback)


_ONE = ThreadPoolExecutor(1, "edge-follow")


async def _offload(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_ONE, work)


async def _listening(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)


class Offload(Protocol):
    """Runs blocking work off the event loop."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Clock (seconds), timers, chance in [0, 1), threads.

    `offload` always uses the same one, because a changes token holds in its own. `listening` is for work that waits.
    """

    now: Callable[[], float] = time.monotonic
    later: Callable[[float, Callable[[], None]], Timer] = _later
    jitter: Callable[[], float] = random.random
    offload: Offload = field(default=_offload)
    listening: Offload = field(default=_listening)
