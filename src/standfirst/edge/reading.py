"""What the edge asks of whatever stands behind its addresses: the record (`counter`) or another instance (`relay`).

What both answer in the same words is here too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

import msgspec

from standfirst.edge import answers
from standfirst.edge.answers import OPEN, SAFE, SHORT, Answer, Fields, answer, problem
from standfirst.edge.channel import Channel
from standfirst.edge.documents import document
from standfirst.edge.hub import Hub
from standfirst.edge.live import Wish
from standfirst.edge.paths import Route
from standfirst.edge.tails import Wait

STREAM: Fields = (
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", answers.NEVER),
    ("X-Accel-Buffering", "no"),
    ("Vary", "Accept-Encoding"),
    *SAFE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says beside its path. `headers` are by lower-case name.

    `held`: None as long as it may be told to wait, then whether it was.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    held: bool | None = None

    @property
    def cursor(self) -> str | None:
        """The last entry that the client has. The header is newer than the address."""
        return self.headers.get("last-event-id", self.query.get("after"))


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream is to be opened: its headers, and what its reader wants."""

    answer: Answer
    wish: Wish


Said = Answer | Stream | Wait


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all is followed, which stories are not up to date, and why it is not ready, "" if that goes without."""

    ready: bool
    broken: list[str]
    why: str = ""


class Reading(Protocol):
    """Answers reader addresses. `hub` has the channels of its stories."""

    @property
    def hub(self) -> Hub: ...

    async def start(self, on_news: Callable[[str], None]) -> None:
        """Follow from now on; `on_news` is told which story has something to send."""

    async def stop(self) -> None:
        """Follow no more."""

    def health(self) -> Health:
        """Ready or not."""

    def knows(self, slug: str) -> bool:
        """Whether there is such a story, as far as is known here."""

    async def answer(self, found: Route, asked: Asked) -> Said:
        """The answer to a GET, or what has to happen for it."""


def stream(wish: Wish) -> Stream:
    """A stream with its headers."""
    encoding = () if wish.coding == "identity" else (("Content-Encoding", wish.coding),)
    return Stream(Answer(HTTPStatus.OK, STREAM + encoding, b"", None), wish)


def not_ready(slug: str) -> Answer:
    detail = f"{slug!r} is still being opened: ask again"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=(("Retry-After", "2"),))


BLOCK = 100
"""Entries in a block of the log."""
RETRY_S = "15"
"""When to ask again for an entry whose request could not be held: readers' scripts poll as often."""
JSON = "application/json"
_CURSOR = re.compile(r"0|[1-9][0-9]{0,14}")


def malformed(name: str) -> Answer:
    detail = f"{name!r} is no entry number: they are whole numbers from 1"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, cache=SHORT, fields=OPEN)


def absent(detail: str, *more: tuple[str, str]) -> Answer:
    return problem(HTTPStatus.NOT_FOUND, detail, cache=SHORT, fields=OPEN, more=more)


def not_yet(channel: Channel, seq: int, n: int, asked: Asked) -> Answer | Wait:
    """Have a request for the entry after `seq` held; one that is not is told when to ask again."""
    follows = n == seq + 1
    if follows and asked.held is None:
        return Wait(channel, n)
    again: Fields = (("Retry-After", RETRY_S),) if follows and not asked.held else ()
    detail = f"there is no entry {n} yet: the last of {channel.name!r} is {seq}, ask for {seq + 1}"
    return problem(HTTPStatus.NOT_FOUND, detail, cache=SHORT, fields=OPEN, headers=again)


def no_block(slug: str, first: int, last: int, seq: int) -> Answer | None:
    """What is wrong with asking for this block of a story that is at `seq`; None: it is to be had."""
    start = (first - 1) // BLOCK * BLOCK + 1
    right = f"/{slug}/log/{start}-{start + BLOCK - 1}"
    if (first, last) != (start, start + BLOCK - 1):
        return absent(f"blocks hold {BLOCK} entries and start at 1, 101, 201 ...: ask for {right}", ("block", right))
    if last > seq:
        detail = f"{right} is not complete: the last entry is {seq}, ask for single ones, /{slug}/log/{{n}}"
        return absent(detail, ("block", right))
    return None


def reload(n: int, asked: Asked) -> Answer:
    """The operations of entry n are not to be had for this page: load it again."""
    again = document(msgspec.json.encode({"seq": n, "ops": [{"op": "reload"}]}), JSON)
    return answer(again, asked.headers, cache=SHORT, fields=OPEN)


def last_seen(cursor: str | None) -> int | Answer | None:
    """The entry that a stream goes on after, None for whatever comes, or what is wrong with the number."""
    if cursor is None or _CURSOR.fullmatch(cursor):
        return None if cursor is None else int(cursor)
    detail = f"{cursor!r} is no entry number: Last-Event-ID (or ?after=) is the last id that was received"
    return problem(HTTPStatus.BAD_REQUEST, detail)
