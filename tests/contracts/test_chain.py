"""A newsroom, an edge of it, and an edge of that edge, as processes: whichever is killed, no reader misses a word."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.contracts.edges import PATIENCE_S, EdgeProcess, Follower, faults
from tests.contracts.killing import SLUG, Server

READERS = 20


@pytest.fixture(scope="module")
def chain(module_database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list]:
    """Newsroom, first edge, second edge. All are started."""
    folder: Path = tmp_path_factory.mktemp("edges")
    newsroom = Server(module_database)
    first = EdgeProcess(f"http://127.0.0.1:{newsroom.port}", folder / "first.log")
    second = EdgeProcess(first.url, folder / "second.log")
    newsroom.start()
    first.start()
    second.start()
    yield [newsroom, first, second]
    newsroom.kill()
    ends = [edge.stop() for edge in (second, first)]
    assert ends == [0, 0], second.said() + first.said()


def test_a_chain_whose_parts_are_killed_loses_nothing(chain: list) -> None:
    newsroom, first, second = chain

    async def publish(words: str) -> int:
        return await asyncio.to_thread(newsroom.write, words)

    async def story() -> None:
        await first.ready()
        await second.ready()
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S))
            readers = [Follower(second.url) for _ in range(READERS)]
            careless = Follower(first.url, careless=True)
            tasks = [group.create_task(reader.run()) for reader in (*readers, careless)]
            for reader in (*readers, careless):
                await reader.has(hellos=1)
            begin = await publish("before")
            for reader in (*readers, careless):
                await reader.has(last=begin)

            first.kill()
            for number in range(5):
                await publish(f"without-the-first-edge-{number}")
            page = await client.get(f"{second.url}/{SLUG}")
            assert page.is_success, "pages are served from memory"
            first.start()
            last = await publish("with-another-first-edge")
            for reader in readers:
                await reader.has(last=last)
            await careless.has(hellos=2)

            newsroom.kill()
            assert (await client.get(f"{second.url}/{SLUG}")).is_success
            assert (await client.get(f"{second.url}/{SLUG}/log/{last}")).status_code in (200, 503)
            await asyncio.to_thread(newsroom.start)
            for number in range(5):
                last = await publish(f"after-the-newsroom-was-killed-{number}")
            for reader in (*readers, careless):
                await reader.has(last=last)

            for reader in readers:
                assert faults(reader.ids, begin, last) == []
                assert reader.said.count("hello") == 1, "their own stream never broke"
                assert "reload" not in reader.said
            assert faults(careless.ids, begin, last), "a reader that does not resume is found out"
            await same_everywhere(client, last)
            for task in tasks:
                task.cancel()

    async def same_everywhere(client: httpx.AsyncClient, last: int) -> None:
        origin = f"http://127.0.0.1:{newsroom.port}"
        for path in (f"/{SLUG}", f"/{SLUG}/log/{last}", f"/{SLUG}/feed.atom", "/static/favicon.svg", "/"):
            answers = [await client.get(url + path) for url in (origin, first.url, second.url)]
            assert {(a.status_code, a.headers["etag"], a.content) for a in answers} == {
                (200, answers[0].headers["etag"], answers[0].content)
            }, path

    asyncio.run(story())


@pytest.mark.parametrize("seen", [[4, 5, 7], [4, 5, 5, 6, 7], [4, 6, 5, 7], [5, 6, 7], [4, 5, 6], []])
def test_a_reader_that_missed_or_doubled_something_is_found_out(seen: list[int]) -> None:
    assert faults(seen, 4, 7)
    assert faults([4, 5, 6, 7], 4, 7) == []
