"""Processes of one newsroom hear how many readers the others have. Real sockets, in one process."""

import asyncio
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from standfirst.edge.audience import Audience, Count
from standfirst.edge.neighbours import _NAME, Neighbours


def audience(**streams: int) -> Audience:
    return Audience(lambda: streams, dict, lambda: 0.0)


def pair(test: Callable[[Path, list[Audience], list[Neighbours]], Awaitable[None]]) -> Callable[[Path], None]:
    def run(tmp_path: Path) -> None:
        async def story() -> None:
            counts = [audience(flood=3), audience(flood=4, ferry=1)]
            both = [Neighbours(tmp_path / "run", one) for one in counts]
            loop = asyncio.get_running_loop()
            for one in both:
                one.start(loop)
            try:
                await test(tmp_path / "run", counts, both)
            finally:
                for one in both:
                    one.stop(loop)
                    one.stop(loop)
            assert list((tmp_path / "run").iterdir()) == []

        asyncio.run(story())

    run.__name__ = test.__name__
    return run


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


@pair
async def test_each_knows_what_all_have(folder: Path, counts: list[Audience], both: list[Neighbours]) -> None:
    both[0].tell()
    both[1].tell()
    await until(lambda: counts[0].of("ferry") == Count(1) and counts[1].of("flood") == Count(7))
    assert counts[0].of("flood") == counts[1].of("flood") == Count(7)


@pair
async def test_the_dead_are_cleared_away_and_strangers_are_left(
    folder: Path, counts: list[Audience], both: list[Neighbours]
) -> None:
    dead, bell = folder / f"{0:016x}.count", folder / f"{0:016x}.bell"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as killed:
        killed.bind(str(dead))
    bell.write_text("")
    both[0].tell()
    assert not dead.exists()
    assert bell.exists()
    bell.unlink()
    await until(lambda: counts[1].of("flood") == Count(7))


@pair
async def test_what_cannot_be_read_is_passed_over(folder: Path, counts: list[Audience], both: list[Neighbours]) -> None:
    other = next(path for path in folder.iterdir() if path.name != both[0]._name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
        for said in (b"", b"\xc1", b"\x82", b"nonsense"):
            stranger.sendto(said, str(other))
    both[0].tell()
    await until(lambda: counts[1].of("flood") == Count(7))


def test_a_name_is_in_the_folder_once_its_socket_is_bound_and_the_folder_is_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that tells before would find nobody there, and clear the name away."""
    (tmp_path / "run").mkdir(mode=0o755)
    (tmp_path / "run").chmod(0o755)
    names: list[str] = []

    class Watched(socket.socket):
        def bind(self, address: Any) -> None:  # Any: as a socket's
            names.append(Path(address).name)
            super().bind(address)

    async def story() -> None:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(socket, "socket", Watched)
        one = Neighbours(tmp_path / "run", audience(flood=3))
        one.start(loop)
        monkeypatch.undo()
        assert [path.name for path in (tmp_path / "run").iterdir()] == [one._name]
        one.stop(loop)
        assert len(names) == 1
        assert not _NAME.fullmatch(names[0]), "bound under a name that nobody tells"

    asyncio.run(story())
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_used_leaves_it_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "run").write_text("a file")

    async def story() -> None:
        loop = asyncio.get_running_loop()
        alone = Neighbours(tmp_path / "run", audience(flood=3))
        alone.start(loop)
        alone.tell()
        alone.stop(loop)

    asyncio.run(story())
    assert "not counted here" in caplog.text
