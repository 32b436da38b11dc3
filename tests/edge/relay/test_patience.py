"""Waiting ends, by the machine's own timers."""

import asyncio

import pytest

from standfirst.edge.ports import Machine
from standfirst.edge.relay.patience import Impatient, Watch, pause, within
from tests.edge.fakes import Clock, settle


def machine(clock: Clock) -> Machine:
    return Machine(now=clock.now, later=clock.later)


def test_what_takes_too_long_is_cancelled() -> None:
    async def story() -> None:
        clock = Clock()
        never = asyncio.get_running_loop().create_future()

        async def work() -> None:
            async with Watch(machine(clock), 5, "the answer") as watch:
                watch.push(10, "the rest")
                await never

        task = asyncio.ensure_future(work())
        await settle()
        await clock.pass_(9)
        assert not task.done()
        await clock.pass_(1)
        with pytest.raises(Impatient, match="the rest took longer than 10 s"):
            task.result()
        assert never.cancelled()

    asyncio.run(story())


def test_a_watch_that_is_over_does_nothing_more_and_a_cancellation_stays_one() -> None:
    async def story() -> None:
        clock = Clock()

        async def work() -> None:
            async with Watch(machine(clock), 5, "the answer"):
                pass
            await asyncio.get_running_loop().create_future()

        task = asyncio.ensure_future(work())
        await clock.pass_(50)
        assert not task.done()
        task.cancel()
        await settle()
        assert task.cancelled()

    asyncio.run(story())


def test_one_waits_no_longer_than_said_and_leaves_the_work_alone() -> None:
    async def story() -> None:
        clock = Clock()
        work = asyncio.get_running_loop().create_future()
        first = asyncio.ensure_future(within(machine(clock), 5, work))
        await settle()
        await clock.pass_(5)
        assert first.result() is False
        second = asyncio.ensure_future(within(machine(clock), 5, work))
        await settle()
        work.set_result(None)
        assert await second
        assert await within(machine(clock), 5, work)

    asyncio.run(story())


def test_a_pause_is_as_long_as_said() -> None:
    async def story() -> None:
        clock = Clock()
        task = asyncio.ensure_future(pause(machine(clock), 3))
        await settle()
        await clock.pass_(2.9)
        assert not task.done()
        await clock.pass_(0.1)
        assert task.done()
        await pause(machine(clock), 0)

    asyncio.run(story())
