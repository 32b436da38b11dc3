"""What the edge asks of whatever stands behind its addresses: the record (`counter`) or another instance (`relay`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from standfirst.edge import answers
from standfirst.edge.answers import SAFE, Answer, Fields, problem
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
    """Whether all is followed, and which stories are not up to date."""

    ready: bool
    broken: list[str]


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
