"""How many read: counted where there is a connection, estimated where there is none, never more than is known."""

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from standfirst.edge.audience import POLL_S, STALE_S, WINDOW_S, Audience, Count, Polls
from standfirst.edge.histogram import Histogram
from tests.edge.fakes import EDITION, House, opened, settle, with_house


@given(st.integers(0, 300), st.floats(0, POLL_S))
def test_a_crowd_that_polls_for_a_minute_is_estimated_to_its_number(crowd: int, offset: float) -> None:
    polls, now = Polls(), 1000 + offset + 7 * POLL_S
    first = [1000 + offset + number / max(1, crowd) * POLL_S for number in range(crowd)]
    for time in sorted(time + turn * POLL_S for time in first for turn in range(8)):
        if time <= now:
            polls.add("flood", time)
    assert abs(polls.pollers("flood", now) - crowd) <= crowd * 0.05 + 1
    assert polls.pollers("ferry", now) == 0
    assert polls.pollers("flood", now + WINDOW_S + POLL_S * 2) == 0
    assert polls.stories(now + WINDOW_S * 3) == set()


def test_the_window_holds_a_minute_and_no_more() -> None:
    polls = Polls()
    for time in range(0, 600):
        polls.add("flood", float(time))
    assert polls.pollers("flood", 599.0) == round(WINDOW_S * POLL_S / WINDOW_S)
    polls.add("flood", 10_000.0)
    assert polls.pollers("flood", 10_000.0) == round(POLL_S / WINDOW_S)


def test_counts_of_other_processes_are_added_until_they_go_stale() -> None:
    time = 100.0
    audience = Audience(lambda: {"flood": 3, "ferry": 0}, lambda: {"flood": 2}, lambda: time)
    assert audience.here() == {"flood": Count(3, 2, 0)}
    audience.heard("other", {"flood": Count(10, 0, 5)})
    audience.heard("other", {"flood": Count(10, 1, 5)})
    audience.heard("third", {"ferry": Count(1, 1, 1)})
    assert audience.of("flood") == Count(13, 3, 5)
    assert audience.of("flood").total == 21
    assert audience.of("ferry") == Count(1, 1, 1)
    assert audience.of("nothing") == Count()
    time += STALE_S + 1
    assert audience.of("flood") == Count(3, 2, 0)
    audience.heard("other", {})
    assert len(audience._others) == 1, "what went stale is not kept"


@with_house
async def test_the_edge_counts_streams_and_held_requests_as_they_are(house: House) -> None:
    edge = house.edge
    live = [house.ask("/flood/live") for _ in range(3)]
    held = [house.ask(f"/flood/ops/{EDITION}/4"), house.ask("/flood/log/4")]
    await settle()
    assert edge.audience.of("flood") == Count(3, 2, 0)
    await live[0].leave()
    await held[0].leave()
    assert edge.audience.of("flood") == Count(2, 1, 0)
    await house.write("flood")
    assert edge.audience.of("flood") == Count(2, 0, 0)
    assert edge.audience.of("ferry") == Count()


def test_requests_that_are_not_held_are_pollers_and_others_are_not() -> None:
    async def story() -> None:
        async with opened(max_readers=0) as house:
            for _ in range(8):
                assert (await house.get("/flood/log/4")).status == 404
            for path in ("/flood/log/3", "/flood/log/9", "/flood", "/ferry/log/4"):
                await house.get(path)
            assert house.edge.audience.of("flood") == Count(0, 0, 2)

    asyncio.run(story())


@with_house
async def test_answers_are_counted_by_kind_and_status(house: House) -> None:
    await house.get("/flood")
    await house.get("/flood", method="HEAD")
    await house.get("/flood", method="POST")
    await house.get("/flood/log/9")
    await house.get("/healthz")
    await house.get("/api/v1/stories")
    held = [house.ask("/flood/log/4") for _ in range(3)]
    live = house.ask("/flood/live")
    await settle()
    await house.write("flood")
    for request in held:
        await request.finished()
    await live.leave()
    assert house.edge.requests == {
        ("page", 200): 2, ("page", 405): 1, ("log", 404): 1, ("healthz", 200): 1, ("passed", 418): 1, ("log", 200): 3,
        ("live", 200): 1,
    }  # fmt: skip


@with_house
async def test_a_broadcast_is_timed_from_publishing_to_the_last_reader(house: House) -> None:
    lag = house.edge.streams.lag
    await house.write("flood")
    assert sum(lag.counts) == 0, "nobody was there"
    live = house.ask("/flood/live")
    await settle()
    await house.write("flood")
    await house.write("flood", 3)
    assert sum(lag.counts) == 2
    await house.clock.pass_(60)
    assert sum(lag.counts) == 2, "a heartbeat is no news"
    await live.leave()


def test_a_value_is_in_the_first_bucket_that_is_not_below_it() -> None:
    histogram = Histogram((0.1, 1))
    for value in (0.05, 0.1, 0.11, 1, 7):
        histogram.add(value)
    assert (histogram.counts, round(histogram.sum, 2)) == ([2, 2, 1], 8.26)


def test_two_workers_of_a_newsroom_count_each_others_readers(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(home=tmp_path, workers=2) as one, opened(home=tmp_path, workers=2) as two:
            live, held = one.ask("/flood/live"), two.ask("/flood/log/4")
            await settle()
            for house in (one, two):
                house.edge._neighbours.tell()
            async with asyncio.timeout(10):
                while {house.edge.audience.of("flood") for house in (one, two)} != {Count(1, 1, 0)}:
                    await asyncio.sleep(0)
            await live.leave()
            await held.leave()
        async with opened(home=tmp_path) as alone:
            assert alone.edge._neighbours is None

    asyncio.run(story())
