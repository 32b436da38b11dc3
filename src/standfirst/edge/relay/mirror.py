"""Copies of the origin's documents: kept, renewed, and fetched once for everybody who asks at the same time."""

import asyncio
from collections import OrderedDict
from http import HTTPStatus

from standfirst.edge.ports import Machine
from standfirst.edge.relay.copies import Copy, copy, reaches, renewed
from standfirst.edge.relay.origin import Away, Fetched, Origin
from standfirst.edge.relay.patience import Impatient, Watch, within

ROOM = 128_000_000
"""Bytes of all copies."""
PATIENCE_S = 1.0
"""How long a request waits for a newer copy when an older one would do."""
WHOLE_S = 30.0
"""For a whole answer of the origin."""
AGAIN_S = 1.0
"""After a failure, a copy that will do is served for so long before the origin is asked for it again."""
AT_ONCE = 32
"""Fetches at a time."""
WAITING = 1000
"""Documents that are waited for; more are refused."""
_INLINE = 256_000
_TAKEN = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class Mirror:
    """Documents by path, percent-encoded."""

    def __init__(self, origin: Origin, machine: Machine, room: int = ROOM) -> None:
        self._origin = origin
        self._machine = machine
        self._room = room
        self._copies: OrderedDict[str, Copy] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[Copy]] = {}
        self._begun: dict[str, int | None] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._era = 0
        self.taken = 0

    def __len__(self) -> int:
        return len(self._copies)

    async def get(self, path: str, head: int | None = None) -> Copy:
        """A copy; one made when its story was at `head` or later, if that is known and the origin is quick enough.

        Raises Away if the origin cannot be had and no copy will do.
        """
        while True:
            now, kept = self._machine.now(), self._kept(path)
            if kept is not None and (kept.fresh(now, head) or (now < kept.again and kept.bearable(now))):
                return kept
            begun_at = self._begun.get(path, head)
            try:
                task = self._asked(path, kept, head)
                if kept is not None and kept.passable(now, head):
                    return kept
                if kept is not None and kept.bearable(now) and not await within(self._machine, PATIENCE_S, task):
                    return kept
                found = await asyncio.shield(task)
            except Away:
                if kept is None or not kept.bearable(self._machine.now()):
                    raise
                return kept
            if reaches(begun_at, head):  # else it may have been printed before the story moved on
                return found

    def lasting(self, path: str) -> Copy | None:
        """A copy of what does not change, as long as it may be served."""
        kept = self._kept(path)
        return kept if kept is not None and kept.terms.immutable and kept.fresh(self._machine.now(), None) else None

    async def stop(self) -> None:
        """Wait for nothing more."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def clear(self) -> None:
        """Throw every copy away, those that are under way too."""
        self._era += 1
        self._copies.clear()
        self.taken = 0

    def has(self, path: str) -> bool:
        """Whether there is a copy of a document that exists."""
        kept = self._copies.get(path)
        return kept is not None and kept.status == HTTPStatus.OK

    def _kept(self, path: str) -> Copy | None:
        found = self._copies.get(path)
        if found is not None:
            self._copies.move_to_end(path)
        return found

    def _asked(self, path: str, kept: Copy | None, head: int | None) -> asyncio.Task[Copy]:
        task = self._under_way.get(path)
        if task is None:
            if len(self._under_way) >= WAITING:
                raise Away(f"{len(self._under_way)} documents are being fetched already")
            task = self._under_way[path] = asyncio.get_running_loop().create_task(self._renew(path, kept, head))
            self._begun[path] = head
            task.add_done_callback(lambda done: self._over(path, done))
        return task

    def _over(self, path: str, task: "asyncio.Task[Copy]") -> None:
        del self._under_way[path], self._begun[path]
        if not task.cancelled():
            task.exception()  # seen by whoever waits, if anybody does

    async def _renew(self, path: str, kept: Copy | None, head: int | None) -> Copy:
        era = self._era
        try:
            made = await self._fetch(path, kept, head)
        except Away:
            if kept is not None:
                kept.again = self._machine.now() + AGAIN_S
            raise
        if era == self._era:
            self._keep(path, made)
        return made

    async def _fetch(self, path: str, kept: Copy | None, head: int | None) -> Copy:
        try:
            async with Watch(self._machine, WHOLE_S, f"{self._origin.url}{path}"), self._turns:
                asked_at = self._machine.now()
                fetched = await self._origin.fetch(path, etag=kept.etag if kept is not None else "")
        except Impatient as error:
            raise Away(str(error)) from error
        if kept is not None and fetched.status == HTTPStatus.NOT_MODIFIED:
            return renewed(kept, fetched, asked_at, head)
        if fetched.status not in _TAKEN:
            raise Away(f"{self._origin.url}{path} is answered {fetched.status}")
        return await self._copied(fetched, asked_at, head)

    async def _copied(self, fetched: Fetched, asked_at: float, head: int | None) -> Copy:
        if len(fetched.body) <= _INLINE:
            return copy(fetched, asked_at, head)
        return await self._machine.offload(lambda: copy(fetched, asked_at, head))

    def _keep(self, path: str, made: Copy) -> None:
        self._drop(path)
        if not made.terms.keep or made.document.size > self._room:
            return
        self._copies[path] = made
        self.taken += made.document.size
        while self.taken > self._room:
            self._drop(next(iter(self._copies)))

    def _drop(self, path: str) -> None:
        old = self._copies.pop(path, None)
        if old is not None:
            self.taken -= old.document.size
