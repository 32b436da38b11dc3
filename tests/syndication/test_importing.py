"""What an import posts, and that a second one posts nothing twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from standfirst.desk.execute import execute
from standfirst.desk.stories import stories
from standfirst.record import journal
from standfirst.story import document
from standfirst.story.commands import EraseUpdate, RetractUpdate
from standfirst.story.refusals import Invalid
from standfirst.story.story import Story
from standfirst.syndication import importing
from standfirst.syndication.importers import Imported, ImportedUpdate

pytestmark = pytest.mark.django_db

NOW = datetime(2031, 5, 4, 18, tzinfo=UTC)


def update(number: int, **given: object) -> ImportedUpdate:
    fields = {
        "headline": f"Update {number}",
        "body": document.doc(document.paragraph(f"Words {number}.")),
        "published": datetime(2031, 5, 4, 10 + number, tzinfo=UTC),
        "source": f"https://paper.example/ferry#{number}",
        **given,
    }
    return ImportedUpdate(**fields)  # type: ignore[arg-type]


def page(*updates: ImportedUpdate, **given: object) -> Imported:
    fields = {"format": "JSON-LD", "headline": "Ferry aground off Skell", "updates": updates, **given}
    return Imported(**fields)  # type: ignore[arg-type]


def story(slug: str) -> Story:
    found = stories.current(slug)
    assert found is not None
    return found


def test_the_updates_stand_in_order_with_their_times_and_sources() -> None:
    done: list[tuple[int, int]] = []
    report = importing.post(page(update(1), update(2)), now=NOW, progress=lambda n, total: done.append((n, total)))
    found = story("ferry-aground-off-skell")
    assert tuple(found.order) == report.posted
    assert [found.updates[id].headline for id in found.order] == ["Update 1", "Update 2"]
    assert [found.updates[id].published.hour for id in found.order] == [11, 12]
    assert found.updates[found.order[0]].source == "https://paper.example/ferry#1"
    assert done == [(1, 2), (2, 2)]
    assert report.opened


def test_a_second_run_posts_nothing_twice_and_a_later_page_only_what_is_new() -> None:
    first = importing.post(page(update(1), update(2)), now=NOW)
    before = journal.heads()
    second = importing.post(page(update(1), update(2)), now=NOW + timedelta(hours=1))
    assert (second.posted, second.present, second.opened) == ((), first.posted, False)
    assert journal.heads() == before
    third = importing.post(page(update(1), update(2), update(3)), now=NOW)
    assert (len(third.posted), len(third.present)) == (1, 2)


def test_an_edited_original_is_the_same_update() -> None:
    importing.post(page(update(1)), now=NOW)
    again = importing.post(page(update(1, body=document.doc(document.paragraph("Mended.")))), now=NOW)
    assert again.posted == ()


def test_without_addresses_and_times_it_is_known_by_its_headline() -> None:
    bare = page(*(update(n, published=None, source=None) for n in (1, 2, 3)), format="plain text")
    report = importing.post(bare, now=NOW)
    found = story(report.slug)
    assert [found.updates[id].published for id in found.order] == [NOW - timedelta(seconds=s) for s in (2, 1, 0)]
    assert "3 updates have no time of their own" in report.left_out[-1].text
    assert importing.post(bare, now=NOW + timedelta(days=1)).posted == ()
    at = importing.post(bare, slug="other", at=datetime(2030, 1, 1, tzinfo=UTC), now=NOW)
    assert story("other").updates[at.posted[-1]].published == datetime(2030, 1, 1, tzinfo=UTC)


def test_updates_that_share_an_address_or_a_headline_are_still_told_apart() -> None:
    same = [replace(update(n), headline="Latest", source="https://paper.example/ferry") for n in (1, 2)]
    assert len(importing.post(page(*same), now=NOW).posted) == 2
    assert importing.post(page(*same), now=NOW).posted == ()


def latest(words: str, **given: object) -> ImportedUpdate:
    body = document.doc(document.paragraph(words))
    return update(0, **{"headline": "Latest", "body": body, "published": None, "source": None, **given})


@pytest.mark.parametrize("time", [None, datetime(2031, 5, 4, 11, tzinfo=UTC)])
def test_what_an_update_is_known_by_does_not_depend_on_what_else_is_on_the_page(time: datetime | None) -> None:
    one, two, three = (latest(words, published=time) for words in ("A", "B", "C"))
    first = importing.post(page(one), now=NOW)
    second = importing.post(page(one, two), now=NOW)
    assert (second.present, len(second.posted)) == (first.posted, 1)
    third = importing.post(page(one, two, three), now=NOW)
    assert (third.present, len(third.posted)) == (first.posted + second.posted, 1)
    assert importing.post(page(two, three), now=NOW).posted == ()


def test_updates_of_one_address_and_several_times_are_several() -> None:
    one, two = (update(n, source="https://paper.example/ferry", headline="") for n in (1, 2))
    first = importing.post(page(one), now=NOW)
    assert importing.post(page(one, two), now=NOW).present == first.posted
    assert importing.post(page(two), now=NOW).posted == ()


def test_a_page_whose_headline_changed_is_the_same_story() -> None:
    source = "https://paper.example/ferry"
    first = importing.post(page(update(1), source=source), now=NOW)
    later = page(update(1), update(2), headline="Ferry afloat again", source=source + "#top")
    again = importing.post(later, now=NOW)
    assert (again.slug, again.opened, len(again.posted)) == (first.slug, False, 1)
    assert importing.post(later, slug="a-copy", now=NOW).opened
    assert importing.post(later, now=NOW).slug == first.slug
    assert importing.post(replace(later, source="https://paper.example/other"), now=NOW).slug == "ferry-afloat-again"


def test_ids_and_keys_confirm_no_guess_at_the_words() -> None:
    """Whoever knows the words but not the newsroom's secret cannot make what is public of them."""
    made = []
    for secret in ("a" * 50, "b" * 50):
        with override_settings(SECRET_KEY=secret):
            made.append((importing._id("ferry", "words"), importing._key("update", "ferry", "words")))
            assert made[-1] == (importing._id("ferry", "words"), importing._key("update", "ferry", "words"))
    assert made[0][0] != made[1][0]
    assert made[0][1] != made[1][1]


def test_an_erased_update_does_not_come_back() -> None:
    report = importing.post(page(latest("A"), update(1)), now=NOW)
    for number, id in enumerate(report.posted):
        execute(report.slug, RetractUpdate(id=id, reason="Wrong."), "t", f"r{number}")
        execute(report.slug, EraseUpdate(id=id), "t", f"e{number}")
    assert importing.post(page(latest("A"), update(1)), now=NOW).posted == ()


def test_coverage_that_ended_there_has_ended_here() -> None:
    report = importing.post(page(update(1), ends=NOW), now=NOW + timedelta(days=9))
    assert (report.status, story(report.slug).ended) == ("ended", NOW)
    assert importing.post(page(update(1), ends=NOW), now=NOW).status == "ended"
    assert importing.post(page(update(1), ends=NOW + timedelta(hours=1)), slug="on", now=NOW).status == "live"


def test_an_update_that_is_refused_is_a_fault_and_the_others_go_on() -> None:
    huge = document.doc(document.paragraph("x" * 70_000))
    report = importing.post(page(update(1, body=huge), update(2)), now=NOW)
    assert len(report.posted) == 1
    assert "'Update 1' was refused" in report.faults[0].text


def test_long_words_are_cut_to_what_a_story_takes() -> None:
    report = importing.post(page(update(1, headline="h" * 500, bylines=("b" * 500,)), standfirst="s" * 5000), now=NOW)
    assert report.faults == ()
    assert story(report.slug).updates[report.posted[0]].headline.endswith("…")


def test_a_slug_or_language_that_cannot_be_is_refused_before_anything_is_posted() -> None:
    with pytest.raises(Invalid, match="no address"):
        importing.post(page(update(1)), slug="Not A Slug", now=NOW)
    with pytest.raises(Invalid, match="language"):
        importing.post(page(update(1)), language="klingon!", now=NOW)
    assert journal.heads() == {}


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Ferry aground off Skell", "ferry-aground-off-skell"),
        ("Fähre läuft auf – 40 ‘gerettet’", "fahre-lauft-auf-40-gerettet"),
        ("Live", "story-"),
        ("渡船搁浅", "story-"),
        ("Crews hold the quay " + "as a roof gives in to the " * 3, "crews-hold-the-quay-as-a-roof"),
    ],
)  # fmt: skip
def test_slugs(headline: str, slug: str) -> None:
    assert importing.slug_of(headline).startswith(slug)
    assert len(importing.slug_of(headline)) <= 80
