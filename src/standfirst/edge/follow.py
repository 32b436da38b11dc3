"""How the edge hears of new entries: every one, once, in order.

A commit in this process rings at once. One in another process (the command line, another worker) rings where the
source has an ear for it, and shows in the source's changes token, looked at several times a second. Either is
only a hint: one that comes late, twice or never (the next makes up for it) does no harm. What another process says is
not taken for what there is, it makes the source be asked at once. One task reads, so order needs no lock.
"""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial

from standfirst.edge.board import Board
from standfirst.edge.ports import Machine, Source
from standfirst.record.entry import Entry

log = logging.getLogger(__name__)

POLL_S = 0.15
ANYWAY_S = 5.0
"""The source is asked for its heads this often whatever the token says: a new connection counts anew."""
LISTEN_S = 0.25
"""How long an ear waits at a time; it is closed this long after a stop at most."""
CHUNK = 200
"""Entries read at a time: a story that is being opened does not keep the others waiting longer than this takes."""
SLICE_S = 0.008
"""Seconds of folding after which the event loop gets its turn."""
PATIENCE_MOST_S = 60.0
SETTLE = 1000
"""Entries after which what is in memory is taken for settled: folded stories stay for as long as the process does."""


class Follower:
    """Feeds the board. Whoever starts it is told of stories whose channels have something to send."""

    def __init__(self, source: Source, board: Board, machine: Machine) -> None:
        self._source = source
        self._board = board
        self._machine = machine
        self._on_news: Callable[[str], None] = lambda _: None
        self._queue: dict[str, None] = {}
        self._failures: dict[str, int] = {}
        self._limits: dict[str, int] = {}  # last entry worth reading until a failed one is tried again
        self._bell = asyncio.Event()
        self._look = True
        self._called = False
        self._token: object = object()
        self._looked_at = float("-inf")
        self._stopped = False
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping: list[Callable[[], None]] = []
        self._asked = asyncio.Event()
        self._wishes: list[asyncio.Future[bool]] = []
        self._unsettled = 0
        self.looked = False

    @property
    def healthy(self) -> bool:
        """The source was read, and said its stories when it was asked last."""
        return self.looked and "" not in self._failures

    @property
    def broken(self) -> list[str]:
        """Stories that could not be read or folded to their end; they are served as they stood before."""
        return sorted(self._failures.keys() - {""})

    async def start(self, on_news: Callable[[str], None]) -> None:
        """Follow from now on. Returns when the source was asked for its stories, or failed to say."""
        self._on_news = on_news
        self._stopped = False
        loop = asyncio.get_running_loop()

        def committed(stream: str, last: int) -> None:  # in any thread
            loop.call_soon_threadsafe(self._hint, stream, last)

        self._stopping.append(self._source.on_commit(committed))
        self._tasks = [loop.create_task(self._run()), loop.create_task(self._listen())]
        self._tick()
        await self._asked.wait()

    async def stop(self) -> None:
        """Hear no more."""
        self._stopped = True
        for stop in self._stopping:
            stop()
        self._stopping.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def heard(self, patience: float) -> bool:
        """Returns when the source said its heads anew and the board expects them: at the next look, for all who wait.

        False: it failed to, or did not within `patience` seconds.
        """
        wish: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._wishes.append(wish)
        timer = self._machine.later(patience, lambda: _grant([wish], False))
        try:
            return await wish
        finally:
            timer.cancel()

    def _tick(self) -> None:
        self._look = True
        self._bell.set()
        timer = self._machine.later(POLL_S, self._tick)
        self._stopping[1:] = [timer.cancel]

    def _hint(self, stream: str, last: int) -> None:
        if self._board.expect(stream, last) and stream not in self._failures:
            self._queue[stream] = None
            self._bell.set()

    def _heard(self, stream: str, last: int) -> None:
        """Another process says that it wrote. Only the source knows whether it did: nothing is expected yet."""
        story = self._board.stories.get(stream)
        if story is None or story.target < last:
            self._look = self._called = True
            self._bell.set()

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            if self._look:
                self._look = False
                await self._guarded("", self._ask)
                self._asked.set()
            if not self._queue:
                self._bell.clear()
                self._settle()
                continue
            stream = min(self._queue, key=self._rank)
            del self._queue[stream]
            await self._guarded(stream, partial(self._read_on, stream))

    def _settle(self) -> None:
        """Spare the garbage collector the entries that were read: it would walk them all, again and again."""
        if self._unsettled >= SETTLE:
            self._unsettled = 0
            gc.freeze()

    def _rank(self, stream: str) -> int:
        """News of open stories first, then stories that somebody waits for."""
        story = self._board.stories[stream]
        return 0 if story.open else 1 if story.waiting else 2

    async def _ask(self) -> None:
        """Has anyone written? The token is taken first, so that a write in between shows next time."""
        wishes, self._wishes = self._wishes, []
        called, self._called = self._called, False
        try:
            token = await self._machine.offload(self._source.changes_token)
            now = self._machine.now()
            if token == self._token and now - self._looked_at < ANYWAY_S and not (wishes or called):
                return
            for stream, head in (await self._machine.offload(self._source.heads)).items():
                self._hint(stream, head)
            self._token = token
            self._looked_at = now
            self.looked = True
            _grant(wishes, True)
        finally:
            _grant(wishes, False)

    async def _listen(self) -> None:
        """Hints from other processes, for as long as there is an ear; without one the token has to do."""
        loop = asyncio.get_running_loop()

        def hear() -> None:
            ear = self._source.listen()
            if ear is None:
                return
            with closing(ear):
                while not self._stopped:
                    for stream, last in ear.wait(LISTEN_S):
                        loop.call_soon_threadsafe(self._heard, stream, last)

        while True:
            try:
                await self._machine.listening(hear)
                return
            except Exception:
                log.exception("edge: cannot hear other processes; again in %g s", ANYWAY_S)
            again = asyncio.Event()
            self._machine.later(ANYWAY_S, again.set)
            await again.wait()

    async def _read_on(self, stream: str) -> None:
        story = self._board.stories[stream]
        first = story.seq + 1
        limit = self._limits.get(stream)
        last = first + CHUNK - 1 if limit is None else min(first + CHUNK - 1, limit)

        def read() -> list[Entry]:
            return list(self._source.read(stream, first, last))

        entries = await self._machine.offload(read)
        started = self._machine.now()
        for entry in entries:
            self._board.take(entry)
            if self._machine.now() - started >= SLICE_S:
                self._on_news(stream)
                await asyncio.sleep(0)
                started = self._machine.now()
        self._on_news(stream)
        self._unsettled += len(entries)
        if entries and story.seq < (story.target if limit is None else limit):
            self._queue[stream] = None

    async def _guarded(self, stream: str, work: Callable[[], Awaitable[None]]) -> None:
        """The outermost handler of the task: one story that cannot be read must not stop the others."""
        try:
            await work()
        except Exception:
            fails = self._failures[stream] = self._failures.get(stream, 0) + 1
            wait = min(PATIENCE_MOST_S, 0.25 * 2**fails)
            log.exception("edge: %s failed %d times; again in %g s", stream or "the record", fails, wait)
            if stream and (limit := self._board.repair(stream)):
                self._limits[stream] = limit
                self._queue[stream] = None
            self._machine.later(wait, lambda: self._again(stream))
        else:
            if stream not in self._limits:
                self._failures.pop(stream, None)

    def _again(self, stream: str) -> None:
        self._limits.pop(stream, None)
        if stream:
            self._queue[stream] = None
        else:
            self._look = True
        self._bell.set()


def _grant(wishes: list[asyncio.Future[bool]], said: bool) -> None:
    for wish in wishes:
        if not wish.done():
            wish.set_result(said)
