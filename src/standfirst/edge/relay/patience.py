"""Waiting with an end, by the machine's timers."""

import asyncio
from types import TracebackType
from typing import Any

from standfirst.edge.ports import Machine, Timer


class Impatient(Exception):
    """It took too long; the message says what."""


async def within(machine: Machine, seconds: float, awaited: "asyncio.Future[Any]") -> bool:  # Any: whatever it gives
    """Whether this was done within so many seconds. It goes on, whatever happens here."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(_: object = None) -> None:
        if not over.done():
            over.set_result(None)

    timer = machine.later(seconds, end)
    awaited.add_done_callback(end)
    try:
        if not awaited.done():
            await over
    finally:
        timer.cancel()
        awaited.remove_done_callback(end)
    return awaited.done()


async def pause(machine: Machine, seconds: float) -> None:
    """Nothing, for so many seconds."""
    if seconds <= 0:
        await asyncio.sleep(0)
        return
    over = asyncio.Event()
    timer = machine.later(seconds, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()


class Watch:
    """The work inside is cancelled, and Impatient raised, unless it is done, or `push` is called, in time."""

    def __init__(self, machine: Machine, seconds: float, what: str) -> None:
        self._machine = machine
        self._seconds = seconds
        self._what = what
        self._over = False
        self._timer: Timer | None = None

    def push(self, seconds: float, what: str) -> None:
        """From now on, so many seconds for `what`."""
        self._stop()
        self._seconds, self._what = seconds, what
        self._timer = self._machine.later(seconds, self._end)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        self._over = True
        self._task.cancel()

    async def __aenter__(self) -> "Watch":
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._timer = self._machine.later(self._seconds, self._end)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        if self._over and not self._task.uncancel() and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise Impatient(f"{self._what} took longer than {self._seconds:g} s") from error
