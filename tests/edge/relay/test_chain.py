"""Exactly once, through two edges, whatever breaks: each entry once, in order, to a reader that may break off too."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfirst.edge.relay import followed, stories
from tests.edge.fakes import EDITION, Request, settle
from tests.edge.relay.relays import Chain, chained
from tests.edge.sse import decode

Move = tuple[str, int]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "cut", "down", "up", "mute", "speak", "restart", "leave", "wait"]),
        st.integers(0, 5),
    ),
    max_size=20,
)


class Reader:
    """A page that is open: it comes back after the last entry that it has seen, or loads again when told to."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.seen: list[int] = []
        self.reloads = 0
        self._last = 3
        self._request: Request | None = None
        self._read = 0

    async def leave(self) -> None:
        self._drink()
        if self._request is not None:
            await self._request.leave()
            self._request = None

    async def turn(self) -> None:
        """Take what came; come back if the stream is not open."""
        self._drink()
        if self._request is None or self._request.over:
            path = f"/flood/live?edition={EDITION}&after={self._last}"
            self._request, self._read = self.chain.ask(path), 0
        await settle()
        self._drink()

    def _drink(self) -> None:
        if self._request is None or self._request.response.status != 200:
            return
        events = decode(self._request.response.body)
        for event in events[self._read :]:
            if event.event == "ops":
                self._last = int(event.id)
                self.seen.append(self._last)
            elif event.event == "reload":
                self.reloads += 1
                self._last = int(json.loads(event.data)["seq"])
        self._read = len(events)


async def play(chain: Chain, moves: list[Move]) -> list[str]:
    """What is wrong in the end."""
    reader = Reader(chain)
    await reader.turn()
    for move, number in moves:
        wires = chain.hops[number % 2].wires
        match move:
            case "write":
                await chain.write("flood", number + 1)
            case "cut":
                wires.cut()
            case "down" | "up":
                wires.down = move == "down"
            case "mute" | "speak":
                wires.mute = move == "mute"
            case "restart":
                await chain.restart(number % 2)
                await reader.leave()
            case "leave":
                await reader.leave()
            case "wait":
                await chain.clock.pass_(2 * number)
        await settle()
        await reader.turn()
    for hop in chain.hops:
        hop.wires.down = hop.wires.mute = False
    last = await chain.write("flood")
    for _ in range(40):
        if reader.seen and reader.seen[-1] == last:
            break
        await chain.clock.pass_(5)
        await reader.turn()
    wanted = list(range(4, last + 1))
    found = [f"was told to reload {reader.reloads} times"] if reader.reloads else []
    return found + ([f"saw {reader.seen} of {wanted}"] if reader.seen != wanted else [])


@settings(max_examples=40, deadline=None)
@given(MOVES, st.booleans())
def test_every_entry_is_seen_once_and_in_order(moves: list[Move], parting: bool) -> None:
    async def story() -> None:
        async with chained(hops=2, parting=parting) as chain:
            assert await play(chain, moves) == []

    asyncio.run(story())


class Forgetful(followed.Followed):
    """Goes on from wherever the story stands."""

    @property
    def cursor(self) -> followed.Hint | None:
        return None

    def take(self, seq: int, message: bytes) -> None:
        if seq > self.head + 1:
            self.channel.ring.skip(seq - 1)
        super().take(seq, message)


def test_an_edge_that_skips_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "Followed", Forgetful)

    async def story() -> None:
        async with chained(hops=2) as chain:
            assert await play(chain, [("down", 0), ("cut", 0), ("write", 2), ("up", 0), ("wait", 5), ("write", 1)])

    asyncio.run(story())
