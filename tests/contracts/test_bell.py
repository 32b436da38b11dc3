"""What one process writes, another hears of at once: on SQLite by a datagram, on PostgreSQL by NOTIFY."""

import subprocess
from contextlib import closing
from pathlib import Path

from standfirst.record import journal
from tests.homes import COMMAND

SOON = 20.0
"""Seconds to wait for news that are sure to come: never waited out."""


def opens(slug: str, env: dict[str, str]) -> None:
    """The command line, a process that nobody follows."""
    subprocess.run([COMMAND, "story", "open", slug, "--headline", "Ferry"], env=env, check=True, capture_output=True)


def test_what_the_command_line_writes_is_heard(database_env: dict[str, str]) -> None:
    ear = journal.listen()
    assert ear is not None
    with closing(ear):
        opens("ferry", database_env)
        assert ear.wait(SOON)[0] == ("ferry", 1)  # what its desk is told rings behind it
        assert journal.heads() == {"ferry": 1}, "it is in the record before it is told"


def test_control_another_newsroom_is_not(database_env: dict[str, str], own_database: dict[str, str]) -> None:
    ear = journal.listen()
    assert ear is not None
    with closing(ear):
        opens("ferry", {**database_env, **own_database})
        assert ear.wait(0) == []


def test_a_write_does_not_mind_an_ear_that_was_killed(database_env: dict[str, str]) -> None:
    code = (
        "import django, os; django.setup(); from standfirst.record import journal;"
        " journal.listen(); print(flush=True); os.kill(os.getpid(), 9)"
    )
    python = str(Path(COMMAND).with_name("python"))
    killed = subprocess.run([python, "-c", code], env=database_env, check=False, capture_output=True)
    assert killed.returncode == -9
    opens("ferry", database_env)
    assert journal.heads() == {"ferry": 1}
