"""Follows one story of the origin: by its stream, and by its held tail where streams are refused or do not get through.

Whatever breaks is taken up again after the last entry that is here, at once, then after growing delays. An edge is no
reader: it comes back sooner than the origin asks its readers to, because all of ours wait for it.
"""

import asyncio
import json
import logging
import re
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

from standfirst.edge.ports import Machine
from standfirst.edge.relay.copies import copy
from standfirst.edge.relay.events import Event, EventError, Parser
from standfirst.edge.relay.followed import Followed
from standfirst.edge.relay.origin import Away, Fetched, Origin
from standfirst.edge.relay.patience import Impatient, Watch, pause
from standfirst.edge.ring import Gap

log = logging.getLogger(__name__)

HEAD_S = 15.0
"""For the head of a stream: an origin that has just been started opens its stories first."""
HELLO_S = 5.0
"""For the first event after it. Later: something between us holds streams back."""
TAIL_S = 60.0
"""How long the tail is followed before a stream is tried again."""
STEADY_S = 5.0
"""What held for so long is taken up again at once when it breaks."""
DELAY_FIRST_S, DELAY_MOST_S = 0.1, 5.0
NOT_HELD_S = 1.0
"""The tail is asked no more often than this when it is not held."""

_POSITION = re.compile(rb'\sdata-(seq|edition)="([^"<>\s]{1,80})"')
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")


class Blocked(Exception):
    """Streams do not come through, or there are too many."""


class Position(NamedTuple):
    """Where a page says that it stands."""

    seq: int
    edition: str


class Upstream:
    """Feeds one story from `start` to `stop`. `silence` is how long the origin may say nothing, in seconds."""

    def __init__(self, story: Followed, origin: Origin, machine: Machine, silence: float) -> None:
        self._story = story
        self._origin = origin
        self._machine = machine
        self._silence = silence
        self._asked = ""
        self._said = ""
        self._greeted = False
        self._lost = False
        self._by_tail = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Follow from now on."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Follow no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        fails = 0
        while True:
            began = self._machine.now()
            try:
                await self._follow()
            except (Away, Impatient, EventError, Gap) as error:
                self._complain(error)
            except Exception:  # the outermost handler of the task: whatever it was, go on
                log.exception("edge: %r is not followed", self._story.slug)
            self._story.lose()
            fails = 0 if self._machine.now() - began >= STEADY_S else fails + 1
            await pause(self._machine, self._delay(fails))

    def _delay(self, fails: int) -> float:
        spread = 0.5 + self._machine.jitter() / 2
        return min(DELAY_MOST_S, DELAY_FIRST_S * 2.0 ** min(fails - 1, 10)) * spread if fails else 0.0

    def _complain(self, error: Exception) -> None:
        """Once, until it is live again."""
        if not self._lost:
            log.warning("edge: %r is not followed: %s", self._story.slug, error)
        self._lost = True

    def _resume(self) -> None:
        """It is live."""
        if self._lost:
            log.info("edge: %r is followed again", self._story.slug)
        self._lost = False

    async def _follow(self) -> None:
        try:
            await self._stream()
        except Blocked as error:
            if not self._by_tail:
                log.warning("edge: %r is followed by its held tail, not by a stream: %s", self._story.slug, error)
            self._by_tail = True
            await self._tail()

    async def _stream(self) -> None:
        """Until it ends. Raises Away, Impatient, EventError, Gap; Blocked if a tail may get through."""
        begin = self._story.cursor
        self._asked, self._said, self._greeted = begin.edition if begin else "", "", False
        path = f"/{self._story.slug}/live" + (f"?edition={quote(self._asked)}" if self._asked else "")
        headers = {"Last-Event-ID": str(begin.after)} if begin else {}
        try:
            async with (
                Watch(self._machine, HEAD_S, "the head of the stream") as watch,
                self._origin.stream(path, headers) as (status, pieces),
            ):
                self._judge(status)
                watch.push(HELLO_S, "the first event of the stream")
                parser = Parser()
                async for piece in pieces:
                    for event in parser.feed(piece):
                        self._heed(event, begin.after if begin else None)
                    if self._greeted:
                        watch.push(self._silence, "the next heartbeat")
        except Impatient as error:
            if self._greeted:
                raise
            raise Blocked(str(error)) from error

    def _judge(self, status: int) -> None:
        if status == HTTPStatus.OK:
            return
        self._story.hint = None  # it may be what was refused
        if status == HTTPStatus.NOT_FOUND:
            self._story.miss()
        raise Away(f"{self._origin.url} answers {status}")

    def _heed(self, event: Event, begin: int | None) -> None:
        match event.name:
            case "hello":
                self._greeted = True
                self._stand(event, begin)
            case "reload":
                seq, edition = _place(event)
                self._greeted = True
                self._story.cannot_go_on(seq, edition)
            case "ops":
                if self._said != self._story.hub.edition:
                    raise EventError(f"edition {self._said!r} is not the origin's any more")
                if not _NUMBER.fullmatch(event.id):
                    raise EventError(f"{event.id!r} is no entry number")
                self._story.take(int(event.id), event.data.encode())
            case "bye":
                raise Blocked(f"{self._origin.url} has too many streams")

    def _stand(self, event: Event, begin: int | None) -> None:
        seq, edition = _place(event)
        if edition == self._asked and self._story.hub.edition not in ("", edition):
            raise EventError(f"edition {edition!r} is not the origin's any more")
        self._said = edition
        self._by_tail = False
        self._resume()
        self._story.stands(seq, edition, begin)

    async def _tail(self) -> None:
        """Follow the held tail for a while. Raises Away, EventError, Gap."""
        until = self._machine.now() + TAIL_S
        if not self._story.known:
            self._story.stands(*await self.position(), None)
        while self._machine.now() < until:
            n = self._story.head + 1
            began = self._machine.now()
            answer = await self._entry(n)
            if answer is None:
                self._story.revive()
                await pause(self._machine, max(0.0, NOT_HELD_S - (self._machine.now() - began)))
            elif _final(answer):
                self._story.take(n, copy(answer, began, None).document.body)
            else:
                self._story.cannot_go_on(*await self.position())
            self._resume()

    async def _entry(self, n: int) -> Fetched | None:
        """The answer for entry n, once there is one; None if there is none yet."""
        path = f"/{self._story.slug}/ops/{quote(self._story.hub.edition)}/{n}"
        async with Watch(self._machine, self._silence, f"{self._origin.url}{path}"):
            answer = await self._origin.fetch(path, held=True)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status != HTTPStatus.OK:
            raise Away(f"{self._origin.url}{path} is answered {answer.status}")
        return answer

    async def position(self) -> Position:
        """Where the story's page stands. Raises Away."""
        async with Watch(self._machine, HEAD_S, "the page"):
            answer = await self._origin.fetch(f"/{self._story.slug}")
        if answer.status == HTTPStatus.NOT_FOUND:
            self._story.miss()
        said = dict(_POSITION.findall(copy(answer, 0.0, None).document.body)) if answer.status == HTTPStatus.OK else {}
        seq = said.get(b"seq", b"").decode()
        if not _NUMBER.fullmatch(seq) or b"edition" not in said:
            raise Away(f"{self._origin.url}/{self._story.slug} ({answer.status}) does not say where it stands")
        return Position(int(seq), said[b"edition"].decode())


def _final(answer: Fetched) -> bool:
    """Whether these are an entry's operations; if not, the origin says that they are not to be had any more."""
    return "immutable" in answer.first("cache-control")


def _place(event: Event) -> tuple[int, str]:
    """What `hello` and `reload` say. Raises EventError."""
    try:
        said = json.loads(event.data)
        return int(said["seq"]), str(said["edition"])
    except (ValueError, KeyError, TypeError) as error:
        raise EventError(f"{event.name} says {event.data[:80]!r}, and not where the story stands") from error
