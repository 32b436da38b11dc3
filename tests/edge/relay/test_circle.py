"""Edges that follow each other in a circle notice it, and say so."""

import asyncio

import pytest

from standfirst.config import ConfigError
from standfirst.edge.relay.circle import State
from standfirst.edge.relay.origin import HOPS_MOST, Origin, checked
from tests.edge.relay.relays import Chain, Hop, with_chain


def test_an_edge_that_is_its_own_origin_refuses_all() -> None:
    async def story() -> None:
        chain = Chain()
        hop = chain.hops[0]
        hop.wires.app = hop.app
        await hop.edge.start()
        assert hop.relay.probe.state is State.CIRCLE
        for path in ("/flood", "/", "/flood/live"):
            refused = await chain.get(path)
            assert refused.status == 508
            assert "http://origin.example leads back here" in refused.json()["detail"]
        assert (await chain.get("/healthz")).status == 503
        await hop.edge.stop()

    asyncio.run(story())


def test_a_circle_of_several_is_found_by_all_of_them_and_by_those_behind() -> None:
    async def story() -> None:
        chain = Chain(hops=4)
        chain.hops[0].wires.app = chain.hops[2].app  # 0 -> 2 -> 1 -> 0, and 3 -> 2
        for hop in chain.hops:
            hop.wires.down = True
            await hop.edge.start()
        for hop in chain.hops:
            hop.wires.down = False
        await chain.clock.pass_(10)
        assert [hop.relay.probe.state for hop in chain.hops] == [State.CIRCLE] * 4
        assert (await chain.get("/flood")).status == 508
        chain.hops[0].wires.app = chain.newsroom  # mended
        chain.source.elsewhere("flood", 3)
        await chain.newsroom.start()
        await chain.clock.pass_(30)
        assert [hop.relay.probe.state for hop in chain.hops] == [State.WELL] * 4
        assert (await chain.get("/flood")).status == 200
        for hop in chain.hops:
            await hop.edge.stop()
        await chain.newsroom.stop()

    asyncio.run(story())


@with_chain(hops=3)
async def test_a_chain_is_no_circle(chain: Chain) -> None:
    assert [hop.relay.probe.state for hop in chain.hops] == [State.WELL] * 3
    assert (await chain.get("/flood")).status == 200
    assert (await chain.get("/flood", ("cdn-loop", "another; v=1"))).status == 200


@with_chain()
async def test_a_chain_that_is_too_long_is_refused(chain: Chain) -> None:
    names = ", ".join(f"edge-{number}" for number in range(HOPS_MOST))
    assert (await chain.get("/flood", ("cdn-loop", names))).status == 508


def test_an_edge_without_a_guard_is_found_out() -> None:
    async def story() -> None:
        chain = Chain()
        hop: Hop = chain.hops[0]
        hop.wires.app = hop.edge
        await hop.edge.start()
        assert hop.relay.probe.state is not State.CIRCLE
        await hop.edge.stop()

    asyncio.run(story())


@pytest.mark.parametrize(
    "url",
    [
        "news.example",
        "ftp://news.example",
        "https://",
        "https://news.example/live",
        "https://news.example?x",
        "https://news.example#x",
        "https://ann@news.example",
        "https://news.example:0",
        "https://[::1",
        "http://a b",
        "http://a\nb",
    ],
)
def test_what_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"give"):
        checked(url)


def test_an_origin_is_taken_with_or_without_a_slash() -> None:
    assert checked("https://news.example/") == "https://news.example"
    assert checked("http://[::1]:8000") == "http://[::1]:8000"


def test_edges_have_different_names() -> None:
    async def story() -> None:
        one, two = Origin("http://a.example"), Origin("http://a.example")
        assert one.name != two.name
        await one.close()
        await two.close()

    asyncio.run(story())
