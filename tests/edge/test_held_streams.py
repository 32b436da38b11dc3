"""Streams that the application behind decides on: who gets them, what is told on them, when they end."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from standfirst.edge import held
from standfirst.edge.held import KEPT, PER_LEASE, POLL_S
from standfirst.edge.metrics import METRICS, Seen
from standfirst.edge.ports import Told
from tests.edge.fakes import House, Request, behind, opened, settle
from tests.edge.sse import decode

DESK = "/api/v1/stories/flood/desk"


class FakeTidings:
    """What the application says, in a list. `lost`: the bell does not ring."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.wakes: list[Callable[[], None]] = []
        self.lost = False
        self.broken: Exception | None = None

    def head(self) -> int:
        return self.told[-1].id if self.told else 0

    def after(self, number: int) -> list[Told]:
        if self.broken:
            raise self.broken
        return sorted(told for told in self.told if told.id > number)

    def on_news(self, wake: Callable[[], None]) -> Callable[[], None]:
        self.wakes.append(wake)
        return lambda: self.wakes.remove(wake)

    async def tell(self, kind: str, channel: str = "desk/flood", id: int = 0, **data: Any) -> int:
        number = id or self.head() + 1
        self.told.append(Told(number, channel, kind, json.dumps(data)))
        if not self.lost:
            for wake in self.wakes:
                wake()
        await settle()
        return number


class Application:
    """Allows what `grant` says, and answers with a word for whoever has no edge in front."""

    def __init__(self, grant: str = "channel=desk/flood; lease=abc; seconds=100", status: int = 200) -> None:
        self.grant = grant
        self.status = status
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.meanwhile is not None:
            await self.meanwhile()
        headers = [(b"Standfirst-Stream", self.grant.encode()), (b"set-cookie", b"a=b")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"word", "more_body": False})


class Desk:
    """A house with an application that grants streams."""

    def __init__(self, house: House, app: Application, tidings: FakeTidings) -> None:
        self.house, self.app, self.tidings = house, app, tidings

    async def follow(self, *headers: tuple[str, str]) -> Request:
        request = self.house.ask(DESK, ("accept-encoding", "identity"), *headers)
        await settle()
        return request


def with_desk(test: Callable[[Desk], Awaitable[None]]) -> Callable[[], None]:
    """On a server that keeps its connections to itself, and on one that parts with them."""

    def run() -> None:
        async def story(parting: bool) -> None:
            app, tidings = Application(), FakeTidings()
            async with opened(parting=parting, app=app, tidings=tidings) as house:
                await test(Desk(house, app, tidings))

        for parting in (False, True):
            asyncio.run(story(parting))

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run


def said(request: Request) -> list[tuple[str, str]]:
    return [(event.event, event.id) for event in decode(request.response.body)]


def last(request: Request) -> Any:
    return json.loads(decode(request.response.body)[-1].data)


@with_desk
async def test_what_is_told_reaches_those_who_follow_the_channel(desk: Desk) -> None:
    stream = await desk.follow()
    desk.app.grant = "channel=desk/storm; lease=abc; seconds=100"
    other = await desk.follow()
    first = await desk.tidings.tell("draft", rev=2)
    second = await desk.tidings.tell("freeze", "*")
    await desk.house.clock.pass_(0.02)
    assert said(stream) == [("hello", ""), ("draft", str(first)), ("freeze", str(second))]
    assert said(other) == [("hello", ""), ("freeze", str(second))]
    assert stream.response["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.response["cache-control"] == "no-store"
    assert "standfirst-stream" not in stream.response
    assert "set-cookie" not in stream.response


@with_desk
async def test_what_is_told_to_all_below_a_channel_reaches_these_and_no_others(desk: Desk) -> None:
    streams = []
    for channel in ("desk/flood", "desk/flood/token:a", "desk/flood-two", "desk/storm/token:a"):
        desk.app.grant = f"channel={channel}; lease=abc; seconds=100"
        streams.append(await desk.follow())
    number = await desk.tidings.tell("entry", "desk/flood/*", seq=7)
    await desk.house.clock.pass_(0.02)
    heard = [("hello", ""), ("entry", str(number))]
    assert [said(stream) for stream in streams] == [heard, heard, [("hello", "")], [("hello", "")]]


@with_desk
async def test_held_streams_are_counted_by_kind_and_never_by_name(desk: Desk) -> None:
    assert _counted(desk) == {"desk": 0}
    for lease in ("abc", "def"):
        desk.app.grant = f"channel=desk/flood/token:{lease}; lease={lease}; seconds=100"
        await desk.follow()
    assert _counted(desk) == {"desk": 2}


def _counted(desk: Desk) -> dict[str, float]:
    (metric,) = [one for one in METRICS if one.name == "standfirst_held_streams"]
    server: Any = None
    return {labels[0]: count for labels, count in metric.read(Seen(desk.house.edge, server))}


@with_desk
async def test_an_event_whose_bell_is_lost_comes_with_the_next_look_and_once(desk: Desk) -> None:
    stream = await desk.follow()
    desk.tidings.lost = True
    await desk.tidings.tell("draft")
    assert said(stream) == [("hello", "")]
    await desk.house.clock.pass_(POLL_S + 0.1)
    assert said(stream) == [("hello", ""), ("draft", "1")]
    await desk.house.clock.pass_(POLL_S * 3)
    assert [event for event, _ in said(stream)].count("draft") == 1


@with_desk
async def test_an_event_that_appears_behind_a_later_one_comes_too(desk: Desk) -> None:
    stream = await desk.follow()
    await desk.tidings.tell("draft", id=5)
    await desk.tidings.tell("presence", id=4)
    await desk.house.clock.pass_(0.1)
    assert {"draft", "presence"} <= {event for event, _ in said(stream)}


@with_desk
async def test_a_stream_resumes_behind_the_last_event_or_is_told_to_load_again(desk: Desk) -> None:
    await (await desk.follow()).leave()
    for _ in range(3):
        await desk.tidings.tell("draft")
    stream = await desk.follow(("last-event-id", "1"))
    assert said(stream)[1:] == [("draft", "2"), ("draft", "3")]
    for _ in range(KEPT):
        desk.tidings.told.append(Told(desk.tidings.head() + 1, "desk/flood", "draft", "{}"))
    await desk.tidings.tell("draft")
    assert said(await desk.follow(("last-event-id", "1"))) == [("reload", "")]
    refused = await desk.follow(("last-event-id", "x"))
    assert refused.response.status == 400


@with_desk
async def test_streams_end_with_their_lease_and_others_go_on(desk: Desk) -> None:
    stream = await desk.follow()
    desk.app.grant = desk.app.grant.replace("abc", "xyz")
    other = await desk.follow()
    await desk.tidings.tell("lease", "", leases=["abc"])
    await settle()
    assert said(stream)[-1] == ("bye", "")
    assert last(stream)["why"] == "session"
    assert stream.over
    assert not other.over
    assert desk.house.edge.held is not None
    assert len(desk.house.edge.held.hub.by("xyz")) == 1
    assert desk.house.edge.held.hub.by("abc") == []


@with_desk
async def test_without_the_event_it_goes_on(desk: Desk) -> None:
    """Negative control."""
    stream = await desk.follow()
    await desk.house.clock.pass_(60)
    assert not stream.over
    assert said(stream) == [("hello", "")]


@with_desk
async def test_a_lease_that_ends_while_the_request_is_under_way_opens_nothing(desk: Desk) -> None:
    async def meanwhile() -> None:
        await desk.tidings.tell("lease", "", leases=["abc"])

    desk.app.meanwhile = meanwhile
    stream = await desk.follow()
    await settle()
    assert said(stream) == [("bye", "")]
    assert stream.over
    desk.app.meanwhile = None
    await desk.house.clock.pass_(0.1)
    assert said(await desk.follow()) == [("hello", "")]  # who was let in again since is


@with_desk
async def test_a_reader_that_takes_nothing_is_closed_too(desk: Desk) -> None:
    stream = await desk.follow()
    stream.stall()
    for _ in range(20):
        await desk.tidings.tell("draft", padding="x" * 1000)
    await desk.tidings.tell("lease", "", leases=["abc"])
    await desk.house.clock.pass_(2)
    assert desk.house.edge.held is not None
    assert desk.house.edge.held.hub.readers == 0
    stream.flow()
    await settle()


@with_desk
async def test_a_stream_lasts_as_long_as_it_was_allowed(desk: Desk) -> None:
    stream = await desk.follow()
    await desk.house.clock.pass_(99)
    assert not stream.over
    await desk.house.clock.pass_(2)
    assert last(stream)["why"] == "expired"
    assert stream.over


@with_desk
async def test_a_lease_has_so_many_streams_at_most(desk: Desk) -> None:
    for _ in range(PER_LEASE):
        assert said(await desk.follow()) == [("hello", "")]
    assert last(await desk.follow())["why"] == "streams"


@with_desk
async def test_who_is_drained_comes_back(desk: Desk) -> None:
    stream = await desk.follow()
    desk.house.edge.drain()
    await settle()
    assert said(stream) == [("hello", ""), ("restart", "")]
    assert stream.over


@with_desk
async def test_silence_is_filled_with_heartbeats(desk: Desk) -> None:
    stream = await desk.follow()
    await desk.house.clock.pass_(60)
    assert stream.response.body.endswith(b":\n\n")


@with_desk
async def test_an_application_that_cannot_be_asked_is_asked_again(desk: Desk) -> None:
    stream = await desk.follow()
    desk.tidings.broken = OSError("no database")
    await desk.tidings.tell("draft")
    assert said(stream) == [("hello", "")]
    desk.tidings.broken = None
    await desk.house.clock.pass_(POLL_S + 0.1)
    assert said(stream)[-1] == ("draft", "1")


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        ("channel=desk/flood; lease=abc; seconds=100", 403),
        ("channel=desk/flood; lease=abc", 200),
        ("channel=desk/flood; lease=a b; seconds=1", 200),
        ("channel=a; lease=b; seconds=1\r\nx: y", 200),
        ("", 200),
    ],
)
def test_only_a_whole_header_of_a_success_is_a_grant_and_none_leaves_the_house(grant: str, status: int) -> None:
    async def story() -> None:
        app = Application(grant, status)
        async with opened(app=app, tidings=FakeTidings()) as house:
            answer = await house.get(DESK)
            assert (answer.status, answer.body) == (status, b"word")
            assert "standfirst-stream" not in answer

    asyncio.run(story())


def test_a_header_that_a_client_sends_means_nothing() -> None:
    async def story() -> None:
        async with opened(app=behind, tidings=FakeTidings()) as house:
            answer = await house.get(DESK, ("standfirst-stream", "channel=desk/flood; lease=abc; seconds=100"))
            assert (answer.status, answer.body) == (418, b"behind")

    asyncio.run(story())


def test_an_edge_that_holds_nothing_lets_no_header_out() -> None:
    async def story() -> None:
        async with opened(app=Application()) as house:
            answer = await house.get(DESK)
            assert (answer.status, answer.body) == (200, b"word")
            assert "standfirst-stream" not in answer

    asyncio.run(story())


def test_channels_that_nobody_follows_are_let_go() -> None:
    async def story() -> None:
        async with opened(app=Application(), tidings=FakeTidings()) as house:
            stream = house.ask(DESK)
            await settle()
            assert list(house.edge.held.hub.channels) == ["desk/flood"]
            await stream.leave()
            await house.clock.pass_(held.POLL_S + 0.1)
            assert house.edge.held.hub.channels == {}

    asyncio.run(story())
