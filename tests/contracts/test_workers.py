"""Several workers on one port are one server to whoever reads and writes: real processes, on both databases."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.contracts import killing
from tests.contracts.history import faults
from tests.contracts.killing import SLUG
from tests.contracts.workers import PATIENCE_S, Reader, Workers, command_line
from tests.homes import COMMAND

READERS = 24
CYCLES = 3
SEED = 20260301

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel whose a connection is")


@pytest.fixture(scope="module")
def workers(module_database: dict[str, str]) -> Iterator[Workers]:
    """One server for all tests, the last of which stops it."""
    made = Workers(module_database, 3)
    made.start()
    yield made
    print(made.said())  # shown with a failure
    assert made.stop() == 0


async def all_up(server: Workers) -> list[int]:
    """The workers, once each of them has answered a request."""
    async with asyncio.timeout(PATIENCE_S):
        while len(server.pids()) < server.count:
            await asyncio.sleep(0.05)
        for pid in server.pids():
            await (await server.client(pid)).aclose()
        return server.pids()


async def posts(server: Workers, client: httpx.AsyncClient, key: str) -> httpx.Response:
    address = f"{server.url}/api/v1/stories/{SLUG}/updates"
    headers = {**server.headers, "Idempotency-Key": key}
    answer = await client.post(address, json={"headline": key, "text": f"Water at {key}."}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer


def test_a_publish_reaches_all_readers_and_those_of_a_killed_worker_miss_nothing(workers: Workers) -> None:
    async def story() -> None:
        pids = await all_up(workers)
        readers = [Reader(workers) for _ in range(READERS)]
        async with AsyncExitStack() as stack:
            client = await workers.client(pids[0])
            stack.push_async_callback(client.aclose)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            tasks = [group.create_task(reader.run()) for reader in readers]
            for reader in readers:
                await reader.has(connections=1)
            while {reader.worker for reader in readers} != set(pids):  # the kernel deals by chance
                readers.append(Reader(workers))
                tasks.append(group.create_task(readers[-1].run()))
                await readers[-1].has(connections=1)
            first = int((await posts(workers, client, "one")).json()["seq"])
            for reader in readers:
                await reader.has(last=first)

            victim = pids[1]
            orphans = [reader for reader in readers if reader.worker == victim]
            careless = orphans[0]
            careless._resumes = False
            for reader in orphans:
                reader.may_come_back.clear()
            os.kill(victim, signal.SIGKILL)
            workers.killed.append(victim)
            for n in range(5):
                last = int((await posts(workers, client, f"meanwhile-{n}")).json()["seq"])
            for reader in orphans:
                reader.may_come_back.set()
                await reader.has(connections=2)
            last = int((await posts(workers, client, "after")).json()["seq"])
            for reader in readers:
                await reader.has(last=last)
            wanted = list(range(first, last + 1))
            assert all(reader.ids == wanted for reader in readers if reader is not careless)
            assert careless.ids != wanted, "one that does not say where it was has missed something"
            assert {reader.connections for reader in readers if reader not in orphans} == {1}
            assert len(set(await all_up(workers)) - {victim}) == workers.count, "it was replaced"
            for task in tasks:
                task.cancel()

    asyncio.run(story())


def test_what_is_written_through_one_worker_is_there_in_all(workers: Workers) -> None:
    async def story() -> None:
        clients = [await workers.client(pid) for pid in await all_up(workers)]
        for n, writer in enumerate(clients):
            answer = await posts(workers, writer, f"by-{n}")
            seq = answer.json()["seq"]
            for client in clients:
                assert (await client.get(f"/{SLUG}/log/{seq}")).status_code == 200
                assert f"by-{n}" in (await client.get(f"/{SLUG}")).text
                again = await posts(workers, client, f"by-{n}")
                assert again.json()["seq"] == seq
        for client in clients:
            await client.aclose()

    asyncio.run(story())


def test_writers_on_several_workers_and_kill_9_lose_double_and_reorder_nothing(workers: Workers) -> None:
    asyncio.run(all_up(workers))
    before, killed = len(workers.log()), len(workers.killed)
    history, log = killing.run(workers, CYCLES, SEED)
    assert faults(history, log[before:]) == []
    assert len(log) - before >= CYCLES
    assert len(workers.killed) - killed == CYCLES
    assert json.loads(workers.command("verify", "--json"))["faults"] == []


def test_a_port_that_is_taken_is_refused_even_by_those_who_could_share_it(workers: Workers) -> None:
    for count in ("1", "2"):
        command = [COMMAND, "serve", "--workers", count, "--port", str(workers.port)]
        taken = subprocess.run(command, env=workers.env, capture_output=True, text=True, check=False)
        assert taken.returncode == 2
        (line,) = taken.stderr.splitlines()
        assert f"port {workers.port} of 127.0.0.1 is taken" in line


def test_sigterm_sends_all_readers_away_and_ends_all(workers: Workers) -> None:
    async def story() -> None:
        pids = await all_up(workers)
        readers = [Reader(workers) for _ in range(READERS)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(reader.run()) for reader in readers]
            for reader in readers:
                await reader.has(connections=1)
                reader.may_come_back.clear()
            assert await asyncio.to_thread(workers.stop) == 0
            for task in tasks:
                task.cancel()
        assert [reader.said[-1] for reader in readers] == ["restart"] * len(readers)
        assert not any(map(command_line, pids))

    asyncio.run(story())
