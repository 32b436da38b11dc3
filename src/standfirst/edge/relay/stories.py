"""Which stories are followed: from the first request for one until some minutes after its last reader has gone."""

import asyncio
import logging
from collections.abc import Callable

from standfirst.config import Config
from standfirst.edge.hub import Hub
from standfirst.edge.ports import Machine, Timer
from standfirst.edge.relay.followed import Followed, Hint
from standfirst.edge.relay.origin import Origin
from standfirst.edge.relay.upstream import Position, Upstream

log = logging.getLogger(__name__)

MOST = 500
"""Stories followed at once."""
IDLE_S = 180.0
"""After its last request, and without readers, a story is followed for so long."""
SPARE_S = 10.0
"""A story that has been idle for so long makes room for another one."""
TICK_S = 5.0
SILENCES = 2.2
"""How many heartbeats an origin may leave out before it counts as dead."""
GRACE_S = 10.0
"""A story that is not followed for so long is named as not up to date."""


class Stories:
    """Followed stories by slug. `on_edition` is called when the origin has changed its edition."""

    def __init__(
        self, hub: Hub, origin: Origin, config: Config, machine: Machine, on_edition: Callable[[], None]
    ) -> None:
        self.hub = hub
        self.all: dict[str, Followed] = {}
        self.news = 0
        self._origin = origin
        self._config = config
        self._machine = machine
        self._on_edition = on_edition
        self._on_news: Callable[[str], None] = lambda _: None
        self._upstreams: dict[str, Upstream] = {}
        self._places: dict[str, asyncio.Task[Position]] = {}
        self._stopping: set[asyncio.Task[None]] = set()
        self._ticking: Timer | None = None

    def start(self, on_news: Callable[[str], None]) -> None:
        """`on_news` is told which story has something to send."""
        self._on_news = on_news
        self._ticking = self._machine.later(TICK_S, self._tick)

    async def stop(self) -> None:
        """Follow nothing more."""
        if self._ticking is not None:
            self._ticking.cancel()
        for task in self._places.values():
            task.cancel()
        for slug in list(self.all):
            self._drop(slug)
        await asyncio.gather(*self._stopping, *self._places.values(), return_exceptions=True)

    def touch(self, slug: str) -> Followed | None:
        """A story that is followed, and is asked for just now."""
        story = self.all.get(slug)
        if story is not None:
            story.touched = self._machine.now()
        return story

    def follow(self, slug: str, hint: Hint | None = None) -> Followed | None:
        """Follow a story from now on, if it is not followed yet. None: too many are."""
        story = self.touch(slug)
        if story is not None and not story.absent:
            return story
        if story is not None:
            self._drop(slug)
        if len(self.all) >= MOST and not self._make_room():
            return None
        story = Followed(slug, self.hub, self._machine, told=self._told, edition_is=self._edition_is, hint=hint)
        self.all[slug] = story
        upstream = Upstream(story, self._origin, self._machine, SILENCES * self._config.heartbeat_seconds)
        self._upstreams[slug] = upstream
        upstream.start()
        return story

    async def place(self, slug: str) -> Position:
        """Where a followed story stands according to its page, fetched now. Raises Away."""
        task = self._places.get(slug)
        if task is None:
            task = self._places[slug] = asyncio.get_running_loop().create_task(self._upstreams[slug].position())
            task.add_done_callback(lambda done: self._placed(slug, done))
        return await asyncio.shield(task)

    def _placed(self, slug: str, task: "asyncio.Task[Position]") -> None:
        del self._places[slug]
        if not task.cancelled():
            task.exception()  # seen by whoever waits, if anybody does

    @property
    def late(self) -> list[str]:
        """Stories of which nothing is heard."""
        since = self._machine.now() - GRACE_S
        return sorted(story.slug for story in self.all.values() if not story.live and story.lost <= since)

    def _told(self, slug: str) -> None:
        self.news += 1
        self._on_news(slug)

    def _edition_is(self, edition: str) -> None:
        if edition == self.hub.edition:
            return
        first = not self.hub.edition
        self.hub.edition = edition
        if first:
            return
        log.info("edge: the origin's edition is %r now: open pages are told to load again", edition)
        self._on_edition()
        for story in self.all.values():
            story.renew()

    def _tick(self) -> None:
        self._ticking = self._machine.later(TICK_S, self._tick)
        idle = max(IDLE_S, self._config.hold_seconds + TICK_S)  # whose requests are held is not idle
        for story in list(self.all.values()):
            story.forget_old(self._config.immutable_seconds, len(self.all))
            if self._idle(story) >= idle or (story.absent and self._idle(story) >= TICK_S):
                self._drop(story.slug)

    def _idle(self, story: Followed) -> float:
        """Seconds."""
        return 0.0 if len(story.channel) else self._machine.now() - story.touched

    def _make_room(self) -> bool:
        idlest = max(self.all.values(), key=self._idle)
        if self._idle(idlest) < max(SPARE_S, self._config.hold_seconds):  # nor is any of its requests held
            return False
        self._drop(idlest.slug)
        return True

    def _drop(self, slug: str) -> None:
        story, upstream = self.all.pop(slug), self._upstreams.pop(slug)
        story.channel.release()
        self.hub.channels.pop(slug, None)
        task = asyncio.get_running_loop().create_task(upstream.stop())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
