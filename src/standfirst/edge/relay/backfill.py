"""Operations from before an edge followed their story: fetched one by one, for a reader who missed them.

A few are fetched. Who missed more is told to load the page again.
"""

import asyncio
from http import HTTPStatus
from urllib.parse import quote

from standfirst.edge.relay.followed import Followed
from standfirst.edge.relay.mirror import Mirror
from standfirst.edge.ring import Frame, frame

MOST = 200
"""Entries."""
AT_ONCE = 8


class Backfill:
    """Fills the rings of followed stories downwards."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._under_way: dict[tuple[str, int], asyncio.Task[None]] = {}

    async def reach(self, story: Followed, after: int) -> None:
        """Have the operations after entry `after` in memory, if they can be had and are not too many. Raises Away."""
        reach = story.channel.ring.reach
        if not max(story.head - story.hub.window, reach - MOST) <= after < reach:
            return
        key = (story.slug, after)
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.get_running_loop().create_task(self._fill(story, after, reach))
            task.add_done_callback(lambda done: self._over(key, done))
        await asyncio.shield(task)

    def _over(self, key: tuple[str, int], task: "asyncio.Task[None]") -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # seen by whoever waits, if anybody does

    async def _fill(self, story: Followed, after: int, reach: int) -> None:
        edition, frames = story.hub.edition, list[Frame]()
        for first in range(after + 1, reach + 1, AT_ONCE):
            wanted = range(first, min(first + AT_ONCE, reach + 1))
            found = await asyncio.gather(*(self._frame(story, edition, n) for n in wanted))
            if None in found:
                return
            frames += [one for one in found if one is not None]
        ring = story.channel.ring
        if edition == story.hub.edition and after < ring.reach <= reach:
            ring.refill(frames)

    async def _frame(self, story: Followed, edition: str, n: int) -> Frame | None:
        """None: the origin does not have it any more either."""
        copy = await self._mirror.get(operations(story.slug, edition, n))
        if copy.status != HTTPStatus.OK or not copy.terms.immutable:
            return None
        return frame(n, copy.document.body)


def operations(slug: str, edition: str, n: int) -> str:
    """The path of an entry's operations."""
    return f"/{slug}/ops/{quote(edition, safe='')}/{n}"
