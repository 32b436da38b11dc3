"""Promise 1, first half: lookups rebuilt from the record are the lookups that writing left, for every kind of event."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfirst.desk import lookups
from standfirst.desk.execute import execute
from standfirst.desk.models import StoryRow, UpdateRow
from standfirst.desk.stories import stories
from standfirst.record import journal
from standfirst.record.entry import Entry
from standfirst.story import events as e
from standfirst.story.commands import Command, OpenStory, PostUpdate
from standfirst.story.document import from_plain
from standfirst.story.refusals import Refusal
from tests import strategies

pytestmark = pytest.mark.django_db
KINDS = sorted(e.EVENTS)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
bounded = settings(max_examples=8, suppress_health_check=QUIET)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every lookup row, without the numbers that only the table knows."""
    updates = UpdateRow.objects.order_by("story_id", "ordinal").values()
    return {
        "stories": list(StoryRow.objects.order_by("slug").values()),
        "updates": [{name: value for name, value in row.items() if name != "id"} for row in updates],
    }


@contextmanager
def undone() -> Iterator[None]:
    """One example; nothing of it stays."""
    stories.clear()
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
        stories.clear()


def wanted(kind: str, story: Any, data: st.DataObject) -> Iterator[Command]:
    """Commands that lead to an event of `kind`, made as the story stands when each is asked for."""
    for make in strategies._road(kind, story, data.draw):
        yield make(stories.current(story.slug))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@bounded
def test_rebuilt_lookups_are_the_live_ones(kind: str, data: st.DataObject) -> None:
    with undone():
        opening = data.draw(strategies.openings())
        numbers = count()
        slug = opening.slug

        def do(command: Command) -> None:
            with suppress(Refusal):
                execute(slug, command, data.draw(st.sampled_from(["token:a", "token:b"])), f"key {next(numbers)}")

        do(opening)
        for _ in range(data.draw(st.integers(0, 6))):
            do(data.draw(strategies.commands(stories.current(slug))))
        if kind != "StoryOpened":
            for command in wanted(kind, stories.current(slug), data):
                do(command)
        assert kind in {entry.kind for entry in journal.read(slug)}
        live = rows()
        assert live["stories"][0]["seq"] == journal.heads()[slug]
        assert lookups.rebuild() == 1
        assert rows() == live


def test_the_comparison_would_see_a_lookup_that_went_wrong() -> None:
    """Negative control: a row that says something else than the record is found, and mended."""
    opening = OpenStory(slug="flood", headline="Flood")
    execute("flood", opening, "token:a", "1")
    live = rows()
    StoryRow.objects.update(headline="Drought")
    assert rows() != live
    lookups.rebuild()
    assert rows() == live


def test_posters_come_from_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a rebuild that asks anybody else who filed an update does not pass."""
    execute("flood", OpenStory(slug="flood", headline="Flood"), "token:a", "1")
    post = PostUpdate(id="u000000001", body=from_plain("Water."), published=strategies.START, headline="News")
    execute("flood", post, "token:b", "2")
    live = rows()
    assert live["updates"][0]["poster"] == "token:b"

    def somebody(entry: Entry) -> str:
        return "token:a"

    monkeypatch.setattr(lookups, "_actor", somebody)
    lookups.rebuild()
    assert rows() != live


def test_this_is_the_database_that_was_asked_for() -> None:
    from tests.conftest import POSTGRES

    assert connection.vendor == ("postgresql" if POSTGRES else "sqlite")
