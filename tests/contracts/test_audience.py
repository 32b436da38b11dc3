"""How many read is the same number whichever worker is asked, and each worker tells Prometheus of its own part."""

import asyncio
import re
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest

from tests import ports
from tests.contracts.killing import SLUG
from tests.contracts.workers import PATIENCE_S, Reader, Workers

READERS = 6
ASKED = 12
"""Times in a row that the answer has to be right, each of either worker."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's tables in /proc")


@pytest.fixture
def workers(own_database: dict[str, str]) -> Iterator[Workers]:
    made = Workers({**own_database, "STANDFIRST_METRICS_PORT": str(ports.pair())}, 2)
    made.start()
    yield made
    print(made.said())  # shown with a failure
    assert made.stop() == 0


async def streams(metrics: str) -> int:
    """Of one worker."""
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        said = (await client.get(metrics)).text
    found = re.search(rf'^standfirst_readers{{story="{SLUG}",transport="sse"}} (\d+)', said, re.MULTILINE)
    return int(found[1]) if found else 0


async def answers(metrics: str) -> None:
    """Returns when this worker is up: the first one would be right by itself for as long as it is alone."""
    while True:
        try:
            await streams(metrics)
            return
        except httpx.ConnectError:
            await asyncio.sleep(0.1)


def test_every_worker_knows_the_readers_of_all(workers: Workers) -> None:
    async def story() -> None:
        first = int(workers.env["STANDFIRST_METRICS_PORT"])
        metrics = [f"http://127.0.0.1:{port}/metrics" for port in (first, first + 1)]
        async with asyncio.timeout(PATIENCE_S):
            for each in metrics:
                await answers(each)
        readers = [Reader(workers) for _ in range(READERS)]
        async with AsyncExitStack() as stack:
            once = httpx.Limits(max_keepalive_connections=0)  # the kernel deals each connection out anew
            client = httpx.AsyncClient(
                base_url=workers.url, headers=workers.headers, timeout=PATIENCE_S, limits=once, trust_env=False
            )
            await stack.enter_async_context(client)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            running = [tasks.create_task(reader.run()) for reader in readers]
            try:
                async with asyncio.timeout(2 * PATIENCE_S):
                    for reader in readers:
                        await reader.has(connections=1)
                    told = 0
                    while told < ASKED:  # each hears of the other every three seconds
                        found = (await client.get(f"/api/v1/stories/{SLUG}/audience")).json()
                        told = told + 1 if found["streams"] == found["total"] == READERS else 0
                    parts = [await streams(each) for each in metrics]
                    assert sum(parts) == READERS
            finally:
                for task in running:
                    task.cancel()

    asyncio.run(story())
