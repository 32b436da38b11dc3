"""The relay: answers readers' addresses from another instance, an origin or another edge, by the reader protocol alone.

It has no state but what it can fetch again, so that it may be started and stopped anywhere at any time. While its
origin is away it goes on with what it has: streams stay open, pages are served from memory.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote

from standfirst.config import Config
from standfirst.edge import answers, reading
from standfirst.edge.answers import OPEN, SAFE, Answer, answer, problem
from standfirst.edge.documents import choose_stream, document
from standfirst.edge.hub import Hub
from standfirst.edge.live import Wish
from standfirst.edge.paths import Route
from standfirst.edge.ports import Machine
from standfirst.edge.reading import JSON, Asked, Health, Said, Stream, not_ready, stream
from standfirst.edge.relay.backfill import Backfill, operations
from standfirst.edge.relay.circle import Probe, State, circle, stranger
from standfirst.edge.relay.copies import Copy
from standfirst.edge.relay.followed import Followed, Hint
from standfirst.edge.relay.mirror import Mirror
from standfirst.edge.relay.origin import Away, Circle, Origin
from standfirst.edge.relay.patience import Impatient
from standfirst.edge.relay.stories import Stories
from standfirst.edge.shelf import Shelf
from standfirst.edge.tails import Wait

OPENING_S = 10.0
"""How long a request waits for its story to be followed."""
AHEAD_S = 1.0
"""How long a reader that has entries of another server waits for them to come here."""
NEAR = 100
"""A number that is further ahead than this is no such reader's."""
SHELF_BYTES = 32_000_000
AGAIN_S = "5"
NOWHERE = "/-"
"""A path that no newsroom has: what is there is the page that says so."""
PATH_MOST = 2000
"""Bytes of an address that the origin is asked for."""


class Relay:
    """Answers routes as `origin` does."""

    def __init__(self, origin: Origin, config: Config, machine: Machine) -> None:
        self.hub = Hub(edition="", window=config.window, max_readers=config.max_readers)
        self.origin = origin
        self.probe = Probe(origin, machine)
        self.mirror = Mirror(origin, machine)
        self.stories = Stories(self.hub, origin, config, machine, self._edition_changed)
        self._backfill = Backfill(self.mirror)
        self._shelf = Shelf(SHELF_BYTES)
        self._machine = machine
        self._entry_cache = answers.immutable(config.immutable_seconds)

    async def start(self, on_news: Callable[[str], None]) -> None:
        """Serve from now on. Returns when the origin answered, or failed to."""
        self.stories.start(on_news)
        await self.probe.start()

    async def stop(self) -> None:
        """Ask for nothing more."""
        await self.probe.stop()
        await self.stories.stop()
        await self.mirror.stop()
        await self.origin.close()

    def health(self) -> Health:
        """Ready once the origin was heard; what is not up to date is named."""
        state = self.probe.state
        broken = [f"all, {self.probe.why}"] if state is State.AWAY else self.probe.behind
        late = [slug for slug in self.stories.late if slug not in broken]
        return Health(state in (State.WELL, State.AWAY), broken + late, self.probe.why)

    def knows(self, slug: str) -> bool:
        """Whether there may be such a story."""
        return bool(slug)

    async def answer(self, found: Route, asked: Asked) -> Said:
        """The answer to a GET, or what has to happen for it."""
        if self.probe.state is State.CIRCLE:
            return circle(self.origin, 1)
        if self.probe.state is State.STRANGER:
            return stranger(self.probe.why)
        try:
            return await self._answer(found, asked)
        except Circle:
            return circle(self.origin, 1)
        except (Away, Impatient) as error:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}: ask again", headers=(("Retry-After", AGAIN_S),))

    async def _answer(self, found: Route, asked: Asked) -> Said:
        match found.kind:
            case "index":
                return self._passed(await self.mirror.get("/", self.stories.news), asked)
            case "static":
                return self._passed(await self.mirror.get(_path("static", found.name)), asked)
            case "robots":
                return self._passed(await self.mirror.get("/robots.txt"), asked)
            case "malformed":
                return reading.malformed(found.name)
            case "page":
                return await self._page(found, asked)
            case "log" | "block" | "ops" | "live":
                return await self._of_story(found, asked)
        return self._passed(await self.mirror.get(NOWHERE), asked)

    async def _page(self, found: Route, asked: Asked) -> Answer:
        story = self.stories.touch(found.slug)
        copy = await self.mirror.get(_path(found.slug, found.name), story.head if story and story.known else None)
        if story is None and copy.status == HTTPStatus.OK:
            self.stories.follow(found.slug)
        return self._passed(copy, asked)

    async def _of_story(self, found: Route, asked: Asked) -> Said:
        after = reading.last_seen(asked.cursor) if found.kind == "live" else None
        if isinstance(after, Answer):
            return after
        name = str(found.first) if found.kind == "log" else f"{found.first}-{found.last}"
        if found.kind in ("log", "block") and (kept := self.mirror.lasting(f"/{found.slug}/log/{name}")):
            return self._passed(kept, asked, shared=True)
        story = await self._followed(found.slug, None if after is None else Hint(asked.query.get("edition", ""), after))
        if isinstance(story, Answer):
            return story
        match found.kind:
            case "log":
                return await self._entry(story, found.first, asked)
            case "block":
                wrong = reading.no_block(story.slug, found.first, found.last, story.head)
                return wrong or await self._logged(story, name, asked)
            case "ops":
                return await self._operations(story, found.name, found.first, asked)
        return await self._stream(story, after, asked)

    async def _followed(self, slug: str, hint: Hint | None) -> Followed | Answer:
        """The story, once it can be served, or what to say instead. Raises Away."""
        missing = reading.absent(f"there is no story {slug!r}")
        story = self.stories.touch(slug)
        if story is None:
            page = await self.mirror.get(f"/{slug}")
            if page.status != HTTPStatus.OK:
                return missing
            story = self.stories.follow(slug, hint)
        if story is None or not await story.until(lambda: story.open, OPENING_S):
            return not_ready(slug)
        return missing if story.absent else story

    async def _entry(self, story: Followed, n: int, asked: Asked) -> Answer | Wait:
        await self._come(story, n - 1)
        if n > story.head:
            return reading.not_yet(story.channel, story.head, n, asked)
        return await self._logged(story, str(n), asked)

    async def _logged(self, story: Followed, name: str, asked: Asked) -> Answer:
        return self._passed(await self.mirror.get(f"/{story.slug}/log/{name}"), asked, shared=True)

    async def _operations(self, story: Followed, edition: str, n: int, asked: Asked) -> Answer | Wait:
        if edition != self.hub.edition:
            return reading.reload(n, asked)
        await self._come(story, n - 1)
        if n > story.head:
            return reading.not_yet(story.channel, story.head, n, asked)
        kept = story.channel.ring.get(n)
        if kept is None:
            return self._passed(await self.mirror.get(operations(story.slug, edition, n)), asked, shared=True)
        key = (story.slug, "ops", f"{edition}/{n}")
        found = self._shelf.get(key)
        if found is None or found.body != kept.message:
            found = document(kept.message, JSON)
            self._shelf.put(key, found)
        return _aged(answer(found, asked.headers, cache=self._entry_cache, fields=OPEN), int(story.kept_for))

    async def _stream(self, story: Followed, after: int | None, asked: Asked) -> Answer | Stream:
        """A stream, once what it begins with is in memory."""
        edition = asked.query.get("edition", "")
        if after is not None and edition in ("", self.hub.edition):
            await self._come(story, after)
            if after > story.head and (await self.stories.place(story.slug)).seq >= after:
                return not_ready(story.slug)
            await self._backfill.reach(story, after)
        return stream(Wish(story.channel, edition, after, choose_stream(asked.headers.get("accept-encoding"))))

    async def _come(self, story: Followed, n: int) -> None:
        """Wait a little for entry n, which somebody has seen elsewhere."""
        if story.head < n <= story.head + NEAR:
            await story.until(lambda: story.head >= n, AHEAD_S)

    def _passed(self, copy: Copy, asked: Asked, *, shared: bool = False) -> Answer:
        """A copy as it is sent."""
        fields = OPEN if shared else SAFE
        made = answer(copy.document, asked.headers, cache=copy.cache, fields=fields, status=copy.status)
        return _aged(made, copy.age(self._machine.now()))

    def _edition_changed(self) -> None:
        self.mirror.clear()
        self._shelf = Shelf(SHELF_BYTES)


def _aged(made: Answer, age: int) -> Answer:
    """With its age in seconds, so that the next cache keeps it no longer than the origin said."""
    return replace(made, headers=(*made.headers, ("Age", str(age)))) if age else made


def _path(*segments: str) -> str:
    """A path of decoded segments, percent-encoded. One that a client could lead elsewhere with leads nowhere."""
    decoded = [segment for part in segments for segment in part.split("/") if part]
    path = "".join(f"/{quote(segment, safe='')}" for segment in decoded)
    return NOWHERE if {".", "..", ""} & set(decoded) or len(path) > PATH_MOST else path
