"""The counter: what each reader address is answered. Only entries that left memory are read from the database."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

from standfirst.config import Config
from standfirst.edge import answers, reading
from standfirst.edge.answers import OPEN, PAGE, SHORT, Answer, answer, plain
from standfirst.edge.archive import Archive
from standfirst.edge.board import Board, StoryBoard
from standfirst.edge.documents import Document, choose_stream, of_print
from standfirst.edge.follow import Follower
from standfirst.edge.hub import Hub
from standfirst.edge.live import Wish
from standfirst.edge.paths import Route
from standfirst.edge.ports import Machine, Press, Source
from standfirst.edge.reading import Asked, Health, Said, Stream, not_ready, stream
from standfirst.edge.static import Static
from standfirst.edge.tails import Wait
from standfirst.edge.warm import Warmer

PATIENCE_S = 0.25
"""How long a request waits to show a write that was just acknowledged; then it is served as it stands."""
OPENING_S = 10.0
"""How long a request waits for its story to be opened after a start."""
FILES = 4
"""Files of editions that are kept, the newest."""
AHEAD_S = 1.0
"""How long a reader that has entries of another server waits to hear whether there are such, and then for them."""

_NOT_FOR_ROBOTS = ("/account/", "/admin/", "/api/", "/desk/", "/*/live", "/*/ops/")
ROBOTS = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in _NOT_FOR_ROBOTS)


class Counter:
    """Answers routes from the board, which follows a record."""

    def __init__(
        self, source: Source, press: Press, config: Config, machine: Machine, packages: Mapping[str, Path] | None = None
    ) -> None:
        """`packages`: files to serve below /static/ beside our own, by name."""
        self.hub = Hub(edition=press.edition, window=config.window, max_readers=config.max_readers)
        self.board = Board(press, self.hub, machine)
        self._archive = Archive(self.board.shelf, source, machine)
        self._follower = Follower(source, self.board, machine)
        self._warmer = Warmer(self.board, source, machine)
        self._static = Static(Path(str(files("standfirst") / "static" / "dist")), packages)
        self._entry_cache = answers.immutable(config.immutable_seconds)
        self._machine = machine
        self._files: dict[str, Document] = {}
        self._set_out(press)

    def adopt(self, press: Press) -> None:
        """Serve another edition from now on: every open page is told to load itself again. Call it on the event loop.

        Nothing is served of both: addresses of operations name their edition, and what was printed is thrown away.
        """
        if press.edition == self.hub.edition:
            return
        self.board.adopt(press)
        self._set_out(press)
        self.hub.adopt(press.edition, iter(self._machine.jitter, None))

    def _set_out(self, press: Press) -> None:
        """What does not belong to a story. Files of the edition before stay: pages in caches still name them."""
        self._missing = of_print(press.missing())
        files = {name: of_print(printed) for name, printed in press.files.items()}
        self._files = dict([*self._files.items(), *files.items()][-FILES:])

    async def start(self, on_news: Callable[[str], None]) -> None:
        """Follow the record from now on; `on_news` is told which story has something to send.

        Returns when the stories are known; they are opened meanwhile.
        """
        await self._follower.start(on_news)

    async def stop(self) -> None:
        """Follow no more."""
        await self._follower.stop()

    def health(self) -> Health:
        """A story that cannot be read is named; the others are served."""
        return Health(self._follower.healthy, self._follower.broken)

    def knows(self, slug: str) -> bool:
        """Whether there is such a story."""
        return slug in self.board.stories

    async def answer(self, found: Route, asked: Asked) -> Said:
        """The answer to a GET, or what has to happen for it."""
        match found.kind:
            case "index":
                return answer(self.board.index(), asked.headers, cache=PAGE)
            case "static":
                file = self._files.get(found.name) or self._static.get(found.name)
                return (
                    self._nothing(asked)
                    if file is None
                    else answer(file, asked.headers, cache=Static.cache(found.name))
                )
            case "robots":
                return plain(ROBOTS, cache=answers.DAY)
            case "malformed":
                return reading.malformed(found.name)
            case "nothing":
                return self._nothing(asked)
        known = self.board.stories.get(found.slug)
        if known is None and not self._follower.looked:
            return not_ready(found.slug)
        if known is None:
            return self._nothing(asked) if found.kind == "page" else reading.absent(f"there is no story {found.slug!r}")
        story = await self.board.caught_up(found.slug, PATIENCE_S if known.open else OPENING_S)
        if story is None:
            return not_ready(found.slug)
        return await self._of_story(story, found, asked)

    async def _of_story(self, story: StoryBoard, found: Route, asked: Asked) -> Said:
        match found.kind:
            case "log":
                return await self._entry(story, found.first, asked)
            case "block":
                return await self._block(story, found.first, found.last, asked)
            case "ops":
                return await self._operations(story, found.name, found.first, asked)
            case "live":
                return await self._stream(story, asked)
        printed = self.board.page(story, found.name)
        return self._nothing(asked) if printed is None else answer(printed, asked.headers, cache=PAGE)

    async def _entry(self, story: StoryBoard, n: int, asked: Asked) -> Answer | Wait:
        if n > story.seq:
            return reading.not_yet(story.channel, story.seq, n, asked)
        return answer(await self._archive.log(story, n, n), asked.headers, cache=self._entry_cache, fields=OPEN)

    async def _block(self, story: StoryBoard, first: int, last: int, asked: Asked) -> Answer:
        wrong = reading.no_block(story.slug, first, last, story.seq)
        if wrong is not None:
            return wrong
        return answer(await self._archive.log(story, first, last), asked.headers, cache=self._entry_cache, fields=OPEN)

    async def _operations(self, story: StoryBoard, edition: str, n: int, asked: Asked) -> Answer | Wait:
        if edition == self.hub.edition:
            if n > story.seq:
                return reading.not_yet(story.channel, story.seq, n, asked)
            await self._warmer.reach(story, n - 1)
            found = self.board.operations(story, n)
            if found is not None and edition == self.hub.edition:  # it may have changed meanwhile
                return answer(found, asked.headers, cache=self._entry_cache, fields=OPEN)
        return reading.reload(n, asked)

    async def _stream(self, story: StoryBoard, asked: Asked) -> Answer | Stream:
        """A stream, once what it begins with is in memory."""
        after, edition = reading.last_seen(asked.cursor), asked.query.get("edition", "")
        if isinstance(after, Answer):
            return after
        if after is not None and edition in ("", self.hub.edition):
            if after > story.seq and await self._is_behind(story, after):
                return not_ready(story.slug)
            await self._warmer.reach(story, after)
        return stream(Wish(story.channel, edition, after, choose_stream(asked.headers.get("accept-encoding"))))

    async def _is_behind(self, story: StoryBoard, after: int) -> bool:
        """Whether entry `after`, which a reader has, may be one that this server has not taken yet.

        It has it from another server. False: it was taken meanwhile, or the record itself ends before it.
        """
        if not await self._follower.heard(AHEAD_S):
            return True
        return after <= story.target and (await self.board.caught_up(story.slug, AHEAD_S) is None or after > story.seq)

    def _nothing(self, asked: Asked) -> Answer:
        return answer(self._missing, asked.headers, cache=SHORT, status=HTTPStatus.NOT_FOUND)
