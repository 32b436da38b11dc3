"""A change of the newsroom's settings reaches the readers of every process, without a restart, on both databases."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from tests.contracts.killing import SLUG
from tests.contracts.workers import PATIENCE_S, Reader, Workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel whose a connection is")

CHANGE = """
import sys
from standfirst import config
from standfirst.site import boot
boot.setup(config.load())
from datetime import UTC, datetime
from standfirst.desk import newsroom
newsroom.change("cli:test", "", datetime.now(UTC), name=sys.argv[1], languages=[sys.argv[2]], zone="UTC")
print(datetime.now(UTC).timestamp())
"""


@pytest.fixture(scope="module")
def workers(module_database: dict[str, str]) -> Iterator[Workers]:
    made = Workers(module_database, 2)
    made.start()
    yield made
    print(made.said())  # shown with a failure
    assert made.stop() == 0


async def change(server: Workers, name: str, language: str = "en") -> str:
    """As the desk does it, in a process of its own; says when it was done, in seconds of the clock."""
    command = [sys.executable, "-c", CHANGE, name, language]
    return await asyncio.to_thread(subprocess.check_output, command, env=server.env, text=True, timeout=PATIENCE_S)


async def page(client: httpx.AsyncClient, path: str = f"/{SLUG}") -> str:
    return (await client.get(path)).text


def edition(text: str) -> str:
    found = re.search('data-edition="([0-9a-f]{12})"', text)
    assert found
    return found[1]


def test_a_new_name_is_on_every_worker_s_pages_and_open_streams_are_told_to_reload(workers: Workers) -> None:
    async def story() -> None:
        clients = [await workers.client(pid) for pid in workers.pids()]
        before = edition(await page(clients[0]))
        readers = [Reader(workers) for _ in range(8)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(reader.run()) for reader in readers]
            for reader in readers:
                await reader.has(connections=1)
            changed = float(await change(workers, "The Evening Echo", "de"))
            async with asyncio.timeout(PATIENCE_S):
                for client in clients:
                    while "The Evening Echo" not in await page(client):
                        await asyncio.sleep(0.02)
                print(f"a change of settings was on every worker's pages after {time.time() - changed:.2f} s")
                for reader in readers:
                    while "reload" not in reader.said:
                        await asyncio.sleep(0.02)
            for task in tasks:
                task.cancel()
        pages = [await page(client) for client in clients]
        assert len({edition(text) for text in pages} - {before}) == 1, "one edition on all workers, and not the old one"
        for client in clients:
            assert '<html lang="de"' in await page(client, "/")
            old = await client.get(f"/{SLUG}/ops/{before}/1")
            assert old.json()["ops"] == [{"op": "reload"}]
            await client.aclose()

    asyncio.run(story())


def test_what_is_printed_outlives_a_restart(workers: Workers) -> None:
    async def shown() -> str:
        while True:
            async with httpx.AsyncClient(base_url=workers.url, timeout=PATIENCE_S, trust_env=False) as client:
                with suppress(httpx.TransportError):  # whom the dying worker had let in asks again, as browsers do
                    return edition(await page(client))

    before = asyncio.run(shown())
    workers.kill()
    for _ in range(4):
        assert asyncio.run(shown()) == before
