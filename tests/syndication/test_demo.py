"""The demonstration plays to its end, and shows what it is there to show."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from standfirst.desk.stories import stories
from standfirst.story import document
from standfirst.story.story import Story
from standfirst.syndication.demo import markup, replay, script

NOW = datetime(2031, 5, 4, 18, tzinfo=UTC)


def played(wait: replay.Wait = lambda seconds: False) -> tuple[Story, script.Script]:
    play = script.load()
    writer = script.Writer(play, "http://127.0.0.1:8000")
    acts = replay.backfill(play, writer, now=NOW)
    replay.play(play, writer, acts, clock=lambda: NOW, wait=wait)
    story = stories.current(play.slug)
    assert story is not None
    return story, play


@pytest.mark.django_db
def test_the_whole_story() -> None:
    story, play = played()
    updates = [story.updates[id] for id in story.order]
    assert story.status == "ended"
    assert len(updates) >= 40
    assert {"report", "analysis", "opinion", "explainer", "picture", "video", "reader-question"} == {
        u.kind for u in updates
    }
    assert sum(bool(update.corrections) for update in updates) >= 2
    assert sum(update.retraction is not None for update in updates) == 1
    assert len(story.keys) >= 8
    blocks = {block["type"] for update in updates for block in update.body["content"]}
    assert blocks >= {"paragraph", "blockquote", "article_card", "bullet_list", "ordered_list", "heading"}
    assert all(update.bylines and update.headline for update in updates)
    assert sum(act.kind == "summary" for act in play.acts) >= 4


@pytest.mark.django_db
def test_the_first_part_lies_in_the_last_hours_and_the_rest_is_now() -> None:
    pauses: list[float] = []
    story, _ = played(lambda seconds: bool(pauses.append(seconds)))
    times = [story.updates[id].published for id in story.order]
    assert times == sorted(times)
    assert NOW - timedelta(hours=8) < times[0] < NOW - timedelta(hours=3)
    assert times[replay.BACKFILLED - 1] < NOW
    assert set(times[replay.BACKFILLED :]) == {NOW}
    assert all(replay.QUICKEST <= pause <= replay.SLOWEST for pause in pauses)


@pytest.mark.django_db
def test_a_second_run_goes_on_where_the_first_was_stopped() -> None:
    halfway = iter([False] * 6 + [True])
    before, play = played(lambda seconds: next(halfway))
    assert before.status == "live"
    after, _ = played()
    assert after.status == "ended"
    assert after.order[: len(before.order)] == before.order
    assert len(after.order) == len(play.posts)


@pytest.mark.django_db
def test_times_in_the_words_are_those_of_the_update() -> None:
    story, _ = played()
    breach = story.updates[script.update_id("breach")]
    said = document.plain(breach.body)
    failed = (breach.published - timedelta(minutes=10)).astimezone(UTC) + timedelta(hours=1)  # summer time in the story
    assert f"failed at {failed:%H:%M}" in said
    everything = " ".join(document.plain(update.body) for update in story.updates.values())
    assert not re.search(r"\{[+-]|\*\*|\]\(|^> ", everything)


def test_every_act_names_an_update_that_was_posted_before() -> None:
    posted: set[str] = set()
    for act in script.load().acts:
        if act.kind == "post":
            posted.add(act.says["name"])
        named = [act.says["update"]] if "update" in act.says else []
        points = [*act.says.get("known", []), *act.says.get("unconfirmed", [])]
        assert {*named, *(point["update"] for point in points if "update" in point)} <= posted


def test_the_light_mark_up() -> None:
    body = markup.read(
        "One **strong** and *soft* [link](update:x).\n\n## Head\n\n- a\n- b\n\n1. c\n\n> Said.\n> — Ada Moor, mayor\n\n"
        "[[Video | Title | https://a.example/ | Summary]]",
        address=lambda target: f"https://b.example/{target[7:]}",
    )
    kinds = [block["type"] for block in body["content"]]
    assert kinds == ["paragraph", "heading", "bullet_list", "ordered_list", "blockquote", "article_card"]
    assert body["content"][0]["content"][5]["marks"] == [{"type": "link", "attrs": {"href": "https://b.example/x"}}]
    assert body["content"][4]["attrs"] == {"speaker": "Ada Moor", "role": "mayor"}
    assert body["content"][5]["attrs"] == {
        "url": "https://a.example/", "title": "Title", "summary": "Summary", "label": "Video",
    }  # fmt: skip
