"""The edge as an ASGI application: answers every reader address, and hands the rest to the application behind it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qs, quote

from standfirst.config import Config
from standfirst.edge import answers
from standfirst.edge.answers import Answer, plain, problem
from standfirst.edge.audience import EXTENSION, Audience
from standfirst.edge.documents import choices, choose_stream
from standfirst.edge.held import Grant, Held, lift
from standfirst.edge.live import Message, Receive, Send, Streams
from standfirst.edge.neighbours import Neighbours
from standfirst.edge.paths import Route, route
from standfirst.edge.ports import CONNECTION, Connection, Machine, Tidings
from standfirst.edge.reading import Asked, Reading, Said, Stream, last_seen, stream
from standfirst.edge.tails import Tails, Wait

log = logging.getLogger(__name__)

App = Callable[[Message, Receive, Send], Awaitable[None]]

HEEDED = {b"accept-encoding": 500, b"if-none-match": 2000, b"last-event-id": 100}
"""Request headers that make a difference, and how many bytes of each are read: a longer one counts as not sent."""
BROKEN_MOST = 100
"""Stories named by /healthz."""
QUERY_MOST = 2000
"""Bytes of a query that are looked at."""
HELD_S = 2.0
"""Readers' scripts take an empty answer that came sooner than this as one that was not held, and poll."""


class Edge:
    """Serves readers what `reading` has. `app` answers what is not theirs: `/api/` and `/admin/`.

    Call `drain` when the server is about to stop (see `edge.server`): streams end and held requests are answered.
    `requests` counts answers by kind of address and status.
    """

    def __init__(
        self, app: App, reading: Reading, config: Config, machine: Machine, tidings: Tidings | None = None
    ) -> None:
        """`tidings` is what `app` has to say on streams that it has held; None: it has none."""
        self._app = app
        self._now = machine.now
        self.held = (
            Held(tidings, machine, max_readers=config.max_readers, heartbeat_seconds=config.heartbeat_seconds)
            if tidings is not None
            else None
        )
        self.reading = reading
        self.hub = reading.hub
        self.streams = Streams(self.hub, machine, config.heartbeat_seconds)
        self.tails = Tails(machine, config.hold_seconds, config.max_readers)
        self.requests: Counter[tuple[str, int]] = Counter()
        self.audience = Audience(self._streams_by_story, lambda: self.tails.held, machine.now)
        self._neighbours = Neighbours(config.home / "run", self.audience) if config.workers > 1 else None
        self._holds = config.hold_seconds > HELD_S

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            try:
                await self._request(scope, receive, send)
            finally:  # it leads back to the request: without it nothing waits for the garbage collector
                scope.get("extensions", {}).pop(CONNECTION, None)

    async def start(self) -> None:
        """Follow from now on. Returns when the stories are known; they are opened meanwhile."""
        await self.reading.start(self._news)
        self.streams.start()
        if self.held is not None:
            await self.held.start()
        if self._neighbours is not None:
            self._neighbours.start(asyncio.get_running_loop())

    def drain(self) -> None:
        """End all streams and answer all held requests; readers come back spread over time."""
        self.tails.close()
        if self.held is not None:
            self.held.drain()
        if not self.hub.draining:
            self.streams.drain()

    async def stop(self) -> None:
        """Drain, and hear no more."""
        self.drain()
        await self.reading.stop()
        self.streams.stop()
        if self.held is not None:
            await self.held.stop()
        if self._neighbours is not None:
            self._neighbours.stop(asyncio.get_running_loop())

    def _news(self, slug: str) -> None:
        self.streams.kick(self.hub.channel(slug))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            match (await receive())["type"]:
                case "lifespan.startup":
                    await self.start()
                    await send({"type": "lifespan.startup.complete"})
                case "lifespan.shutdown":
                    await self.stop()
                    await send({"type": "lifespan.shutdown.complete"})
                    return

    async def _request(self, scope: Message, receive: Receive, send: Send) -> None:
        found = route(scope["path"])
        if found.kind == "passed":
            await self._pass_on(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        if not head and scope["method"] != "GET":
            detail = f"{scope['method']} is not for readers' addresses: write through /api/v1"
            said = problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, headers=(("Allow", "GET, HEAD"),))
        elif found.kind == "healthz":
            said = self._health()
        elif moved := self._canonical(found, scope):
            said = moved
        else:
            await self._serve(found, _asked(scope), scope, receive, send)
            return
        self._count(found, said)
        await respond(scope, send, said)

    async def _pass_on(self, scope: Message, receive: Receive, send: Send) -> None:
        """To the application behind, which may ask how many read, and have a stream held in place of its answer."""
        since = self._now()
        granted: Grant | None = None

        async def counted(message: Message) -> None:
            nonlocal granted
            if message["type"] == "http.response.start":
                self.requests["passed", int(message["status"])] += 1
                granted = lift(message)
            if granted is None or self.held is None:
                await send(message)

        scope.setdefault("extensions", {})[EXTENSION] = self.audience.of
        await self._app(scope, receive, counted)
        if granted is not None and self.held is not None:
            await self._hold(self.held, granted, since, scope, receive, send)

    async def _hold(
        self, held: Held, granted: Grant, since: float, scope: Message, receive: Receive, send: Send
    ) -> None:
        """Open the stream that the application allowed."""
        asked = _asked(scope)
        after = last_seen(asked.cursor)
        if isinstance(after, Answer):
            await respond(scope, send, after)
            return
        coding = choose_stream(asked.headers.get("accept-encoding"))
        wish = held.wish(granted, after, coding, since)
        await self._stream(stream(wish), _connection(scope), receive, send, held.streams)

    async def _serve(self, found: Route, asked: Asked, scope: Message, receive: Receive, send: Send) -> None:
        """A GET or HEAD of a reader's address. It may end with its connection parked or taken over."""
        head = scope["method"] == "HEAD"
        connection = _connection(scope)
        said = await self._guarded(found, asked)
        if isinstance(said, Wait):
            if self.tails.full or not self._holds:
                self.audience.polled(found.slug)
            if self.tails.full:
                asked = replace(asked, held=False)
            elif connection is not None:
                self._park(connection, said, found, asked, head)
                return
            else:
                await self.tails.hold(said, receive)
                asked = replace(asked, held=True)
            said = await self._guarded(found, asked)
        if isinstance(said, Stream):
            self._count(found, said.answer)
            if not head:
                await self._stream(said, connection, receive, send)
                return
            await respond(scope, send, said.answer)
            return
        assert isinstance(said, Answer)  # who was held is not told to wait again
        self._count(found, said)
        await respond(scope, send, said)

    def _park(self, connection: Connection, wait: Wait, found: Route, asked: Asked, head: bool) -> None:
        """End the request's task; all that will get the same answer get it together.

        What they have already does not matter: it cannot be an entry that does not exist yet.
        """
        accept = asked.headers.get("accept-encoding")
        asked = Asked({} if accept is None else {"accept-encoding": accept}, {}, held=True)

        async def late(keep_alive: bool, many: int) -> tuple[bytes, bytes]:
            said = await self._guarded(found, asked)
            assert isinstance(said, Answer)  # who was held is not told to wait again
            self._count(found, said, many)
            return answers.raw(said, connection.fields, keep_alive=keep_alive, body=not head)

        self.tails.park(connection, wait, (found, choices(accept), head), late)

    async def _guarded(self, found: Route, asked: Asked) -> Said:
        """The outermost handler of a reader's request: what cannot be read now is not what does not exist."""
        try:
            return await self.reading.answer(found, asked)
        except Exception:
            log.exception("edge: %s of %r failed", found.kind, found.slug)
            detail = "this cannot be read at the moment: ask again"
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=(("Retry-After", "5"),))

    async def _stream(
        self,
        said: Stream,
        connection: Connection | None,
        receive: Receive,
        send: Send,
        streams: Streams | None = None,
    ) -> None:
        """A stream, on its own socket if the server parts with it, else for as long as its reader stays."""
        streams = streams or self.streams
        if connection is not None:
            head, _ = answers.raw(said.answer, connection.fields, keep_alive=False)
            if streams.take_over(connection, head, said.wish):
                return
        await send(_start(said.answer))
        await streams.serve(said.wish, receive, send)

    def _count(self, found: Route, said: Answer, many: int = 1) -> None:
        self.requests[found.kind, int(said.status)] += many

    def _streams_by_story(self) -> dict[str, int]:
        return {name: len(channel) for name, channel in list(self.hub.channels.items())}

    def _health(self) -> Answer:
        """Ready or not. A story that cannot be read is named; the others are served, so it is no reason for 503."""
        health = self.reading.health()
        if health.ready and not self.hub.draining:
            broken = "".join(f"not up to date: {slug}\n" for slug in health.broken[:BROKEN_MOST])
            return plain("ok\n" + broken, cache=answers.NEVER)
        why = f": {health.why}" if health.why and not self.hub.draining else ""
        return plain(f"not ready{why}\n", cache=answers.NEVER, status=HTTPStatus.SERVICE_UNAVAILABLE)

    def _canonical(self, found: Route, scope: Message) -> Answer | None:
        """The way from an address with a slash at its end to the one without, for stories that exist."""
        path: str = scope["path"]
        if found.kind != "nothing" or not path.endswith("/") or not self.reading.knows(route(path[:-1]).slug):
            return None
        query = quote(scope["query_string"].decode("latin-1"), safe="=&;%+,:/?@!$'()*~")
        return answers.moved(quote(path[:-1]) + (f"?{query}" if query else ""))


def _connection(scope: Message) -> Connection | None:
    found: Connection | None = scope.get("extensions", {}).get(CONNECTION)
    return found


async def respond(scope: Message, send: Send, said: Answer) -> None:
    """Send a whole answer, past ASGI where that can be; without its body to a HEAD."""
    head, connection = scope["method"] == "HEAD", _connection(scope)
    if connection is not None:
        whole = answers.raw(said, connection.fields, keep_alive=connection.keep_alive, body=not head)
        if connection.respond(whole):
            return
    await send(_start(said))
    await send({"type": "http.response.body", "body": b"" if head else said.body, "more_body": False})


def _start(said: Answer) -> Message:
    return {"type": "http.response.start", "status": int(said.status), "headers": said.lines}


def _asked(scope: Message) -> Asked:
    """What a request says; repeated headers are one list, of repeated parameters the first counts."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        if raw in HEEDED:
            name, text = raw.decode(), value[: HEEDED[raw] + 1].decode("latin-1")
            headers[name] = f"{headers[name]}, {text}"[: HEEDED[raw] + 1] if name in headers else text
    for name in [name for name, text in headers.items() if len(text) > HEEDED[name.encode()]]:
        del headers[name]
    query: dict[str, str] = {}
    if scope["query_string"]:
        said = parse_qs(scope["query_string"][:QUERY_MOST].decode("latin-1"), keep_blank_values=True)
        query = {name: values[0] for name, values in said.items()}
    return Asked(headers, query)
