"""Streams over plain ASGI."""

import asyncio
import logging
import tracemalloc
from functools import partial
from typing import Any

import pytest

from standfirst.edge.board import StoryBoard
from standfirst.edge.follow import POLL_S
from standfirst.edge.hub import Hub
from standfirst.edge.live import COALESCE_S, PIECE_BYTES, UNDRAINED_BYTES, Outbox, Streams, Wish
from standfirst.edge.ports import Machine
from standfirst.edge.ring import Frame, frame
from standfirst.edge.sockets import QUEUE_BYTES, SEND_BUFFER
from standfirst.edge.warm import Warmer
from tests.edge.fakes import EDITION, House, Request, opened, settle, with_house
from tests.edge.sse import Decoder, decode

LIVE = f"/flood/live?edition={EDITION}&after="


def raised(error: BaseException) -> Any:
    raise error


def names(request: Request) -> list[str]:
    return [event.event for event in decode(request.response.body)]


@with_house
async def test_a_stream_begins_with_hello_and_follows_the_story(house: House) -> None:
    stream = house.ask(LIVE + "3")
    await settle()
    assert stream.response.status == 200
    assert stream.response["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.response["cache-control"] == "no-store"
    assert stream.response["x-accel-buffering"] == "no"
    assert "content-length" not in stream.response
    await house.write("flood", 2)
    events = decode(stream.response.body)
    assert [(e.event, e.id) for e in events] == [("hello", ""), ("ops", "4"), ("ops", "5")]
    assert events[0].data == f'{{"seq":3,"edition":"{EDITION}","retry":3000}}'
    assert events[1].data == '{"seq": 4, "ops": []}'


@with_house
async def test_the_header_is_newer_than_the_address(house: House) -> None:
    await house.write("flood", 4)
    stream = house.ask(LIVE + "3", ("last-event-id", "6"))
    await settle()
    assert [e.id for e in decode(stream.response.body)][1:] == ["7"]


@pytest.mark.parametrize("cursor", ["x", "1abc", "-1", "01", "", "9" * 16, "3\x00", "٣"])
def test_a_cursor_that_is_none_is_refused_by_name(cursor: str) -> None:
    async def story() -> None:
        async with opened() as house:
            answer = await house.get(LIVE + "3", ("last-event-id", cursor))
            assert answer.status == 400
            assert answer["content-type"] == "application/problem+json"
            if cursor.isascii() and cursor.isprintable():
                assert repr(cursor) in answer.json()["detail"]
            assert (await house.get(f"/flood/live?after={cursor}")).status == 400

    asyncio.run(story())


@with_house
async def test_a_page_that_cannot_be_patched_is_told_to_reload(house: House) -> None:
    for query in ("edition=older&after=3", f"edition={EDITION}&after=99"):
        stream = house.ask(f"/flood/live?{query}")
        await settle()
        await house.clock.pass_(POLL_S)
        await stream.finished()
        assert names(stream) == ["reload"]


async def come_from_a_newer_server(house: House) -> None:
    house.source.elsewhere("flood", 2)
    house.source.token -= 2  # this server has not heard of them
    stream = house.ask(LIVE + "5")
    await settle()
    await house.clock.pass_(POLL_S)
    await house.write("flood")
    assert [(e.event, e.id) for e in decode(stream.response.body)] == [("hello", ""), ("ops", "6")]
    assert '"seq":5' in decode(stream.response.body)[0].data


@with_house
async def test_a_reader_that_comes_from_a_newer_server_is_followed_on(house: House) -> None:
    await come_from_a_newer_server(house)


def test_an_edge_that_takes_its_own_head_for_the_record_s_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def certain(*_: object) -> bool:
        return False

    monkeypatch.setattr("standfirst.edge.counter.Counter._is_behind", certain)
    with pytest.raises(AssertionError, match="reload"):
        with_house(come_from_a_newer_server)()


@with_house
async def test_a_reader_is_not_told_to_reload_while_the_record_cannot_be_asked(house: House) -> None:
    house.source.heads = lambda: raised(OSError("away"))  # type: ignore[method-assign]
    stream = house.ask(LIVE + "5")
    logging.disable(logging.CRITICAL)
    await settle()
    await house.clock.pass_(POLL_S)
    logging.disable(logging.NOTSET)
    answer = await stream.finished()
    assert (answer.status, answer["retry-after"]) == (503, "2")


@with_house
async def test_a_reader_is_not_told_to_reload_while_this_server_catches_up(house: House) -> None:
    for listener in house.source.listeners:
        listener("flood", 5)  # announced, and not to be read
    stream = house.ask(LIVE + "5")
    await settle()
    await house.clock.pass_(3)
    assert (await stream.finished()).status == 503


@with_house
async def test_all_who_are_ahead_cost_one_look(house: House) -> None:
    heads, asked = house.source.heads, []
    house.source.heads = lambda: asked.append(1) or heads()  # type: ignore[method-assign, func-returns-value]
    streams = [house.ask(LIVE + "99") for _ in range(50)]
    await settle()
    await house.clock.pass_(POLL_S)
    for stream in streams:
        await stream.finished()
    assert len(asked) == 1


@with_house
async def test_a_story_that_is_not_there_has_no_stream(house: House) -> None:
    assert (await house.get("/nothing/live")).status == 404


@with_house
async def test_a_head_gets_the_headers_and_no_stream(house: House) -> None:
    answer = await house.get(LIVE + "3", method="HEAD")
    assert (answer.status, answer.body, house.edge.hub.readers) == (200, b"", 0)


def test_a_reader_too_many_is_told_to_poll() -> None:
    async def story() -> None:
        async with opened(max_readers=1) as house:
            first, second = house.ask(LIVE + "3"), house.ask(LIVE + "3")
            await settle()
            assert names(first) == ["hello"]
            await second.finished()
            assert names(second) == ["bye"]

    asyncio.run(story())


@with_house
async def test_a_reader_that_leaves_is_forgotten(house: House) -> None:
    stream = house.ask(LIVE + "3")
    await settle()
    assert house.edge.hub.readers == 1
    await stream.leave()
    assert (house.edge.hub.readers, stream.over) == (0, True)


READERS = 20
MISSED = 400_000


async def memory_of_a_reader(*, stalled: bool) -> float:
    """Bytes that a reader costs once it was given the `MISSED` bytes of operations, or while it takes none."""
    hub = Hub(edition=EDITION, window=1000, max_readers=READERS)
    channel = hub.channel("flood")
    for n in range(1, 101):
        channel.publish(frame(n, b"x" * (MISSED // 100)), now=0)
    while hub.step(channel):
        pass
    streams, never, sent = Streams(hub, Machine(), 25), asyncio.Event(), 0

    async def receive() -> dict[str, str]:
        await never.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal sent
        sent += len(message["body"])
        if stalled:
            await never.wait()

    tracemalloc.start()
    try:
        tasks = [
            asyncio.create_task(streams.serve(Wish(channel, EDITION, 0, "identity"), receive, send))
            for _ in range(READERS)
        ]
        await settle()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert hub.readers == READERS
    assert sent <= READERS * PIECE_BYTES if stalled else sent > READERS * MISSED
    never.set()
    await asyncio.gather(*tasks)
    return taken / READERS


def test_a_reader_that_caught_up_keeps_nothing_of_what_it_missed() -> None:
    assert asyncio.run(memory_of_a_reader(stalled=False)) < 20_000


def test_a_reader_that_takes_nothing_keeps_one_piece_of_what_it_missed() -> None:
    assert asyncio.run(memory_of_a_reader(stalled=True)) < PIECE_BYTES + 20_000


def test_an_edge_that_keeps_its_greetings_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Outbox.greet

    def hoarding(self: Outbox, greeting: list[bytes]) -> None:
        self.kept = b"".join(greeting)  # type: ignore[attr-defined]
        honest(self, greeting)

    monkeypatch.setattr(Outbox, "greet", hoarding)
    assert asyncio.run(memory_of_a_reader(stalled=False)) > MISSED


async def stall_a_reader(house: House) -> None:
    slow, quick = house.ask(LIVE + "3"), house.ask(LIVE + "3")
    await settle()
    slow.stall()
    story = house.counter.board.stories["flood"]
    padding = b"x" * 9000
    take = story.printer.take
    story.printer.take = lambda entry, quiet=False: (take(entry, quiet=quiet) or b"") + padding  # type: ignore[method-assign]
    for _ in range(40):
        await house.write("flood")
    assert 40 * len(padding) > UNDRAINED_BYTES + 2 * SEND_BUFFER + QUEUE_BYTES
    assert len(names(quick)) == 41
    assert slow.over, "its request is over: it comes back with its cursor"
    assert not slow.response.done
    assert house.edge.hub.dropped["slow"] == 1


@with_house
async def test_a_reader_that_does_not_drain_is_dropped_within_its_bound(house: House) -> None:
    await stall_a_reader(house)


def test_an_edge_that_never_drops_a_reader_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standfirst.edge.live.Outbox", partial(Outbox, limit=10**9))
    with pytest.raises(AssertionError, match="it comes back with its cursor"):
        with_house(stall_a_reader)()


@with_house
async def test_frames_right_after_a_broadcast_go_out_together(house: House) -> None:
    stream = house.ask(LIVE + "3")
    await settle()
    sizes: list[int] = []
    kick = house.edge.hub.step
    house.edge.hub.step = lambda channel, limit=500: (sizes.append(len(channel._pending)), kick(channel, limit))[1]  # type: ignore[method-assign, assignment]
    for _ in range(9):
        house.source.write("flood")
        await settle()
    assert names(stream).count("ops") == 1, "the first goes at once"
    await house.clock.pass_(COALESCE_S * 1.1)
    assert names(stream).count("ops") == 9
    assert sizes == [1, 8]


def test_silence_is_broken_by_a_comment() -> None:
    async def story() -> None:
        async with opened(heartbeat_seconds=25) as house:
            stream = house.ask(LIVE + "3")
            decoder = Decoder()
            await settle()
            await house.write("flood")
            await house.clock.pass_(24)
            decoder.feed(stream.response.body)
            assert decoder.comments == 0
            await house.clock.pass_(7)
            decoder = Decoder()
            decoder.feed(stream.response.body)
            assert decoder.comments == 1

    asyncio.run(story())


@with_house
async def test_at_the_end_readers_are_told_to_come_back_at_different_times(house: House) -> None:
    streams = []
    for _ in range(3):
        streams.append(house.ask(LIVE + "3"))
        await settle()
    chances = iter([0.1, 0.5, 0.9])
    object.__setattr__(house.edge.streams._machine, "jitter", lambda: next(chances))
    house.edge.drain()
    await settle()
    times = set()
    for stream in streams:
        response = await stream.finished()
        assert response.done, "the stream ends in order"
        decoder = Decoder()
        assert [e.event for e in decoder.feed(response.body)] == ["hello", "restart"]
        times.add(decoder.retry)
    assert len(times) == 3
    late = house.ask(LIVE + "3")
    object.__setattr__(house.edge.streams._machine, "jitter", lambda: 0.5)
    await late.finished()
    assert names(late) == ["restart"]


@with_house
async def test_a_broadcast_that_fails_costs_its_readers_their_streams_and_nothing_else(house: House) -> None:
    streams = [house.ask(LIVE + "3") for _ in range(3)]
    await settle()
    honest = Frame.coded
    Frame.coded = lambda self, coding: raised(MemoryError())  # type: ignore[method-assign]
    logging.disable(logging.CRITICAL)
    try:
        await house.write("flood")
    finally:
        Frame.coded = honest  # type: ignore[method-assign]
        logging.disable(logging.NOTSET)
    assert all(stream.over for stream in streams)
    assert house.edge.hub.readers == 0
    again = house.ask(LIVE + "3")
    await settle()
    await house.write("flood")
    assert [event.id for event in decode(again.response.body)][1:] == ["4", "5"]


def test_stories_are_warmed_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most = 0, 0
    honest = Warmer._print

    async def watched(self: Warmer, story: StoryBoard) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await honest(self, story)
        at_work -= 1

    monkeypatch.setattr(Warmer, "_print", watched)

    async def story() -> None:
        async with opened(0) as house:
            for slug in ("flood", "storm", "vote"):
                house.source.elsewhere(slug, 3)
            await house.clock.pass_(POLL_S)
            streams = [house.ask(f"/{slug}/live?after=1") for slug in ("flood", "storm", "vote")]
            await settle()
            await settle()
            assert [[event.id for event in decode(stream.response.body)][1:] for stream in streams] == [["2", "3"]] * 3
            assert most == 1

    asyncio.run(story())
