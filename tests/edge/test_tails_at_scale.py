"""Requests that wait for the next entry cost no task each, and what they all get is worked out once: real sockets."""

import asyncio
import json
import sys
from collections import Counter
from typing import Any

import pytest

from standfirst.edge.paths import Route
from standfirst.edge.reading import Asked, Said
from standfirst.edge.server import Server
from tests.edge.fakes import EDITION, FakeSource
from tests.edge.test_server import served

NEXT = f"/flood/ops/{EDITION}/4"
PATIENCE_S = 60.0


async def hold(count: int, *, parting: bool = True) -> tuple[int, Counter[bool], dict[str, Any]]:
    """Have `count` requests wait for entry 4, then write it.

    Gives the tasks that they cost, how many answers were worked out before and after the entry came, and what they got.
    """
    source = FakeSource()
    source.elsewhere("flood", 3)
    worked_out: Counter[bool] = Counter()
    async with served(source, parting=parting) as (client, server):
        await client.get("/healthz")
        _count_answers(server, source, worked_out)
        before = len(asyncio.all_tasks())
        clients = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crowd.holders", str(client.base_url.port), NEXT, str(count)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert clients.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            assert await clients.stdout.readline() == b"asked\n"
            while server._edge.tails.held["flood"] < count:
                await asyncio.sleep(0.01)
            tasks = len(asyncio.all_tasks()) - before
            source.write("flood")
            said = json.loads(await clients.stdout.readline())
            await clients.wait()
    return tasks, worked_out, said


def _count_answers(server: Server, source: FakeSource, worked_out: Counter[bool]) -> None:
    honest = server._edge.reading.answer

    async def counting(found: Route, asked: Asked) -> Said:
        worked_out[len(source.entries["flood"]) > 3] += 1
        return await honest(found, asked)

    server._edge.reading.answer = counting  # type: ignore[method-assign]


def check(count: int) -> None:
    tasks, worked_out, said = asyncio.run(hold(count))
    assert tasks <= 2, "the transport's own, while a client connects, and no more"
    assert worked_out == {False: count, True: 2}, "one for those that take gzip, one for the others"
    assert said == {"answered": count, "differ": 0, "status": 200, "body": said["body"]}
    assert json.loads(said["body"])["seq"] == 4


def test_held_requests_cost_no_task_and_are_answered_together() -> None:
    check(1000)


@pytest.mark.soak
def test_ten_thousand_held_requests_cost_no_task_and_are_answered_together() -> None:
    check(10_000)


def test_control_a_server_that_keeps_its_connections_has_tasks_for_them() -> None:
    tasks, worked_out, said = asyncio.run(hold(100, parting=False))
    assert tasks >= 100
    assert worked_out == {False: 100, True: 100}
    assert said["answered"] == 100
