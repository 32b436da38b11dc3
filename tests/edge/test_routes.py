"""The reader protocol, address by address."""

import asyncio
import json

import pytest

from standfirst.edge.answers import PAGE
from tests.edge.fakes import EDITION, House, opened, settle, with_house
from tests.edge.relay.relays import with_every_house

IMMUTABLE = "max-age=86400, immutable"
SAFE = (
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
)


@with_house
async def test_a_page_is_printed_once_for_everybody_and_again_after_an_entry(house: House) -> None:
    for _ in range(3):
        assert "as of 3" in (await house.get("/flood", ("accept-encoding", "gzip"))).text
        assert "as of 3" in (await house.get("/flood")).text
    assert house.printed == [""]
    await house.write("flood")
    assert "as of 4" in (await house.get("/flood")).text
    assert len(house.counter.board.shelf) == 1, "the old page is thrown away"


@with_every_house
async def test_a_page_is_safe_cacheable_and_without_cookie(house: House) -> None:
    page = await house.get("/flood")
    assert page.status == 200
    assert page["cache-control"] == PAGE
    assert page["vary"] == "Accept-Encoding"
    assert page["etag"].startswith('"')
    assert page["content-security-policy"] == "default-src 'none'"
    assert page["content-length"] == str(len(page.body))
    assert all(name in page for name in SAFE)
    assert "set-cookie" not in page


@with_house
async def test_the_index_lists_the_stories(house: House) -> None:
    index = await house.get("/")
    assert "stories at [3]" in index.text
    assert index["cache-control"] == PAGE
    await house.write("vote")
    assert "stories at [1, 3]" in (await house.get("/")).text


@pytest.mark.parametrize("path", ["/", "/flood", "/flood/key-events", "/flood/log/2", f"/flood/ops/{EDITION}/2"])
@pytest.mark.parametrize("encoding", ["gzip", "identity", "gzip;q=0", "*"])
def test_what_a_client_has_is_not_sent_again(path: str, encoding: str) -> None:
    async def story() -> None:
        async with opened() as house:
            wants = ("accept-encoding", encoding)
            if "/ops/" in path:
                await house.write("flood", 2)
            full = await house.get(path, wants)
            for tag in (full["etag"], "W/" + full["etag"], f'"other", {full["etag"]}', "*"):
                again = await house.get(path, wants, ("if-none-match", tag))
                assert (again.status, again.body) == (304, b"")
                for name in ("cache-control", "etag", "vary"):
                    assert again[name] == full[name]
                assert "content-length" not in again
                assert "content-encoding" not in again
                assert ("access-control-allow-origin" in again) == ("access-control-allow-origin" in full)
            head = await house.get(path, wants, method="HEAD")
            assert (head.status, head.body) == (200, b"")
            assert head.headers == full.headers, "HEAD says what GET says"
            assert (await house.get(path, wants, ("if-none-match", '"other"'))).status == 200

    asyncio.run(story())


@with_every_house
async def test_the_etag_of_one_encoding_does_not_stand_for_another(house: House) -> None:
    plain = await house.get("/flood")
    packed = await house.get("/flood", ("accept-encoding", "gzip"), ("if-none-match", plain["etag"]))
    assert packed.status == 200
    assert packed["content-encoding"] == "gzip"
    assert packed["etag"] != plain["etag"]


@with_every_house
async def test_a_changed_page_has_another_etag(house: House) -> None:
    before = await house.get("/flood")
    await house.write("flood")
    assert (await house.get("/flood", ("if-none-match", before["etag"]))).status == 200


@with_every_house
async def test_a_client_that_takes_no_encoding_there_is_is_told_so(house: House) -> None:
    refused = await house.get("/flood", ("accept-encoding", "br"), ("accept-encoding", "identity;q=0"))
    assert refused.status == 406
    assert refused["vary"] == "Accept-Encoding"
    assert refused["content-type"] == "application/problem+json"


@with_every_house
async def test_what_is_not_there_is_a_page_that_says_so(house: House) -> None:
    for path in (
        "/nothing",
        "/flood/nothing",
        "/Flood",
        "/flood//x",
        "/static/none.js",
        "//evil.example/",
        "/flood/log",
    ):
        missing = await house.get(path)
        assert missing.status == 404, path
        assert missing["content-type"].startswith("text/html")
        assert missing["cache-control"] == "max-age=1"
        assert "content-security-policy" in missing
    page = await house.get("/nothing")
    assert (await house.get("/nothing", ("if-none-match", page["etag"]))).status == 404, "a 404 is never a 304"


@with_house
async def test_a_slash_too_many_is_sent_to_the_address_without(house: House) -> None:
    moved = await house.get("/flood/?utm=%0d%0aX:1&a=b c")
    assert moved.status == 308
    names = [name for name, _ in moved.headers]
    assert names.index("cache-control") < names.index("location"), "a head that is cut off is not kept for good"
    assert dict(moved.headers)["cache-control"] == "max-age=1"
    assert moved["location"] == "/flood?utm=%0d%0aX:1&a=b%20c"
    assert (await house.get("/flood/key-events/"))["location"] == "/flood/key-events"
    assert (await house.get("/nothing/")).status == 404


@with_every_house
async def test_readers_addresses_are_not_written_to(house: House) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"):
        refused = await house.get("/flood", method=method)
        assert refused.status == 405
        assert refused["allow"] == "GET, HEAD"
        assert refused["content-type"] == "application/problem+json"
        assert "/api/v1" in refused.json()["detail"]


@with_house
async def test_the_application_behind_answers_what_is_not_readers(house: House) -> None:
    for path in ("/api/v1/stories", "/admin/", "/api"):
        assert (await house.get(path, method="POST")).status == 418


@with_every_house
async def test_an_entry_is_the_record_s_own_bytes_for_anyone(house: House) -> None:
    found = await house.get("/flood/log/2")
    assert json.loads(found.json()["entry"] if isinstance(found.json()["entry"], str) else found.body)
    assert found["cache-control"] == IMMUTABLE
    assert found["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in found
    assert "set-cookie" not in found


@with_every_house
async def test_a_number_that_is_none_is_refused(house: House) -> None:
    for path in ("/flood/log/1abc", "/flood/log/0", f"/flood/ops/{EDITION}/1abc", "/flood/log/1-2x"):
        refused = await house.get(path)
        assert refused.status == 422, path
        assert repr(path.rsplit("/", 1)[1]) in refused.json()["detail"]


def test_blocks_are_aligned_and_complete() -> None:
    async def story() -> None:
        async with opened(entries=250, window=20) as house:
            for block in ("1-100", "101-200"):
                found = await house.get(f"/flood/log/{block}", ("accept-encoding", "gzip"))
                assert found["content-type"] == "application/x-ndjson"
                assert found["cache-control"] == IMMUTABLE
                lines = found.text.splitlines()
                assert len(lines) == 100
                first = int(block.split("-")[0])
                assert lines[2] == (await house.get(f"/flood/log/{first + 2}")).text
            for wrong, right in [("2-101", "1-100"), ("1-50", "1-100"), ("1-200", "1-100"), ("130-120", "101-200")]:
                refused = await house.get(f"/flood/log/{wrong}")
                assert refused.status == 404
                assert refused.json()["block"] == f"/flood/log/{right}"
            incomplete = await house.get("/flood/log/201-300")
            assert incomplete.status == 404
            assert "not complete" in incomplete.json()["detail"]
            assert incomplete["cache-control"] == "max-age=1"

    asyncio.run(story())


@with_every_house
async def test_operations_are_those_of_the_stream(house: House) -> None:
    await house.write("flood")
    found = await house.get(f"/flood/ops/{EDITION}/4")
    assert found.json() == {"seq": 4, "ops": []}
    assert found["cache-control"] == IMMUTABLE
    assert found["access-control-allow-origin"] == "*"


@with_every_house
async def test_a_page_of_another_edition_is_told_to_reload(house: House) -> None:
    for n in (2, 4, 999):
        found = await house.get(f"/flood/ops/older/{n}")
        assert found.json() == {"seq": n, "ops": [{"op": "reload"}]}
        assert found["cache-control"] == "max-age=1"


@with_house
async def test_what_is_far_ahead_is_not_there(house: House) -> None:
    for path in (f"/flood/ops/{EDITION}/5", "/flood/log/5"):
        found = await house.get(path)
        assert (found.status, found["cache-control"]) == (404, "max-age=1")
        assert "ask for 4" in found.json()["detail"]


@pytest.mark.parametrize("path", [f"/flood/ops/{EDITION}/4", "/flood/log/4"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("parting", [False, True])
def test_a_request_for_the_next_entry_is_held_until_it_is_there(path: str, method: str, parting: bool) -> None:
    async def story() -> None:
        async with opened(parting=parting) as house:
            held = [house.ask(path, method=method) for _ in range(100)]
            await settle()
            assert house.edge.tails.held == {"flood": 100}
            assert len(house.edge.tails._groups) == 1, "all wait for one thing"
            assert not any(request.over for request in held)
            assert all(request.task.done() for request in held) == parting, "no task is left where none is needed"
            house.source.write("flood")
            answers = [await request.finished() for request in held]
            assert {(a.status, a["cache-control"]) for a in answers} == {(200, IMMUTABLE)}
            assert (house.edge.tails.held, house.edge.tails._groups) == ({}, {})

    asyncio.run(story())


@pytest.mark.parametrize("parting", [False, True])
def test_a_held_request_is_answered_when_its_time_is_up(parting: bool) -> None:
    async def story() -> None:
        async with opened(parting=parting, hold_seconds=25) as house:
            early = house.ask(f"/flood/ops/{EDITION}/4")
            await settle()
            await house.clock.pass_(24)
            late = house.ask(f"/flood/ops/{EDITION}/4")
            await settle()
            assert not early.over
            await house.clock.pass_(1.1)
            answer = await early.finished()
            assert (answer.status, answer["cache-control"]) == (404, "max-age=1")
            assert not late.over
            house.source.write("flood")
            assert (await late.finished()).status == 200

    asyncio.run(story())


async def ask_too_often(house: House) -> None:
    held = [house.ask(path) for path in ("/flood/log/4", f"/flood/ops/{EDITION}/4")]
    await settle()
    for path in ("/flood/log/4", f"/flood/ops/{EDITION}/4"):
        refused = await house.get(path)
        assert (refused.status, refused["cache-control"], refused["retry-after"]) == (404, "max-age=1", "15")
    await held[0].leave()
    again = house.ask("/flood/log/4")
    await settle()
    assert house.edge.tails.held.total() == 2
    house.source.write("flood")
    for request in (held[1], again):
        assert (await request.finished()).status == 200
    assert not house.edge.tails.held


@pytest.mark.parametrize("parting", [False, True])
def test_no_more_requests_are_held_than_readers_are_allowed(parting: bool) -> None:
    async def story() -> None:
        async with opened(parting=parting, max_readers=2) as house:
            await ask_too_often(house)

    asyncio.run(story())


def test_an_edge_that_holds_any_number_is_found_out() -> None:
    async def story() -> None:
        async with opened(max_readers=3) as house:
            with pytest.raises(AssertionError, match="still held"):
                await ask_too_often(house)

    asyncio.run(story())


@with_every_house
async def test_a_client_that_hangs_up_is_not_waited_for(house: House) -> None:
    first, second = house.ask("/flood/log/4"), house.ask("/flood/log/4")
    await settle()
    await first.leave()
    assert (first.over, house.edge.tails.held.total()) == (True, 1)
    await second.leave()
    assert (house.edge.tails.held, house.edge.hub.channel("flood")._held) == ({}, {})


@with_every_house
async def test_at_the_end_held_requests_are_answered_and_none_is_held_again(house: House) -> None:
    held = house.ask("/flood/log/4")
    await settle()
    house.edge.drain()
    assert (await held.finished()).status == 404
    assert (await house.get("/flood/log/4")).status == 404
    assert (await house.get("/healthz")).status == 503


@with_every_house
async def test_health_and_robots(house: House) -> None:
    health = await house.get("/healthz")
    assert (health.status, health.body, health["cache-control"]) == (200, b"ok\n", "no-store")
    assert b"Disallow: /api/" in (await house.get("/robots.txt")).body


@with_every_house
async def test_static_files_come_with_their_cache_time(house: House) -> None:
    drawing = await house.get("/static/favicon.svg", ("accept-encoding", "gzip"))
    assert (drawing.status, drawing["content-type"]) == (200, "image/svg+xml")
    assert drawing["cache-control"] == "public, max-age=86400"
    assert (await house.get("/static/favicon.svg", ("if-none-match", "*"))).status == 304
    assert (await house.get("/static/../config.py")).status == 404


@with_house
async def test_a_page_asked_for_right_after_a_write_shows_it_or_does_not_wait_long(house: House) -> None:
    for listener in house.source.listeners:
        listener("flood", 9)  # announced, and not to be read
    await settle()
    waiting = house.ask("/flood")
    await settle()
    assert not waiting.task.done()
    await house.clock.pass_(0.3)
    assert "as of 3" in (await waiting.finished()).text


@with_house
async def test_no_reader_s_request_reads_the_database(house: House) -> None:
    await house.write("flood", 5)
    reads = len(house.source.reads)
    for path in ("/", "/flood", "/flood/key-events", "/flood/log/8", f"/flood/ops/{EDITION}/7", "/nothing"):
        await house.get(path)
    assert len(house.source.reads) == reads


@with_house
async def test_a_websocket_is_closed(house: House) -> None:
    said = []

    async def send(message: object) -> None:
        said.append(message)

    await house.edge({"type": "websocket", "path": "/flood"}, lambda: None, send)  # type: ignore[arg-type, return-value]
    assert said == [{"type": "websocket.close", "code": 1000}]


@with_house
async def test_the_lifespan_starts_and_stops_the_edge(house: House) -> None:
    await house.edge.stop()
    told = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    said: list[str] = []

    async def receive() -> dict[str, str]:
        return next(told)

    async def send(message: dict[str, str]) -> None:
        said.append(message["type"])

    await house.edge({"type": "lifespan"}, receive, send)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_what_is_asked_in_other_words_waits_in_the_same_group() -> None:
    async def story() -> None:
        async with opened(parting=True) as house:
            for accept in ("gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8", "gzip" + ", a" * 10_000):
                for known in ('"x"', '"y"'):
                    house.ask("/flood/log/4", ("accept-encoding", accept), ("if-none-match", known))
            await settle()
            assert house.edge.tails.held.total() == 8
            assert len(house.edge.tails._groups) == 2, "one that takes gzip, and one whose wishes are too long to read"

    asyncio.run(story())


@with_house
async def test_a_header_that_is_too_long_to_mean_anything_is_not_read(house: House) -> None:
    plain = await house.get("/flood", ("accept-encoding", "gzip, " + "a," * 300))
    assert "content-encoding" not in plain
    tag = (await house.get("/flood"))["etag"]
    assert (await house.get("/flood", ("if-none-match", tag))).status == 304
    assert (await house.get("/flood", ("if-none-match", tag + ', "x"' * 500))).status == 200
    repeated = [("accept-encoding", "a," * 100)] * 3 + [("accept-encoding", "gzip")]
    assert "content-encoding" not in await house.get("/flood", *repeated)
