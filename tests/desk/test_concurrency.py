"""Many at once: every acknowledged update has its own number, none is lost, none is doubled."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from standfirst.desk import execute as door
from standfirst.desk.execute import Answer, Busy, execute
from standfirst.desk.models import StoryRow, UpdateRow
from standfirst.desk.stories import Stories
from standfirst.record import journal
from standfirst.record.errors import SeqTaken
from standfirst.story.commands import OpenStory, PostUpdate, SetStatus
from standfirst.story.document import from_plain
from tests.desk.conftest import NOW, Newsroom

WRITERS, EACH = 6, 8


@pytest.fixture
def busy(transactional_db: None, make_newsroom: Callable[[], Newsroom]) -> Newsroom:
    return make_newsroom()


def post(number: int, words: str = "Water.") -> PostUpdate:
    return PostUpdate(id=f"u{number:09d}", body=from_plain(words), published=NOW)


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Do all of it in threads that start together; each gives back its database connection."""
    barrier = Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def test_writers_at_once_lose_double_and_skip_nothing(busy: Newsroom) -> None:
    busy.story()

    def write(writer: int) -> list[Answer]:
        return [execute("flood", post(writer * 100 + n), f"w{writer}", f"k{n}") for n in range(EACH)]

    answers = list(chain(*at_once(*(partial(write, w) for w in range(WRITERS)))))
    assert sorted(answer.seq for answer in answers) == list(range(2, WRITERS * EACH + 2))
    entries = list(journal.read("flood"))
    assert [entry.seq for entry in entries] == list(range(1, WRITERS * EACH + 2))
    by_seq = {entry.seq: entry.payload.get("id") for entry in entries}
    assert all(by_seq[answer.seq] == answer.update for answer in answers)
    assert UpdateRow.objects.count() == StoryRow.objects.get().updates == WRITERS * EACH


def test_the_same_key_at_once_is_one_write(busy: Newsroom) -> None:
    busy.story()
    answers = at_once(*(lambda: execute("flood", post(1), "w", "same") for _ in range(WRITERS)))
    assert {replace(answer, replayed=False) for answer in answers} == {replace(answers[0], replayed=False)}
    assert sum(not answer.replayed for answer in answers) == 1
    assert journal.heads() == {"flood": 2}


def test_the_same_slug_opened_at_once_is_one_story(busy: Newsroom) -> None:
    opening = {"slug": "flood", "headline": "Flood"}

    def open_it(number: int) -> int:
        return int(busy.ask("POST", "/stories", opening, key=f"key{number}").status_code)

    statuses = at_once(*(partial(open_it, n) for n in range(WRITERS)))
    assert sorted(statuses) == [201] + [409] * (WRITERS - 1)


def test_another_process_may_write_in_between(busy: Newsroom) -> None:
    """Writers that share no lock, as in two processes, still lose nothing."""
    busy.story()

    def stubborn(writer: int) -> list[int]:
        found: list[int] = []
        for n in range(EACH):
            while True:
                try:
                    _, answer = door._attempt(
                        "flood", post(writer * 100 + n), f"w{writer}", "", f"k{n}", "mark", lambda: NOW, None
                    )
                except SeqTaken:
                    continue
                found.append(answer.seq)
                break
        return found

    seqs = list(chain(*at_once(*(partial(stubborn, w) for w in range(3)))))
    assert sorted(seqs) == list(range(2, 3 * EACH + 2))


def test_a_story_that_others_keep_writing_gives_up_by_name(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    def taken(*args: Any, **options: Any) -> None:
        nonlocal tries
        tries += 1
        raise SeqTaken("flood", 0, 1)

    monkeypatch.setattr(journal, "append", taken)
    with pytest.raises(Busy, match="flood"):
        execute("flood", OpenStory(slug="flood", headline="Flood"), "w", "k")
    assert tries == door.ATTEMPTS


def test_only_so_many_stories_stay_in_memory(db: None) -> None:
    few = Stories(limit=2)
    for slug in ("a", "b", "c"):
        execute(slug, OpenStory(slug=slug, headline=slug), "w", slug)
        assert few.current(slug) is not None
    assert list(few._seats) == ["b", "c"]
    assert few.current("nowhere") is None
    assert "nowhere" not in few._seats


def test_a_remembered_story_is_brought_up_to_date(db: None) -> None:
    execute("flood", OpenStory(slug="flood", headline="Flood"), "w", "1")
    other = Stories()
    first = other.current("flood")
    execute("flood", SetStatus(status="paused"), "w", "2")
    second = other.current("flood")
    assert first is not None
    assert second is not None
    assert (first.status, second.status) == ("live", "paused")
    other.keep(first)  # an older fold never takes the place of a newer one
    assert other._seats["flood"].story is second
