"""The counter: what each reader address is answered. Only entries that left memory are read from the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from standfirst.config import Config
from standfirst.edge import answers
from standfirst.edge.answers import OPEN, PAGE, SAFE, SHORT, Answer, Fields, answer, plain, problem
from standfirst.edge.archive import BLOCK, Archive
from standfirst.edge.board import JSON, Board, StoryBoard
from standfirst.edge.documents import document, of_print
from standfirst.edge.follow import Follower
from standfirst.edge.live import Receive, Tails
from standfirst.edge.paths import Route
from standfirst.edge.ports import Press
from standfirst.edge.static import Static
from standfirst.edge.warm import Warmer

PATIENCE_S = 0.25
"""How long a request waits to show a write that was just acknowledged; then it is served as it stands."""
OPENING_S = 10.0
"""How long a request waits for its story to be opened after a start."""
RETRY_S = "15"
"""When to ask again for an entry whose request could not be held: readers' scripts poll as often."""
AHEAD_S = 1.0
"""How long a reader that has entries of another server waits to hear whether there are such, and then for them."""

ROBOTS = "User-agent: *\nDisallow: /api/\nDisallow: /admin/\nDisallow: /*/live\nDisallow: /*/ops/\n"
STREAM: Fields = (
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", answers.NEVER),
    ("X-Accel-Buffering", "no"),
    *SAFE,
)

_CURSOR = re.compile(r"0|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says beside its path. `headers` are by lower-case name."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    receive: Receive

    @property
    def cursor(self) -> str | None:
        """The last entry that the client has. The header is newer than the address."""
        return self.headers.get("last-event-id", self.query.get("after"))


class Counter:
    """Answers routes from the board."""

    def __init__(
        self,
        board: Board,
        archive: Archive,
        tails: Tails,
        follower: Follower,
        warmer: Warmer,
        static: Static,
        press: Press,
        config: Config,
    ) -> None:
        self._board = board
        self._archive = archive
        self._tails = tails
        self._follower = follower
        self._warmer = warmer
        self._static = static
        self._edition = press.edition
        self._entry_cache = answers.immutable(config.immutable_seconds)
        self._missing = of_print(press.missing())

    async def answer(self, found: Route, asked: Asked) -> Answer:
        """The answer to a GET; of a stream only the headers."""
        match found.kind:
            case "index":
                return answer(self._board.index(), asked.headers, cache=PAGE)
            case "static":
                file = self._static.get(found.name)
                return (
                    self._nothing(asked)
                    if file is None
                    else answer(file, asked.headers, cache=Static.cache(found.name))
                )
            case "robots":
                return plain(ROBOTS, cache=answers.DAY)
            case "malformed":
                detail = f"{found.name!r} is no entry number: they are whole numbers from 1"
                return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, cache=SHORT, fields=OPEN)
            case "nothing":
                return self._nothing(asked)
        known = self._board.stories.get(found.slug)
        if known is None and not self._follower.looked:
            return _not_ready(found.slug)
        if known is None:
            return self._nothing(asked) if found.kind == "page" else _absent(f"there is no story {found.slug!r}")
        story = await self._board.caught_up(found.slug, PATIENCE_S if known.open else OPENING_S)
        if story is None:
            return _not_ready(found.slug)
        return await self._of_story(story, found, asked)

    async def _of_story(self, story: StoryBoard, found: Route, asked: Asked) -> Answer:
        match found.kind:
            case "log":
                return await self._entry(story, found.first, asked)
            case "block":
                return await self._block(story, found.first, found.last, asked)
            case "ops":
                return await self._operations(story, found.name, found.first, asked)
            case "live":
                return await self._stream(story, asked)
        printed = self._board.page(story, found.name)
        return self._nothing(asked) if printed is None else answer(printed, asked.headers, cache=PAGE)

    async def _entry(self, story: StoryBoard, n: int, asked: Asked) -> Answer:
        if n > story.seq and (early := await self._not_yet(story, n, asked)) is not None:
            return early
        return answer(await self._archive.log(story, n, n), asked.headers, cache=self._entry_cache, fields=OPEN)

    async def _block(self, story: StoryBoard, first: int, last: int, asked: Asked) -> Answer:
        start = (first - 1) // BLOCK * BLOCK + 1
        right = f"/{story.slug}/log/{start}-{start + BLOCK - 1}"
        if (first, last) != (start, start + BLOCK - 1):
            return _absent(
                f"blocks hold {BLOCK} entries and start at 1, 101, 201 ...: ask for {right}", ("block", right)
            )
        if last > story.seq:
            detail = (
                f"{right} is not complete: the last entry is {story.seq}, ask for single ones, /{story.slug}/log/{{n}}"
            )
            return _absent(detail, ("block", right))
        return answer(await self._archive.log(story, first, last), asked.headers, cache=self._entry_cache, fields=OPEN)

    async def _operations(self, story: StoryBoard, edition: str, n: int, asked: Asked) -> Answer:
        if edition == self._edition:
            if n > story.seq and (early := await self._not_yet(story, n, asked)) is not None:
                return early
            await self._warmer.reach(story, n - 1)
            found = self._board.operations(story, n)
            if found is not None:
                return answer(found, asked.headers, cache=self._entry_cache, fields=OPEN)
        again = document(msgspec.json.encode({"seq": n, "ops": [{"op": "reload"}]}), JSON)
        return answer(again, asked.headers, cache=SHORT, fields=OPEN)

    async def _not_yet(self, story: StoryBoard, n: int, asked: Asked) -> Answer | None:
        """Hold a request for the next entry; None: it is there now. One that is not held is told when to ask again."""
        again: Fields = ()
        if n == story.seq + 1 and not await self._tails.hold(story.channel, n, asked.receive):
            again = (("Retry-After", RETRY_S),)
        if n <= story.seq:
            return None
        detail = f"there is no entry {n} yet: the last of {story.slug!r} is {story.seq}, ask for {story.seq + 1}"
        return problem(HTTPStatus.NOT_FOUND, detail, cache=SHORT, fields=OPEN, headers=again)

    async def _stream(self, story: StoryBoard, asked: Asked) -> Answer:
        """The headers of a stream, once what it begins with is in memory."""
        if asked.cursor is None:
            return Answer(HTTPStatus.OK, STREAM, b"", None)
        if not _CURSOR.fullmatch(asked.cursor):
            detail = f"{asked.cursor!r} is no entry number: Last-Event-ID (or ?after=) is the last id that was received"
            return problem(HTTPStatus.BAD_REQUEST, detail)
        after = int(asked.cursor)
        if asked.query.get("edition") in (None, "", self._edition):
            if after > story.seq and await self._is_behind(story, after):
                return _not_ready(story.slug)
            await self._warmer.reach(story, after)
        return Answer(HTTPStatus.OK, STREAM, b"", None)

    async def _is_behind(self, story: StoryBoard, after: int) -> bool:
        """Whether entry `after`, which a reader has, may be one that this server has not taken yet.

        It has it from another server. False: it was taken meanwhile, or the record itself ends before it.
        """
        if not await self._follower.heard(AHEAD_S):
            return True
        return after <= story.target and (await self._board.caught_up(story.slug, AHEAD_S) is None or after > story.seq)

    def _nothing(self, asked: Asked) -> Answer:
        return answer(self._missing, asked.headers, cache=SHORT, status=HTTPStatus.NOT_FOUND)


def _absent(detail: str, *more: tuple[str, str]) -> Answer:
    return problem(HTTPStatus.NOT_FOUND, detail, cache=SHORT, fields=OPEN, more=more)


def _not_ready(slug: str) -> Answer:
    detail = f"{slug!r} is still being opened: ask again"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=(("Retry-After", "2"),))
