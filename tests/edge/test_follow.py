"""How new entries reach the board: each once, in order, whatever the hints do."""

import asyncio
import gc
import logging
from dataclasses import replace
from itertools import pairwise

from standfirst.edge.follow import ANYWAY_S, POLL_S, SETTLE, SLICE_S
from tests.edge.fakes import EDITION, Alarm, FakeEar, House, opened, settle, with_house


@with_house
async def test_a_write_in_this_process_shows_at_once(house: House) -> None:
    house.source.write("flood")
    assert "as of 4" in (await house.get("/flood")).text


@with_house
async def test_a_write_in_another_process_shows_at_the_next_look(house: House) -> None:
    house.source.elsewhere("flood", 2)
    await settle()
    assert "as of 3" in (await house.get("/flood")).text
    await house.clock.pass_(POLL_S)
    assert "as of 5" in (await house.get("/flood")).text


@with_house
async def test_the_garbage_collector_is_spared_what_stays(house: House) -> None:
    frozen = gc.get_freeze_count()
    try:
        house.source.write("flood", SETTLE // 2)
        await house.get("/flood")
        assert gc.get_freeze_count() == frozen, "a few entries are not worth it"
        house.source.write("flood", SETTLE)
        await house.get("/flood")
        await settle()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()


@with_house
async def test_a_story_that_another_process_opened_is_found(house: House) -> None:
    house.source.elsewhere("vote")
    await house.clock.pass_(POLL_S)
    assert (await house.get("/vote")).status == 200


def test_an_ear_hears_another_process_at_once_and_is_replaced_when_it_fails() -> None:
    async def story() -> None:
        house = House(heartbeat_seconds=100)
        house.source.elsewhere("flood", 3)
        first = house.source.ear = FakeEar()
        await house.edge.start()
        await settle()
        held = house.ask("/flood/log/4")
        await settle()
        house.source.elsewhere("flood")
        first.heard.put([("flood", 4)])
        async with asyncio.timeout(10):
            await held.task
        assert held.response.status == 200
        second = house.source.ear = FakeEar()
        logging.disable(logging.CRITICAL)
        first.heard.put(OSError("connection lost"))
        async with asyncio.timeout(10):
            while not pauses(house):
                await asyncio.sleep(0)
        logging.disable(logging.NOTSET)
        assert first.closed.is_set()
        await house.clock.pass_(ANYWAY_S)
        held = house.ask("/flood/log/5")
        await settle()
        house.source.elsewhere("flood")
        second.heard.put([("flood", 5)])
        async with asyncio.timeout(10):
            await held.task
        assert held.response.status == 200
        await house.edge.stop()
        second.heard.put([])
        assert second.closed.wait(10)

    asyncio.run(story())


def test_a_word_from_another_process_that_is_not_so_is_not_waited_for() -> None:
    """It may be late, from a record since restored, or a stranger's: readers would wait for what never comes."""

    async def story() -> None:
        house = House(heartbeat_seconds=100)
        house.source.elsewhere("flood", 3)
        ear = house.source.ear = FakeEar()
        await house.edge.start()
        await settle()
        try:
            asked = house.source.asked
            await ear.hear([("flood", 99), ("nowhere", 7)])
            assert house.source.asked > asked
            stories = house.counter.board.stories
            assert {name: story.target for name, story in stories.items()} == {"flood": 3}
            assert "as of 3" in (await house.get("/flood")).text
            asked = house.source.asked
            await ear.hear([("flood", 3), ("flood", 1)])
            assert house.source.asked == asked, "what is known already is no reason to ask"
        finally:
            await house.edge.stop()
            ear.heard.put([])
        assert ear.closed.wait(10)

    asyncio.run(story())


def pauses(house: House) -> list[tuple[float, int, Alarm]]:
    """The timers that run for as long as the pause after a failure does."""
    return [due for due in house.clock.due if due[0] == house.clock.time + ANYWAY_S and due[2].callback]


@with_house
async def test_a_token_that_stands_still_by_chance_hides_nothing_for_long(house: House) -> None:
    house.source.elsewhere("flood")
    house.source.token -= 1
    await house.clock.pass_(ANYWAY_S + 2 * POLL_S)
    assert "as of 4" in (await house.get("/flood")).text


@with_house
async def test_hints_that_come_late_twice_or_from_nowhere_do_no_harm(house: House) -> None:
    house.source.elsewhere("flood", 2)
    for seq in (5, 4, 5, 2, 5):
        for listener in house.source.listeners:
            listener("flood", seq)
        await settle()
    assert house.printers[0].loud == [4, 5]


@with_house
async def test_nothing_is_read_while_nobody_writes(house: House) -> None:
    reads = len(house.source.reads)
    await house.clock.pass_(60)
    assert len(house.source.reads) == reads


@with_house
async def test_a_record_that_cannot_be_read_for_a_while_loses_nothing(house: House) -> None:
    logging.disable(logging.CRITICAL)
    try:
        house.source.broken = OSError("gone")
        house.source.write("flood", 2)
        await house.clock.pass_(3)
        assert await health(house) == (503, "not ready\n")
        assert "as of 3" in (await asked_patiently(house)).text, "readers keep what there is"
        house.source.broken = None
        await house.clock.pass_(60)
    finally:
        logging.disable(logging.NOTSET)
    assert (await house.get("/healthz")).status == 200
    assert house.printers[-1].loud == [4, 5]


async def health(house: House) -> tuple[int, str]:
    answer = await house.get("/healthz")
    return answer.status, answer.text


async def asked_patiently(house: House):  # type: ignore[no-untyped-def]
    request = house.ask("/flood")
    await house.clock.pass_(1)
    return await request.finished()


@with_house
async def test_an_entry_that_cannot_be_folded_leaves_the_story_as_it_was(house: House) -> None:
    logging.disable(logging.CRITICAL)
    try:
        house.fail_at.append(5)
        house.source.write("flood", 3)
        house.source.write("vote")
        await house.clock.pass_(2)
        assert "as of 4" in (await asked_patiently(house)).text
        assert (await house.get("/vote")).status == 200, "another story goes on"
        assert await health(house) == (200, "ok\nnot up to date: flood\n"), "no reason to take readers from the others"
        house.fail_at.clear()
        await house.clock.pass_(60)
    finally:
        logging.disable(logging.NOTSET)
    assert "as of 6" in (await house.get("/flood")).text
    assert await health(house) == (200, "ok\n")
    assert [f.seq for f in house.edge.hub.channel("flood").ring.resume(3)] == [4, 5, 6]  # type: ignore[union-attr]


def test_a_burst_gives_way_to_readers_every_few_milliseconds() -> None:
    async def story() -> None:
        async with opened() as house:
            turns, taken = 0, []

            async def reader() -> None:
                nonlocal turns
                while house.counter.board.stories["flood"].seq < 503:
                    turns += 1
                    taken.append(house.counter.board.stories["flood"].seq)
                    await asyncio.sleep(0)

            real = house.clock.now

            def slow() -> float:  # each look at the clock is two milliseconds later
                house.clock.time += 0.002
                return real()

            object.__setattr__(house.counter.board._machine, "now", slow)
            house.source.write("flood", 500)
            await reader()
            steps = [b - a for a, b in pairwise(taken)]
            assert max(steps) <= SLICE_S / 0.002, "between two turns of a reader, one slice of entries at most"

    asyncio.run(story())


def test_after_a_start_a_page_is_there_and_old_operations_are_printed_when_asked_for() -> None:
    async def story() -> None:
        async with opened(entries=30, window=10) as house:
            assert "as of 30" in (await house.get("/flood")).text
            assert house.printers[0].loud == [], "opening is quiet"
            request = house.ask(f"/flood/live?edition={EDITION}&after=25")
            await settle()
            assert request.response.body.count(b"event: ops") == 5
            assert house.printers[1].loud == list(range(21, 31))
            assert (await house.get(f"/flood/ops/{EDITION}/22")).json() == {"seq": 22, "ops": []}
            assert len(house.printers) == 2, "they are printed once"
            reload = (await house.get(f"/flood/ops/{EDITION}/20")).json()
            assert reload["ops"] == [{"op": "reload"}]

    asyncio.run(story())


def test_news_of_an_open_story_does_not_wait_for_others_to_open() -> None:
    async def story() -> None:
        async with opened() as house:
            for number in range(30):
                house.source.elsewhere(f"story-{number}")
            house.source.reads.clear()
            house.counter._follower._tick()
            for _ in range(6):  # turns of the loop: the stories are known, a few of them open
                await asyncio.sleep(0)
            house.source.write("flood")
            await settle()
            order = [stream for stream, *_ in house.source.reads]
            assert 0 < len(order[: order.index("flood")]) < 10

    asyncio.run(story())


def test_a_source_that_fails_at_the_start_is_asked_again() -> None:
    async def story() -> None:
        house = House()
        house.source.elsewhere("flood", 3)
        heads = house.source.heads

        def failing() -> dict[str, int]:
            raise OSError("not there yet")

        logging.disable(logging.CRITICAL)
        house.source.heads = failing  # type: ignore[method-assign]
        await house.edge.start()
        assert (await house.get("/flood")).status == 503
        assert (await house.get("/healthz")).status == 503
        house.source.heads = heads  # type: ignore[method-assign]
        await house.clock.pass_(5)
        logging.disable(logging.NOTSET)
        assert (await house.get("/flood")).status == 200
        await house.edge.stop()

    asyncio.run(story())


@with_house
async def test_words_that_were_erased_are_in_memory_no_more(house: House) -> None:
    await house.write("flood", 2)
    assert b"flood 4" in (await house.get("/flood/log/4")).body
    log = house.source.entries["flood"]
    log[3] = replace(log[3], openings={})
    await house.write("flood", erases=(4,))
    assert b"flood 4" not in (await house.get("/flood/log/4")).body
    assert len(house.edge.hub.channel("flood").ring) == 1
    assert [e.seq for e in house.counter.board.stories["flood"].entries] == [6]


def test_a_stopped_edge_listens_no_more() -> None:
    async def story() -> None:
        async with opened() as house:
            await house.edge.stop()
            assert not house.source.listeners

    asyncio.run(story())
