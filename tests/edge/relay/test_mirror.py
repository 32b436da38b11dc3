"""Pages through an edge: fetched once for everybody, renewed in time, served from memory when the origin is away."""

import asyncio
import gzip

import pytest

from standfirst.edge.answers import PAGE
from standfirst.edge.relay import mirror
from standfirst.edge.relay.copies import copy, relayed, renewed, terms
from standfirst.edge.relay.origin import Away, Fetched
from tests.edge.fakes import Request, Response, settle
from tests.edge.relay.relays import Chain, chained, with_chain

DAY_S = 86400


@with_chain()
async def test_a_page_is_the_origin_s_own(chain: Chain) -> None:
    for path in ("/flood", "/", "/flood/key-events", "/robots.txt", "/static/favicon.svg", "/nothing"):
        for encoding in ("identity", "gzip"):
            ours = await chain.get(path, ("accept-encoding", encoding))
            theirs = await at_the_newsroom(chain, path, encoding)
            assert (ours.status, ours.body) == (theirs.status, theirs.body), path
            if path != "/robots.txt":  # the newsroom's has no tag
                assert sorted(ours.headers) == sorted(theirs.headers), path


async def warm(chain: Chain) -> None:
    """Have the page fetched by an edge that follows its story already; of that, nothing is noted."""
    await chain.get("/flood")
    await chain.get("/flood")
    chain.wires.asked.clear()
    await chain.write("flood")
    await chain.get("/flood")


async def at_the_newsroom(chain: Chain, path: str, encoding: str) -> Response:
    asked = Request(chain.newsroom, path, "GET", [("accept-encoding", encoding)], parting=False)
    return await asked.finished()


@with_chain()
async def test_thousands_who_ask_for_the_same_page_are_one_fetch(chain: Chain) -> None:
    chain.wires.gate.clear()
    asked = [chain.ask("/flood") for _ in range(3000)]
    await settle()
    chain.wires.gate.set()
    for request in asked:
        await request.task
    assert {request.response.status for request in asked} == {200}
    assert chain.wires.paths() == ["/flood", "/flood/live"]


@with_chain()
async def test_the_query_is_no_part_of_a_page(chain: Chain) -> None:
    await warm(chain)
    for query in ("?utm=1", "?utm=2", ""):
        assert (await chain.get(f"/flood{query}")).status == 200
    assert chain.wires.paths("/flood") == ["/flood"]


@with_chain()
async def test_a_page_that_is_older_than_it_may_be_is_served_while_it_is_renewed(chain: Chain) -> None:
    await warm(chain)
    await chain.clock.pass_(0.5)
    await chain.get("/flood")
    assert chain.wires.paths("/flood") == ["/flood"]
    await chain.clock.pass_(5)
    chain.wires.gate.clear()
    stale = await chain.get("/flood")
    assert (stale.status, stale["age"]) == (200, "5")
    chain.wires.gate.set()
    await settle()
    path, headers = chain.wires.asked[-1]
    assert (path, headers["if-none-match"]) == (
        "/flood",
        (await chain.get("/flood", ("accept-encoding", "gzip")))["etag"],
    )
    assert "age" not in await chain.get("/flood"), "it was not changed, and is young again"
    assert chain.wires.paths("/flood") == ["/flood"] * 2


@with_chain()
async def test_a_page_whose_story_has_moved_on_is_fetched_first(chain: Chain) -> None:
    assert "as of 3" in (await chain.get("/flood")).text
    await chain.write("flood")
    assert "as of 4" in (await chain.get("/flood")).text
    await chain.write("flood")
    chain.wires.gate.clear()
    asked = chain.ask("/flood")
    await settle()
    assert not asked.over
    await chain.clock.pass_(mirror.PATIENCE_S + 0.1)
    assert "as of 4" in (await asked.finished()).text, "an old page is better than none"
    chain.wires.gate.set()
    await settle()
    assert "as of 5" in (await chain.get("/flood")).text


@with_chain()
async def test_a_page_that_was_asked_for_before_the_story_moved_on_is_asked_for_again(chain: Chain) -> None:
    await chain.get("/flood")
    await chain.clock.pass_(40)
    chain.wires.gate.clear()
    early = chain.ask("/flood")
    await settle()
    chain.wires.gate.set()
    chain.relay.stories.all["flood"].channel.ring.skip(4)  # it has heard of an entry since
    late = chain.ask("/flood")
    await settle()
    assert early.over
    assert late.over
    assert len(chain.wires.paths("/flood")) == 3


@with_chain()
async def test_while_the_origin_is_away_pages_are_served_from_memory(chain: Chain) -> None:
    page = await chain.get("/flood")
    reader = chain.ask("/flood/live")
    entry = await chain.get("/flood/log/2")
    chain.wires.down = True
    chain.wires.cut()
    await chain.clock.pass_(200)
    again = await chain.get("/flood")
    assert (again.status, again.body) == (200, page.body)
    assert again["cache-control"] == PAGE
    assert int(again["age"]) >= 200
    assert (await chain.get("/flood/log/2")).body == entry.body
    refused = await chain.get("/flood/log/1")
    assert (refused.status, refused["retry-after"]) == (503, "5")
    assert "http://origin.example cannot be reached (refused)" in refused.json()["detail"]
    assert not reader.over
    chain.clock.time += DAY_S
    assert (await chain.get("/flood")).status == 503, "stale-if-error is over"


@with_chain()
async def test_an_origin_that_is_away_is_not_asked_by_every_reader(chain: Chain) -> None:
    await chain.get("/flood")
    chain.wires.down = True
    chain.wires.cut()
    await chain.clock.pass_(40)
    before = len(chain.wires.paths("/flood"))
    for _ in range(100):
        assert (await chain.get("/flood")).status == 200
    assert len(chain.wires.paths("/flood")) <= before + 1


@with_chain()
async def test_an_origin_that_hangs_holds_nobody_up_for_long(chain: Chain) -> None:
    await chain.get("/flood")
    await chain.clock.pass_(40)
    chain.wires.gate.clear()
    kept, missing = chain.ask("/flood"), chain.ask("/flood/key-events")
    await settle()
    assert not kept.over
    await chain.clock.pass_(mirror.PATIENCE_S)
    assert (await kept.finished()).status == 200
    await chain.clock.pass_(mirror.WHOLE_S)
    assert (await missing.finished()).status == 503


@with_chain()
async def test_what_is_not_there_is_asked_for_again_soon(chain: Chain) -> None:
    assert (await chain.get("/vote")).status == 404
    assert (await chain.get("/vote")).status == 404
    assert chain.wires.paths() == ["/vote"]
    chain.source.write("vote")
    await chain.clock.pass_(1.5)
    assert (await chain.get("/vote")).status == 200


@with_chain()
async def test_no_path_leads_elsewhere(chain: Chain) -> None:
    for path in ("/static/../x", "/static/a/./b", "/static/" + "x" * 3000, "/static/"):
        assert (await chain.get(path)).status == 404, path
    await chain.get("/flood/tag/a b&c=d;e/ä")
    assert set(chain.wires.paths()) <= {"/-", "/static", "/flood/tag/a%20b%26c%3Dd%3Be/%C3%A4"}


@pytest.mark.parametrize(("status", "headers"), [(301, {"location": "https://x.example/flood"}), (500, {}), (403, {})])
def test_an_answer_that_is_none_is_not_passed_on(status: int, headers: dict[str, str]) -> None:
    async def story() -> None:
        async with chained() as chain:
            chain.wires.answers["/flood"] = (status, headers, b"secret")
            refused = await chain.get("/flood")
            assert refused.status == 503
            assert "secret" not in refused.text
            assert str(status) in refused.text or headers["location"] in refused.text

    asyncio.run(story())


@with_chain()
async def test_cookies_are_neither_relayed_nor_kept(chain: Chain) -> None:
    chain.wires.answers["/flood"] = (
        200,
        {"set-cookie": "a=b", "cache-control": "no-store", "x-own": "1"},
        b"page",
    )
    for _ in range(2):
        page = await chain.get("/flood")
        assert (page["x-own"], page["cache-control"]) == ("1", "no-store")
        assert "set-cookie" not in page
    assert len(chain.wires.paths("/flood")) == 2, "what is not to be stored is not"
    assert all("cookie" not in headers for _, headers in chain.wires.asked)


@with_chain()
async def test_copies_take_bounded_memory(chain: Chain) -> None:
    kept = mirror.Mirror(chain.hops[0].origin, chain.machine, room=30_000)
    for n in range(1, 4):
        await kept.get(f"/flood/log/{n}")
    for page in ("/", "/flood", "/flood/key-events"):
        await kept.get(page)
    assert 0 < kept.taken <= 30_000
    assert len(kept) < 6
    assert kept.has("/flood/key-events"), "the oldest went"
    kept.clear()
    assert (kept.taken, len(kept)) == (0, 0)


@with_chain()
async def test_only_so_many_documents_are_waited_for(chain: Chain) -> None:
    before, mirror.WAITING = mirror.WAITING, 10
    try:
        chain.wires.gate.clear()
        asked = [chain.ask(f"/flood/tag/t{number}") for number in range(11)]
        await settle()
        assert [request.over for request in asked] == [False] * 10 + [True]
        assert asked[10].response.status == 503
        chain.wires.gate.set()
        await settle()
    finally:
        mirror.WAITING = before


@with_chain()
async def test_what_is_under_way_when_all_is_thrown_away_is_not_kept(chain: Chain) -> None:
    chain.wires.gate.clear()
    asked = chain.ask("/flood")
    await settle()
    chain.relay.mirror.clear()
    chain.wires.gate.set()
    assert (await asked.finished()).status == 200
    assert not chain.relay.mirror.has("/flood")


def fetched(body: bytes = b"<p>", packed: bool = False, **headers: str) -> Fetched:
    lines = [("content-type", "text/html"), *((name.replace("_", "-"), text) for name, text in headers.items())]
    return Fetched(200, lines, gzip.compress(body) if packed else body, packed)


def test_terms_are_what_the_origin_says() -> None:
    page = terms(PAGE)
    assert (page.fresh, page.while_fetching, page.if_error, page.immutable, page.keep) == (1, 30, 86400, False, True)
    assert terms("max-age=86400, immutable").immutable
    assert not terms("no-store").keep
    assert not terms("private, max-age=60").keep
    assert not terms("").keep
    assert terms('public, MAX-AGE="60"').fresh == 60


def test_a_copy_is_as_old_as_the_origin_says() -> None:
    made = copy(fetched(cache_control="max-age=60", age="50"), 1000.0, None)
    assert made.fresh(1009, None)
    assert not made.fresh(1011, None)
    assert made.age(1011) == 61
    again = renewed(made, Fetched(304, [], b"", False), 1011, None)
    assert again.fresh(1070, None)
    assert again.document is made.document


def test_an_entry_does_not_change_when_its_story_moves_on() -> None:
    entry = copy(fetched(cache_control="max-age=60, immutable"), 0, 3)
    page = copy(fetched(cache_control="max-age=60"), 0, 3)
    assert entry.fresh(1, 4)
    assert not page.fresh(1, 4)
    assert page.fresh(1, 3)


def test_the_tag_stands_for_both_encodings_whichever_came() -> None:
    for tag, packed in (('"abc-gz"', True), ('"abc"', False), ('W/"abc"', False)):
        document = copy(fetched(b"x" * 500, packed, cache_control="max-age=1", etag=tag), 0, None).document
        assert (document.etag("identity"), document.etag("gzip")) == ('"abc"', '"abc-gz"')
        assert document.body == b"x" * 500
        assert gzip.decompress(document.gzip or b"") == b"x" * 500
    assert copy(fetched(etag='"no"tag"'), 0, None).document.tag not in ('no"tag', "")


def test_pictures_are_not_compressed_again() -> None:
    picture = Fetched(200, [("content-type", "image/png"), ("cache-control", "max-age=1")], b"x" * 500, False)
    assert copy(picture, 0, None).document.gzip is None


def test_hop_by_hop_and_personal_lines_are_not_relayed() -> None:
    said = fetched(
        connection="x-mine, close", x_mine="1", set_cookie="a=b", server="s", alt_svc="h3", content_security_policy="p"
    )
    assert relayed(said) == (("content-security-policy", "p"),)


@pytest.mark.parametrize(
    "body",
    [b"no gzip", gzip.compress(b"x" * 100, mtime=0)[:-9], gzip.compress(b"x" * 80_000_000, mtime=0)],
    ids=["no gzip", "cut", "too much"],
)
def test_what_cannot_be_unpacked_is_refused(body: bytes) -> None:
    with pytest.raises(Away):
        copy(Fetched(200, [], body, True), 0, None)
