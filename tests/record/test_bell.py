"""The bell between processes on SQLite: who hears it, and that nothing it meets fails a write."""

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from django.db import connection, transaction

from standfirst.record import bell, journal, waking
from tests.record.making import posted, write

SOON = 20.0
"""Seconds to wait for news that are sure to come: never waited out."""
RING = "import pathlib, sys; from standfirst.record import bell; bell.ring(pathlib.Path(sys.argv[1]), 'flood', 7)"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket's address, wherever the tests' own folders are."""
    made = Path(tempfile.mkdtemp(prefix="sf-"))
    yield made / "run"
    shutil.rmtree(made)


def another_process_rings(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", RING, str(folder)], check=True)


def strange(folder: Path, name: str = "0" * 16 + ".bell") -> socket.socket:
    """A socket in the folder that is not this process's ear."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(folder / name))
    made.setblocking(False)
    return made


def test_every_ear_of_another_process_hears_a_ring(folder: Path) -> None:
    with closing(bell.Ear(folder)) as one, closing(bell.Ear(folder)) as two:
        another_process_rings(folder)
        assert one.wait(SOON) == two.wait(SOON) == [("flood", 7)]


def test_a_process_does_not_hear_itself_and_nobody_hears_another_folder(folder: Path, tmp_path: Path) -> None:
    with closing(bell.Ear(folder)) as ear:
        bell.ring(folder, "flood", 1)
        another_process_rings(tmp_path)
        assert ear.wait(0) == []


def test_the_folder_and_the_names_are_nobody_elses(folder: Path) -> None:
    folder.mkdir(mode=0o777)
    with closing(bell.Ear(folder)), closing(bell.Ear(folder)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        names = os.listdir(folder)
        assert len(names) == 2
        assert all(re.fullmatch(r"[0-9a-f]{16}\.bell", name) for name in names)
    assert os.listdir(folder) == []


def test_several_writes_are_one_answer_with_the_last_number_of_each_story(folder: Path) -> None:
    with closing(bell.Ear(folder)) as ear, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        for word in (b"2 flood", b"1 storm", b"4 flood", b"3 flood"):
            sender.sendto(word, str(next(folder.iterdir())))
        assert ear.wait(SOON) == [("flood", 4), ("storm", 1)]


@pytest.mark.parametrize(
    "word",
    [b"", b"flood", b"flood 3", b"-1 flood", b"0 flood", b"3 ", b"3 \xff", b"9" * 40 + b" x", b"3 " + b"x" * 2000],
)
def test_a_malformed_datagram_is_ignored(folder: Path, word: bytes) -> None:
    with closing(bell.Ear(folder)) as ear, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        address = str(next(folder.iterdir()))
        sender.sendto(word, address)
        sender.sendto(b"3 flood", address)
        assert ear.wait(SOON) == [("flood", 3)]


def test_a_dead_ear_is_cleared_away_and_the_living_hear(folder: Path) -> None:
    folder.mkdir()
    strange(folder).close()
    (folder / "notes").write_text("not ours to remove")
    with closing(strange(folder, "1" * 16 + ".bell")) as living:
        bell.ring(folder, "flood", 7)
        assert living.recv(100) == b"7 flood"
        assert sorted(os.listdir(folder)) == ["1" * 16 + ".bell", "notes"]


def test_a_full_queue_holds_nobody_up(folder: Path) -> None:
    folder.mkdir()
    with closing(strange(folder)) as deaf, closing(strange(folder, "1" * 16 + ".bell")) as hearing:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as flood, suppress(BlockingIOError):
            flood.setblocking(False)
            while True:
                flood.sendto(b"x", deaf.getsockname())
        bell.ring(folder, "flood", 7)
        assert hearing.recv(100) == b"7 flood"


def test_a_folder_whose_path_is_too_long_for_an_address_is_used_through_the_folder(folder: Path) -> None:
    folder = folder.parent / ("n" * 120) / "run"
    folder.parent.mkdir()
    with closing(bell.Ear(folder)) as ear:
        another_process_rings(folder)
        assert ear.wait(SOON) == [("flood", 7)]


def test_where_no_socket_can_be_bound_there_is_no_ear_and_one_line_says_why(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL rings by itself")
    (tmp_path / "run").write_text("in the way")
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "standfirst.sqlite3")
    assert journal.listen() is None
    (line,) = caplog.messages
    assert str(tmp_path / "run") in line


def test_only_what_is_committed_rings(transactional_db: None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL rings by itself")
    folder.mkdir()
    monkeypatch.setattr(waking, "_bells", lambda: folder)
    with closing(strange(folder)) as other:
        with transaction.atomic():
            write("flood", posted("a"))
            transaction.set_rollback(True)
        with transaction.atomic():
            write("storm", posted("a"), posted("b"))
            with pytest.raises(BlockingIOError):
                other.recv(100)
        assert other.recv(100) == b"2 storm"
        with pytest.raises(BlockingIOError):
            other.recv(100)
