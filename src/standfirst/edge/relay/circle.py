"""What an edge says to other edges: that a request came in a circle, and how it is, when one of them asks.

Each edge names itself in what it asks (`CDN-Loop`, RFC 8586). Its fetches are shared by all who wait for them, so that
a circle cannot be seen in them, unless it is of one. So each asks its origin's /healthz now and then, an edge passes
that on to its own origin with everybody who asked before, and whoever finds itself among them has found the circle.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from http import HTTPStatus

from standfirst.edge.answers import Answer, problem
from standfirst.edge.live import Message, Receive, Send
from standfirst.edge.ports import Machine
from standfirst.edge.relay.copies import copy
from standfirst.edge.relay.origin import HOPS_MOST, LOOP, REMEDY, Away, Circle, Fetched, Origin
from standfirst.edge.relay.patience import Impatient, Watch, pause
from standfirst.edge.routes import respond

log = logging.getLogger(__name__)

App = Callable[[Message, Receive, Send], Awaitable[None]]

FIRST_S = 3.0
"""How long a start waits for the origin's first word; it goes on without."""
PROBE_S = 20.0
"""For an origin that has to ask its own, and so on."""
WAITS_S = {"unheard": 0.5, "well": 30.0, "away": 3.0, "circle": 3.0, "stranger": 3.0}
"""Between two probes, by what the last one said."""
BEHIND_S = 3.0
"""The same while the origin says that it is not up to date."""
HEALTH_MOST = 50_000
"""Bytes of an answer of /healthz; ours have less."""
WHY_MOST = 300
_BEHIND = "not up to date: "
_ELSEWHERE = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED}
)
"""What a server says to /healthz that has none; a newsroom and an edge always have it."""


class State(Enum):
    """Of the origin, as far as is known here."""

    UNHEARD = "unheard"
    WELL = "well"
    AWAY = "away"
    CIRCLE = "circle"
    STRANGER = "stranger"
    """It is no Standfirst, and never was one."""


class Stranger(Exception):
    """What answers is no Standfirst; the message says what it said."""


class Probe:
    """Asks the origin how it is, again and again from `start` to `stop`. `why` says what is wrong.

    `behind` is what the origin names as not up to date. Each change is logged, once.
    """

    def __init__(self, origin: Origin, machine: Machine) -> None:
        self._origin = origin
        self._machine = machine
        self._task: asyncio.Task[None] | None = None
        self._known = False
        self._logged = State.WELL
        self.state = State.UNHEARD
        self.behind: list[str] = []
        self.why = f"{origin.url} was not heard yet"

    async def start(self) -> None:
        """Returns when the origin answered, or failed to."""
        try:
            async with Watch(self._machine, FIRST_S, self._origin.url):
                await self.ask("")
        except Impatient as error:
            self._note(State.AWAY, str(error), REMEDY)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            spread = 0.5 + self._machine.jitter() / 2
            seconds = WAITS_S[self.state.value]
            await pause(self._machine, spread * (min(seconds, BEHIND_S) if self.behind else seconds))
            await self.ask("")

    async def ask(self, chain: str) -> State:
        """How the origin is just now; `chain` names those who want to know."""
        try:
            async with Watch(self._machine, PROBE_S, self._origin.url):
                behind = self._judged(await self._origin.fetch("/healthz", chain=chain))
        except Circle as error:
            if not chain:  # else it may be closed behind whoever asks, and not lead here
                self._note(State.CIRCLE, str(error))
            return State.CIRCLE
        except Stranger as error:
            # One that was a newsroom once has another server before it for a while: go on with what is here.
            state = State.AWAY if self._known else State.STRANGER
            self._note(state, str(error), "give --origin that of a newsroom or of an edge")
            return state
        except Away as error:
            self._note(State.AWAY, str(error), error.remedy)
            return State.AWAY
        except Impatient as error:
            self._note(State.AWAY, str(error), REMEDY)
            return State.AWAY
        self._note(State.WELL, "")
        self.behind = behind
        return State.WELL

    def _judged(self, answer: Fetched) -> list[str]:
        """What the origin names as not up to date. Raises Away, Stranger."""
        said = f"{self._origin.url}/healthz is answered {answer.status}"
        if answer.status in _ELSEWHERE or len(answer.body) > HEALTH_MOST:
            raise Stranger(f"the origin {self._origin.url} is no Standfirst (its /healthz is answered {answer.status})")
        text = copy(answer, 0.0, None).document.body[:HEALTH_MOST].decode("utf-8", "replace")
        first, *lines = text.splitlines() or [""]
        if answer.status != HTTPStatus.OK:
            ours = first.startswith("not ready") and first.isprintable()
            raise Away(f"{said} ({first[:WHY_MOST]})" if ours else said, "see its log")
        if first != "ok" or not all(line.startswith(_BEHIND) and line.isprintable() for line in lines):
            raise Stranger(f"the origin {self._origin.url} is no Standfirst (its /healthz does not say how it is)")
        return [line.removeprefix(_BEHIND)[:WHY_MOST] for line in lines]

    def _note(self, state: State, why: str, remedy: str = "") -> None:
        self._log(state, f"{why}: {remedy}" if remedy else why)
        self._known |= state is State.WELL
        never = state is State.AWAY and self.state in (State.UNHEARD, State.STRANGER)
        self.state = State.UNHEARD if never else state
        self.why, self.behind = why, []

    def _log(self, state: State, why: str) -> None:
        if state is self._logged:
            return
        self._logged = state
        if state is State.WELL:
            log.info("edge: the origin %s is well again", self._origin.url)
        else:
            log.warning("edge: %s", why)


class Guard:
    """In front of the edge: refuses what comes in a circle, and passes other edges' questions on."""

    def __init__(self, edge: App, origin: Origin, probe: Probe) -> None:
        self._edge = edge
        self._origin = origin
        self._probe = probe

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        chain = _chain(scope) if scope["type"] == "http" else ""
        if chain:
            names = [name.strip() for name in chain.split(",")]
            if self._origin.name in names or len(names) >= HOPS_MOST:
                await respond(scope, send, circle(self._origin, len(names)))
                return
            if scope["path"] == "/healthz" and await self._probe.ask(chain) is State.CIRCLE:
                await respond(scope, send, circle(self._origin, len(names)))
                return
        await self._edge(scope, receive, send)


def circle(origin: Origin, hops: int) -> Answer:
    detail = (
        f"the chain of edges does not end at a newsroom: {origin.url} leads back here, or over {HOPS_MOST} edges "
        f"follow each other ({hops} so far): give each edge an --origin that is nearer to the newsroom"
    )
    return problem(HTTPStatus.LOOP_DETECTED, detail)


def stranger(why: str) -> Answer:
    """For everybody who asks an edge whose origin is no Standfirst."""
    return problem(HTTPStatus.BAD_GATEWAY, f"{why}: give --origin that of a newsroom or of an edge")


def _chain(scope: Message) -> str:
    name = LOOP.encode()
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def only_reads(origin: Origin) -> App:
    """The application behind an edge: there is none, the newsroom has it."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        detail = f"this is an edge, which only reads: ask {origin.url} for {scope['path']}"
        await respond(scope, send, problem(HTTPStatus.MISDIRECTED_REQUEST, detail))

    return app
