"""Whatever a command writes is in the audit trail, by whom and from which session; what wrote nothing is not."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from standfirst.accounts import audit
from standfirst.accounts.roles import Actor
from standfirst.desk import noted
from standfirst.desk.execute import execute
from standfirst.record import journal
from standfirst.story import commands
from standfirst.story.commands import OpenStory, SetStatus
from tests.desk.conftest import Newsroom

POST = {"headline": "The sea wall gives way", "text": "Water rises."}


def lines() -> list[tuple[str, str, str, list[int]]]:
    return [(e.actor, e.action, e.thing, e.detail["seq"]) for e in audit.every()]


def test_every_command_has_an_action() -> None:
    there = {kind for kind in vars(commands).values() if isinstance(kind, type) and issubclass(kind, commands.Command)}
    assert noted.ACTIONS.keys() == there - {commands.Command}


def test_each_write_is_noted_once_with_the_entries_it_made(newsroom: Newsroom) -> None:
    newsroom.story()
    update = newsroom.update(role="owner")
    actor = newsroom.actors["owner"]
    path = f"/stories/flood/updates/{update}"
    newsroom.ask("PATCH", path, {"headline": "Higher"}, if_match="*")
    newsroom.ask("PATCH", path, {"text": "Metres.", "mode": "correction", "note": "Metres, not feet."}, if_match="*")
    newsroom.ask("PUT", f"{path}/pin", key="again")
    newsroom.ask("PUT", f"{path}/pin", key="again")
    assert lines() == [
        (actor, "story.open", "story flood", [1, 1]),
        (actor, "update.post", f"update flood/{update}", [2, 2]),
        (actor, "update.edit", f"update flood/{update}", [3, 3]),
        (actor, "update.correct", f"update flood/{update}", [4, 4]),
        (actor, "update.pin", f"update flood/{update}", [5, 5]),
    ]
    assert journal.heads() == {"flood": 5}


def test_no_words_are_noted(newsroom: Newsroom) -> None:
    newsroom.story(headline="Quokka")
    newsroom.update(headline="Quokka", text="Quokka")
    assert not any(b"uokka" in entry.form for entry in audit.every())


def test_a_session_is_named(db: None) -> None:
    actor = Actor(id="person:aa", name="Asa Ferrier", role="editor", session="0123456789abcdef")
    execute("flood", OpenStory(slug="flood", headline="Flood"), actor, "k1")
    execute("flood", SetStatus(status="paused"), "cli:asa", "k2")
    assert [(e.actor, e.session) for e in audit.every()] == [("person:aa", "0123456789abcdef"), ("cli:asa", "")]


def test_what_is_refused_or_changes_nothing_is_not_noted(newsroom: Newsroom) -> None:
    newsroom.story()
    assert newsroom.ask("POST", "/stories", {"slug": "flood", "headline": "Flood"}).status_code == 409
    newsroom.ask("PUT", "/stories/flood/status", {"status": "live"})
    assert len(lines()) == 1


def test_what_cannot_be_noted_is_not_written(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise LookupError

    monkeypatch.setattr(audit, "note", refuse)
    with pytest.raises(LookupError):
        execute("flood", OpenStory(slug="flood", headline="Flood"), "cli:asa", "k1")
    assert journal.heads() == {}


@pytest.mark.usefixtures("transactional_db")
def test_many_stories_at_once_are_all_noted_and_nobody_waits_for_good() -> None:
    stories = ["flood", "storm", "tide"]
    for slug in stories:
        execute(slug, OpenStory(slug=slug, headline=slug), "cli:asa", f"open {slug}")

    def write(name: int) -> None:
        for n in range(8):
            slug = stories[(n + name) % 3]
            status: Any = "paused" if n % 2 else "live"
            execute(slug, SetStatus(status=status), "cli:asa", f"{name} {n}")

    assert _all_at_once([lambda name=name: write(name) for name in range(4)]) == []
    assert sum(last - first + 1 for *_, (first, last) in lines()) == sum(journal.heads().values())
    assert list(audit.faults()) == []


@pytest.mark.postgres
@pytest.mark.usefixtures("transactional_db")
def test_control_noting_before_the_story_is_locked_can_wait_for_good() -> None:
    """Why the note comes last: the other order is a deadlock, which PostgreSQL ends for one of the two."""
    execute("flood", OpenStory(slug="flood", headline="Flood"), "cli:asa", "open")
    both = threading.Barrier(2)

    def first_the_trail() -> None:
        with transaction.atomic():
            audit.note("cli:asa", "", "freeze", "newsroom")
            both.wait(10)
            _lock_story()

    def first_the_story() -> None:
        with transaction.atomic():
            _lock_story()
            both.wait(10)
            audit.note("cli:asa", "", "freeze", "newsroom")

    failed = _all_at_once([first_the_trail, first_the_story])
    assert [type(error).__name__ for error in failed] == ["OperationalError"]
    assert "deadlock" in str(failed[0])


def _lock_story() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM record_stream WHERE name = 'flood' FOR UPDATE")


def _all_at_once(works: list[Callable[[], None]]) -> list[DatabaseError]:
    """What the database refused."""
    failed: list[DatabaseError] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except DatabaseError as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed
