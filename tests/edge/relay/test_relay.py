"""An edge follows its origin by the reader protocol alone, and its readers miss nothing."""

import asyncio
import json
import logging
from itertools import pairwise
from unittest.mock import patch

import pytest

from standfirst.edge.relay import followed, stories, upstream
from standfirst.edge.relay.circle import State
from standfirst.edge.relay.stories import IDLE_S, TICK_S
from standfirst.edge.relay.upstream import Upstream
from tests.edge.fakes import EDITION, Request, settle
from tests.edge.relay.relays import Chain, chained, with_chain
from tests.edge.sse import Event, decode

LIVE = "/flood/live"


def events(request: Request) -> list[Event]:
    return decode(request.response.body)


def ids(request: Request) -> list[int]:
    return [int(event.id) for event in events(request) if event.event == "ops"]


async def opened_stream(chain: Chain, after: int | None = None) -> Request:
    reader = chain.ask(LIVE if after is None else f"{LIVE}?edition={EDITION}&after={after}")
    await settle()
    return reader


@with_chain(hops=2)
async def test_what_is_published_reaches_the_readers_of_the_last_edge_as_the_origin_sent_it(chain: Chain) -> None:
    reader = await opened_stream(chain)
    assert json.loads(events(reader)[0].data)["seq"] == 3
    assert json.loads(events(reader)[0].data)["edition"] == EDITION
    for _ in range(3):
        await chain.write("flood")
    kept = chain.newsroom.hub.channel("flood").ring
    assert reader.response.body.endswith(b"".join(kept.get(n).event for n in (4, 5, 6)))


@with_chain()
async def test_any_number_of_readers_is_one_stream_of_the_origin(chain: Chain) -> None:
    readers = [await opened_stream(chain) for _ in range(50)]
    await chain.write("flood")
    assert all(ids(reader) == [4] for reader in readers)
    assert chain.newsroom.hub.readers == 1
    assert len(chain.wires.paths(LIVE)) == 1


@with_chain()
async def test_a_stream_that_breaks_is_resumed_where_it_was_and_the_readers_see_nothing_of_it(chain: Chain) -> None:
    reader = await opened_stream(chain)
    await chain.write("flood", 2)
    chain.wires.down = True
    chain.wires.cut()
    await settle()
    await chain.write("flood", 3)
    assert ids(reader) == [4, 5]
    chain.wires.down = False
    await chain.clock.pass_(6)
    assert ids(reader) == [4, 5, 6, 7, 8]
    assert not reader.over
    path, headers = [asked for asked in chain.wires.asked if "/live" in asked[0]][-1]
    assert (path, headers["last-event-id"]) == (f"{LIVE}?edition={EDITION}", "5")


@with_chain()
async def test_an_edge_comes_back_at_once_and_then_at_growing_intervals_of_at_most_five_seconds(chain: Chain) -> None:
    await opened_stream(chain)
    await chain.clock.pass_(10)
    chain.wires.down = True
    before = len(chain.wires.paths())
    chain.wires.cut()
    await settle()
    assert len(chain.wires.paths()) == before + 1, "at once"
    times = []
    while len(times) < 12:
        count = len(chain.wires.paths())
        await chain.clock.pass_(0.05)
        times += [chain.clock.now()] * (len(chain.wires.paths()) - count)
    gaps = [late - early for early, late in pairwise(times)]
    assert gaps[0] < 0.3
    assert max(gaps) <= 5.1
    assert gaps[:5] == sorted(gaps[:5])


@with_chain()
async def test_an_origin_that_says_nothing_for_two_heartbeats_is_dead(chain: Chain) -> None:
    reader = await opened_stream(chain)
    chain.newsroom.streams._beat.cancel()
    await chain.clock.pass_(54)
    assert len(chain.wires.paths(LIVE)) == 1
    await chain.clock.pass_(2)
    assert len([path for path in chain.wires.paths() if "/live" in path]) == 2
    await chain.write("flood")
    assert ids(reader) == [4]


@with_chain()
async def test_heartbeats_keep_a_silent_stream_open(chain: Chain) -> None:
    await opened_stream(chain)
    await chain.clock.pass_(170)
    assert len(chain.wires.paths(LIVE)) == 1


@with_chain(hops=2)
async def test_a_middle_edge_that_is_killed_and_restarted_loses_nothing(chain: Chain) -> None:
    reader = await opened_stream(chain)
    await chain.write("flood", 2)
    chain.hops[1].wires.down = True
    chain.hops[1].wires.cut()
    await chain.write("flood", 2)
    await chain.restart(0)
    await chain.clock.pass_(6)
    await chain.write("flood")
    assert ids(reader) == [4, 5, 6, 7, 8]


async def faults_of_a_cut(chain: Chain) -> list[str]:
    reader = await opened_stream(chain)
    await chain.write("flood", 2)
    chain.wires.down = True
    chain.wires.cut()
    await chain.write("flood", 2)
    chain.wires.down = False
    await chain.clock.pass_(6)
    await chain.write("flood")
    seen = ids(reader)
    return [] if seen == [4, 5, 6, 7, 8] else [f"saw {seen}"]


class Forgetful(followed.Followed):
    """Goes on from wherever the story stands, and skips what it missed."""

    @property
    def cursor(self) -> followed.Hint | None:
        return None

    def take(self, seq: int, message: bytes) -> None:
        if seq > self.head + 1:
            self.channel.ring.skip(seq - 1)
        super().take(seq, message)


class Inclusive(followed.Followed):
    """Asks for the last entry again, and takes it again."""

    @property
    def cursor(self) -> followed.Hint | None:
        return followed.Hint(self.hub.edition, self.head - 1) if self.known and self.head else None

    def take(self, seq: int, message: bytes) -> None:
        if seq == self.head:
            self.channel.ring.skip(seq - 1)
        super().take(seq, message)


@pytest.mark.parametrize(
    ("kind", "found"),
    [(followed.Followed, []), (Forgetful, ["saw [4, 5, 8]"]), (Inclusive, ["saw [4, 5, 5, 6, 7, 8]"])],
)
def test_an_edge_that_skips_or_doubles_is_found_out(kind: type, found: list[str]) -> None:
    async def story() -> None:
        with patch.object(stories, "Followed", kind):
            async with chained() as chain:
                assert await faults_of_a_cut(chain) == found

    asyncio.run(story())


@with_chain()
async def test_a_reader_from_elsewhere_gets_what_it_missed_before_this_edge_followed(chain: Chain) -> None:
    await chain.write("flood", 5)
    first = await opened_stream(chain)  # the edge follows from 8 on
    late = await opened_stream(chain, after=5)
    assert (ids(first), ids(late)) == ([], [6, 7, 8])
    assert sorted(chain.wires.paths()[-3:]) == [f"/flood/ops/{EDITION}/{n}" for n in (6, 7, 8)]
    again = await opened_stream(chain, after=5)
    assert ids(again) == [6, 7, 8]
    assert len([path for path in chain.wires.paths() if "/ops/" in path]) == 3, "fetched once"


@with_chain()
async def test_the_first_reader_s_place_is_where_the_edge_begins(chain: Chain) -> None:
    await chain.write("flood", 5)
    reader = await opened_stream(chain, after=4)
    assert ids(reader) == [5, 6, 7, 8]
    assert not [path for path in chain.wires.paths() if "/ops/" in path], "the stream brought them"


@with_chain(window=400)
async def test_who_missed_too_much_is_told_to_reload(chain: Chain) -> None:
    for _ in range(6):
        await chain.write("flood", 50)
    await opened_stream(chain)
    late = await opened_stream(chain, after=50)
    assert [event.event for event in events(late)] == ["reload"]
    assert not [path for path in chain.wires.paths() if "/ops/" in path]


@with_chain()
async def test_who_is_ahead_waits_a_little(chain: Chain) -> None:
    await opened_stream(chain)
    chain.wires.mute = True
    ahead = await opened_stream(chain, after=4)
    chain.source.write("flood")
    await chain.clock.pass_(0.1)
    assert not ahead.over
    assert not events(ahead)
    await chain.clock.pass_(2)
    assert (ahead.response.status, ahead.response["retry-after"]) == (503, "2")


@with_chain()
async def test_who_is_ahead_gets_its_stream_when_the_edge_has_come_so_far(chain: Chain) -> None:
    await opened_stream(chain)
    ahead = await opened_stream(chain, after=4)
    await chain.write("flood", 2)
    await chain.clock.pass_(0.1)
    assert [event.event for event in events(ahead)] == ["hello", "ops"]
    assert ids(ahead) == [5]


@with_chain()
async def test_a_place_that_the_record_never_had_is_told_to_reload(chain: Chain) -> None:
    await opened_stream(chain)
    lost = await opened_stream(chain, after=9)
    await chain.clock.pass_(2)
    assert [event.event for event in events(lost)] == ["reload"]


@with_chain(window=5)
async def test_a_gap_too_long_to_fill_is_told_to_the_readers(chain: Chain) -> None:
    reader = await opened_stream(chain)
    chain.wires.down = True
    chain.wires.cut()
    await chain.write("flood", 10)
    chain.wires.down = False
    await chain.clock.pass_(6)
    assert [event.event for event in events(reader)] == ["hello", "reload"]
    assert json.loads(events(reader)[1].data)["seq"] == 13
    assert reader.over
    assert "as of 13" in (await chain.get("/flood")).text
    next_one = await opened_stream(chain, after=13)
    await chain.write("flood")
    assert ids(next_one) == [14]


@with_chain()
async def test_a_new_edition_sends_readers_away_and_throws_the_pages_away(chain: Chain) -> None:
    await chain.get("/flood")
    await chain.write("flood")
    reader = await opened_stream(chain)
    assert chain.relay.mirror.has("/flood")
    chain.newsroom.hub.edition = chain.counter._edition = "later1"
    chain.wires.cut()
    await chain.clock.pass_(6)
    assert [event.event for event in events(reader)] == ["hello", "reload"]
    assert json.loads(events(reader)[1].data)["edition"] == "later1"
    assert not chain.relay.mirror.has("/flood")
    found = await chain.get(f"/flood/ops/{EDITION}/4")
    assert found.json()["ops"] == [{"op": "reload"}]
    fresh = chain.ask(f"{LIVE}?edition=later1&after=4")
    await settle()
    await chain.write("flood")
    assert ids(fresh) == [5]


@with_chain()
async def test_an_origin_that_stops_is_followed_again(chain: Chain) -> None:
    reader = await opened_stream(chain)
    chain.newsroom.drain()
    await settle()
    assert not reader.over
    chain.newsroom.hub.draining = False
    await chain.clock.pass_(6)
    await chain.write("flood")
    assert ids(reader) == [4]


@pytest.mark.parametrize("way", ["bye", "mute"])
def test_where_streams_are_refused_or_blocked_the_held_tail_serves(way: str) -> None:
    async def story() -> None:
        async with chained() as chain:
            if way == "bye":
                chain.newsroom.hub.max_readers = 0
            else:
                chain.wires.mute = True
            reader = await opened_stream(chain)
            await chain.clock.pass_(6)
            assert [event.event for event in events(reader)] == ["hello"]
            assert chain.newsroom.tails.held == {"flood": 1}, "one request, held"
            for _ in range(3):
                await chain.write("flood", 2)
            assert ids(reader) == [4, 5, 6, 7, 8, 9]
            chain.newsroom.hub.max_readers, chain.wires.mute = 10, False
            await chain.clock.pass_(100)
            assert chain.newsroom.hub.readers == 1, "a stream is tried again"
            await chain.write("flood")
            assert ids(reader) == [4, 5, 6, 7, 8, 9, 10]

    asyncio.run(story())


@with_chain(window=5)
async def test_a_gap_in_the_tail_is_told_too(chain: Chain) -> None:
    chain.newsroom.hub.max_readers = 0
    reader = await opened_stream(chain)
    await chain.clock.pass_(1)
    chain.wires.down = True
    chain.wires.cut()
    await chain.write("flood", 10)
    chain.wires.down = False
    await chain.clock.pass_(7)
    assert [event.event for event in events(reader)] == ["hello", "reload"]


@with_chain()
async def test_the_next_entry_is_held_here_and_fetched_once(chain: Chain) -> None:
    await opened_stream(chain)
    before = len(chain.wires.paths())
    held = [chain.ask(path) for path in ("/flood/log/4", f"/flood/ops/{EDITION}/4") for _ in range(100)]
    await settle()
    assert chain.hops[-1].edge.tails.held == {"flood": 200}
    assert not chain.newsroom.tails.held
    await chain.write("flood")
    answers = [await request.finished() for request in held]
    assert {(answer.status, answer["cache-control"]) for answer in answers} == {(200, "max-age=86400, immutable")}
    assert chain.wires.paths()[before:] == ["/flood/log/4"], "the operations came with the stream"
    assert (await chain.get("/flood/log/4")).body == answers[0].body
    assert chain.wires.paths()[before:] == ["/flood/log/4"], "an entry is fetched once"


@with_chain()
async def test_what_is_ahead_of_this_edge_is_waited_for_and_then_not_there(chain: Chain) -> None:
    for path in (f"/flood/ops/{EDITION}/6", "/flood/log/6"):
        asked = chain.ask(path)
        await settle()
        assert not asked.over
        await chain.clock.pass_(1.1)
        assert ((await asked.finished()).status, asked.response["cache-control"]) == (404, "max-age=1")
        assert "ask for 4" in asked.response.json()["detail"]
    assert (await chain.get("/flood/log/999")).status == 404


@with_chain()
async def test_a_story_is_followed_until_it_is_idle(chain: Chain) -> None:
    await chain.get("/flood")
    assert chain.newsroom.hub.readers == 1
    reader = await opened_stream(chain)
    await chain.clock.pass_(2 * IDLE_S)
    assert chain.newsroom.hub.readers == 1
    await reader.leave()
    await chain.clock.pass_(IDLE_S + 2 * TICK_S)
    assert (chain.newsroom.hub.readers, chain.relay.stories.all, chain.relay.hub.channels) == (0, {}, {})
    assert "as of 3" in (await chain.get("/flood")).text


@with_chain()
async def test_no_more_stories_are_followed_than_are_allowed(chain: Chain) -> None:
    for number in range(4):
        chain.source.write(f"story-{number}")
    await chain.clock.pass_(1)
    with patch.object(stories, "MOST", 2):
        one = chain.ask("/story-0/live")
        await settle()
        await chain.get("/story-1")
        assert (await chain.get("/story-2/live")).status == 503, "all are in use"
        assert (await chain.get("/story-2")).status == 200, "pages are served nevertheless"
        await chain.clock.pass_(26)
        two = chain.ask("/story-3/live")
        await settle()
        assert sorted(chain.relay.stories.all) == ["story-0", "story-3"], "the idlest made room"
        assert not one.over
        assert not two.over


@with_chain()
async def test_what_does_not_exist_is_not_followed(chain: Chain) -> None:
    for path in ("/none/live", "/none/log/1", f"/none/ops/{EDITION}/1", "/none/log/1-100"):
        missing = await chain.get(path)
        assert (missing.status, missing["cache-control"]) == (404, "max-age=1")
        assert "no story 'none'" in missing.json()["detail"]
    assert (await chain.get("/none")).status == 404
    assert chain.relay.stories.all == {}
    assert chain.wires.paths() == ["/none"]


@with_chain()
async def test_operations_take_bounded_memory(chain: Chain) -> None:
    reader = await opened_stream(chain)
    with patch.object(followed, "STORY_BYTES", (400, 400)):
        await chain.write("flood", 40)
        await chain.clock.pass_(TICK_S)
        ring = chain.relay.stories.all["flood"].channel.ring
        assert ring.head == 43
        assert 0 < len(ring) < 10
        assert sum(len(ring.get(n).event) for n in range(ring.reach + 1, 44)) <= 400
    assert ids(reader) == list(range(4, 44))
    late = await opened_stream(chain, after=20)
    assert ids(late) == list(range(21, 44)), "the rest is fetched"


@with_chain(immutable_seconds=60)
async def test_operations_are_kept_no_longer_than_caches_may(chain: Chain) -> None:
    await opened_stream(chain)
    await chain.write("flood")
    ring = chain.relay.stories.all["flood"].channel.ring
    await chain.clock.pass_(55)
    assert ring.get(4) is not None
    assert int((await chain.get(f"/flood/ops/{EDITION}/4"))["age"]) >= 54, "nor does the next cache"
    await chain.clock.pass_(15)
    assert ring.get(4) is None, "words that were erased since may be in it"


@with_chain()
async def test_an_edge_says_how_it_is(chain: Chain) -> None:
    await opened_stream(chain)
    assert (await chain.get("/healthz")).body == b"ok\n"
    chain.wires.down = True
    chain.wires.cut()
    await chain.clock.pass_(45)
    health = await chain.get("/healthz")
    assert health.status == 200, "it goes on serving"
    assert "not up to date: all, http://origin.example cannot be reached (refused)" in health.text
    assert "not up to date: flood" in health.text
    chain.wires.down = False
    await chain.clock.pass_(10)
    assert (await chain.get("/healthz")).body == b"ok\n"


def test_an_edge_whose_origin_was_never_heard_is_not_ready() -> None:
    async def story() -> None:
        chain = Chain()
        chain.wires.down = True
        await chain.edge.start()
        health = await chain.get("/healthz")
        assert health.status == 503
        assert health.text == "not ready: http://origin.example cannot be reached (refused)\n"
        assert (await chain.get("/flood")).status == 503
        assert chain.relay.probe.state is State.UNHEARD
        await chain.newsroom.start()
        chain.wires.down = False
        await chain.clock.pass_(1)
        assert (await chain.get("/healthz")).status == 200
        await chain.edge.stop()
        await chain.newsroom.stop()

    asyncio.run(story())


@with_chain()
async def test_a_bug_in_following_is_logged_and_followed_by_another_try(chain: Chain) -> None:
    with (
        patch.object(Upstream, "_follow", side_effect=RuntimeError("a bug")),
        patch.object(logging.getLogger(upstream.__name__), "exception") as said,
    ):
        reader = chain.ask(LIVE)
        await chain.clock.pass_(1)
        assert said.called
    await chain.clock.pass_(6)
    assert [event.event for event in events(reader)] == ["hello"]


def said(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    """Lines of the edge with this word, by level."""
    return [f"{one.levelname} {one.getMessage()}" for one in caplog.records if word in one.getMessage()]


def test_a_story_that_is_lost_is_said_once_and_so_is_that_it_is_followed_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    async def story() -> None:
        async with chained() as chain:
            await opened_stream(chain)
            assert said(caplog, "'flood'") == []
            chain.newsroom.drain()  # an end without an error, and then nobody is there
            chain.wires.down = True
            await chain.clock.pass_(60)
            lost = "WARNING edge: 'flood' is not followed: http://origin.example cannot be reached (refused)"
            assert said(caplog, "'flood'") == [lost]
            chain.newsroom.hub.draining = False
            chain.wires.down = False
            await chain.clock.pass_(6)
            assert said(caplog, "'flood'") == [lost, "INFO edge: 'flood' is followed again"]
            chain.wires.down = True
            chain.wires.cut()
            await chain.clock.pass_(60)
            broke = "WARNING edge: 'flood' is not followed: http://origin.example broke off (cut)"
            assert said(caplog, "'flood'")[2:] == [broke], "there was a connection"

    asyncio.run(story())


def test_where_streams_are_blocked_that_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def story() -> None:
        async with chained() as chain:
            chain.wires.mute = True
            chain.ask(LIVE)
            await chain.clock.pass_(200)
            (line,) = said(caplog, "'flood'")
            assert line.startswith("WARNING edge: 'flood' is followed by its held tail, not by a stream: ")

    asyncio.run(story())


@with_chain()
async def test_writing_is_the_newsroom_s(chain: Chain) -> None:
    for path in ("/api/v1/stories", "/admin/"):
        answer = await chain.get(path, method="POST")
        assert answer.status == 421
        assert "http://origin.example" in answer.json()["detail"]
