"""Many writers at once, in threads and in processes: no number twice, none left out, none lost."""

import subprocess
import sys
import threading
from collections.abc import Callable

from django.db import close_old_connections, connection

from standfirst.record import journal
from standfirst.record.audit import audit, snapshot
from tests.record.making import AT, posted

WRITERS = 4
EACH = 6

CHILD = """
import sys
import django
django.setup()
from tests.record.test_concurrency import insist
insist("flood", sys.argv[1])
"""


def insist(stream: str, name: str) -> None:
    """Write EACH updates; when somebody was faster, decide again."""
    for n in range(EACH):
        while True:
            seq = journal.heads().get(stream, 0)
            try:
                journal.append(stream, seq, [posted(f"{name}-{n}")], name, f"{name}-{n}", at=AT)
            except journal.SeqTaken:
                continue
            break


def together(*work: Callable[[], None]) -> list[BaseException]:
    """Run it all at once, each in a thread with a connection of its own; what went wrong."""
    wrong: list[BaseException] = []
    ready = threading.Barrier(len(work))

    def run(one: Callable[[], None]) -> None:
        ready.wait()
        try:
            one()
        except BaseException as error:  # noqa: BLE001  # told in the main thread
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()
    return wrong


def assert_all_there(names: list[str]) -> None:
    entries = list(journal.read("flood"))
    assert [entry.seq for entry in entries] == list(range(1, len(names) * EACH + 1))
    for name in names:
        mine = [entry.data()["id"] for entry in entries if entry.data()["id"].startswith(f"{name}-")]
        assert mine == [f"{name}-{n}" for n in range(EACH)]
    assert list(audit()) == []


def test_threads_leave_no_gap(transactional_db: None) -> None:
    names = [f"t{n}" for n in range(WRITERS)]
    assert together(*(lambda name=name: insist("flood", name) for name in names)) == []
    assert_all_there(names)


def test_processes_leave_no_gap(database_env: dict[str, str]) -> None:
    names = [f"p{n}" for n in range(2)]
    children = [subprocess.Popen([sys.executable, "-c", CHILD, name], env=database_env) for name in names]
    assert [child.wait() for child in children] == [0, 0]
    assert_all_there(names)


def test_one_key_sent_by_many_at_once_is_written_once(transactional_db: None) -> None:
    done: list[journal.Appended] = []
    streams = ["flood"] * WRITERS
    work = [
        lambda stream=stream: done.append(journal.append(stream, 0, [posted("a")], "ann", "k", at=AT))
        for stream in streams
    ]
    assert together(*work) == []
    assert sorted(one.replayed for one in done) == [False] + [True] * (WRITERS - 1)
    assert {(one.first, one.last) for one in done} == {(1, 1)}
    assert journal.heads() == {"flood": 1}


def test_one_key_sent_for_two_streams_at_once_is_written_once(transactional_db: None) -> None:
    work = [lambda n=n: journal.append(f"s{n}", 0, [posted("a")], "ann", "k", at=AT) for n in range(WRITERS)]
    wrong = together(*work)
    assert [type(error) for error in wrong] == [journal.KeyReused] * (WRITERS - 1)
    assert list(journal.heads().values()) == [1]


def test_a_stream_opened_by_many_at_once_is_opened_once(transactional_db: None) -> None:
    work = [lambda n=n: journal.append("flood", 0, [posted("a")], "ann", f"k{n}", at=AT) for n in range(WRITERS)]
    wrong = together(*work)
    assert [type(error) for error in wrong] == [journal.SeqTaken] * (WRITERS - 1)
    assert journal.heads() == {"flood": 1}


def test_an_audit_reads_one_state_and_holds_no_writer_up(transactional_db: None) -> None:
    journal.append("flood", 0, [posted("a")], "ann", "k", at=AT)
    with snapshot():
        assert journal.heads() == {"flood": 1}
        assert together(lambda: insist("flood", "w")) == []
        assert journal.heads() == {"flood": 1}
    assert journal.heads() == {"flood": 1 + EACH}
