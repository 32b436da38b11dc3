"""The story's page in each of its states."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest

from standfirst.press import edition
from standfirst.press.edition import Edition
from standfirst.press.printer import Printer
from standfirst.press.sheet import SLOTS
from standfirst.story import events as e
from tests.press.newsroom import EDITION, Elements, Log, corrected, edited, ids_of, posted, uid, uids


def test_the_page_carries_its_number_edition_and_address() -> None:
    page = Log().posts(3).page()
    assert f'<html lang="en" dir="ltr" data-seq="4" data-edition="{EDITION.id}">' in page
    assert 'data-live="/harrow-sands"' in page
    assert 'data-zone="Europe/London"' in page


@pytest.mark.parametrize("updates", [0, 3, 45])
def test_every_slot_stands_once_in_every_state(updates: int) -> None:
    ids = Elements(Log().posts(updates).page()).ids()
    assert all(ids.count(slot) == 1 for slot in (*SLOTS, "updates"))
    assert len(ids) == len(set(ids))


def test_the_newest_update_is_first() -> None:
    assert ids_of(Log().posts(5).page()) == uids([5, 4, 3, 2, 1])


@pytest.mark.parametrize(("updates", "oldest"), [(19, 1), (39, 1), (40, 21), (59, 21), (60, 41)])
def test_the_page_holds_the_last_full_page_and_the_running_one(updates: int, oldest: int) -> None:
    assert ids_of(Log().posts(updates).page()) == uids(range(updates, oldest - 1, -1))


def test_times_are_printed_in_the_zone_of_the_story_and_carried_in_utc() -> None:
    log = Log(zone="America/New_York")
    log(posted(1, datetime(2031, 3, 2, 16, 42, tzinfo=UTC)))
    page = log.page()
    assert '<time datetime="2031-03-02T16:42:00Z">11:42</time> <span>EST</span>' in page
    assert '<span class="vh">11:42: </span>' in page


def test_a_time_of_another_day_has_its_date() -> None:
    log = Log().posts(1)
    log(posted(2, log.at + timedelta(days=1)))
    assert re.search(r'<time datetime="2031-03-03T06:[^"]*">3 Mar(?:ch)?, 06:', log.page())


def test_a_zone_without_letters_is_printed_as_an_offset() -> None:
    assert "UTC+5:45" in Log(zone="Asia/Kathmandu").posts(1).page()


def test_a_scheduled_story_says_when_coverage_starts() -> None:
    page = Log(status="scheduled", starts=datetime(2031, 3, 2, 9, tzinfo=UTC)).page()
    assert "<b>Coverage starts at 09:00 GMT</b> Sunday 2 March 2031" in page
    assert '<span class="badge soon">Coming up</span>' in page


def test_an_empty_live_story_says_so() -> None:
    assert "<b>No updates yet.</b>" in Log().page()


def test_a_paused_story_says_so() -> None:
    page = Log().posts(1)(e.StatusChanged(status="paused")).page()
    assert '<span class="badge dim">Paused</span>' in page
    assert "Our live coverage is paused." in page


def test_an_ended_story_is_read_from_its_start() -> None:
    log = Log().posts(3)(e.StatusChanged(status="ended"))
    assert ids_of(log.page()) == uids([1, 2, 3])
    assert '<span class="badge dim">Ended</span>' in log.page()
    assert "It ran from 06:30 GMT to 06:58 GMT." in log.page()
    log.posts(0)(e.StoryReopened())
    assert ids_of(log.page()) == uids([3, 2, 1])


def test_a_long_ended_story_begins_with_its_first_page() -> None:
    log = Log().posts(45)(e.StatusChanged(status="ended"))
    assert ids_of(log.page()) == uids(range(1, 21))
    assert '<a class="ib next" rel="next" href="/harrow-sands/page/2">Later updates</a>' in log.page()
    assert ids_of(log.page("page/3")) == uids(range(41, 46))
    assert f'href="/harrow-sands/page/3#u-{uid(45)}"' in log.page()


def test_the_closing_summary_is_called_so_only_when_it_was_written_last() -> None:
    summary = e.SummaryWritten(known=(e.Point(text="The wall holds"),))
    ended = e.StatusChanged(status="ended")
    assert "How it ended" in Log().posts(2)(summary, ended).page()
    assert "How it ended" not in Log().posts(1)(summary).posts(1)(ended).page()


def test_the_summary_folds_what_is_beyond_three_points_and_what_is_not_confirmed() -> None:
    points = tuple(e.Point(text=f"Point {n}", update=uid(1) if n == 1 else None) for n in range(1, 6))
    page = Log().posts(1)(e.SummaryWritten(known=points, unconfirmed=(e.Point(text="A rumour"),))).page()
    assert "<summary>2 more points</summary>" in page
    assert "<summary>What is not confirmed</summary>\n<ul>\n<li>A rumour</li>" in page
    assert f'href="#u-{uid(1)}"' in page


def test_a_summary_does_not_rest_on_a_retracted_update() -> None:
    log = Log().posts(1)(e.SummaryWritten(known=(e.Point(text="It broke", update=uid(1)),)))
    log(e.UpdateRetracted(id=uid(1), reason="It did not."))
    assert "<li>It broke</li>" in log.page()


def test_a_correction_is_told_in_the_update_with_a_way_to_what_changed() -> None:
    page = Log().posts(1)(corrected(1)).page()
    note = "<b>Correction, 06:44 GMT:</b> The wall broke in three places."
    assert f'{note} <a href="/harrow-sands/updates/{uid(1)}#rev-2">What changed</a>' in page
    assert "Edited" not in page


def test_a_minor_edit_is_told_with_its_time() -> None:
    page = Log().posts(1)(corrected(1), edited(1, 3)).page()
    assert 'Edited <time datetime="2031-03-02T06:51:00Z" class="e">06:51 GMT</time>' in page


def test_a_retraction_leaves_a_dated_tombstone_and_none_of_the_words() -> None:
    log = Log().posts(1, headline="The bridge is gone")(e.UpdatePinned(id=uid(1)))
    log(e.UpdateRetracted(id=uid(1), reason="The picture was of another town."))
    page = log.page()
    assert "<b>Retracted, 06:51 GMT:</b> The picture was of another town." in page
    assert "bridge" not in "".join(log.page(name) for name in log.printer.resources())


def test_an_erasure_leaves_neither_words_nor_reason() -> None:
    log = Log().posts(1, headline="The name")(e.UpdateRetracted(id=uid(1), reason="Reason"), e.UpdateErased(id=uid(1)))
    pages = "".join(log.page(name) for name in log.printer.resources())
    assert "This update has been removed" in pages
    assert "The name" not in pages
    assert "Reason" not in pages


def test_a_pinned_update_stands_above_and_in_its_place() -> None:
    page = Log().posts(3)(e.UpdatePinned(id=uid(1))).page()
    assert ids_of(page, "p-") == [uid(1)]
    assert ids_of(page) == uids([3, 2, 1])
    assert page.index('id="pinned"') < page.index('id="updates"')


def test_a_key_event_is_marked_inside_its_heading_and_listed() -> None:
    page = Log().posts(3).page()
    assert '<h3 class="vh"><span class="vh">06:51, key event</span></h3>' in page
    assert f'<a href="#u-{uid(3)}"><time datetime="2031-03-02T06:51:00Z">06:51</time>3. The harbour office' in page


def test_the_rail_leads_to_all_key_events_when_there_are_more() -> None:
    page = Log().posts(45).page()
    assert '<a href="/harrow-sands/key-events">All key events <span>15</span></a>' in page
    assert f'href="/harrow-sands/updates/{uid(15)}"' in page


@pytest.mark.parametrize(("updates", "shown"), [(7, False), (8, True)])
def test_filters_stand_from_eight_updates_on(updates: int, shown: bool) -> None:
    page = Log().posts(updates).page()
    assert ('<a class="chip" href="/harrow-sands/kind/analysis">Analysis <span>2</span></a>' in page) is shown


def test_nothing_follows_on_a_page_for_an_archive() -> None:
    page = Log(replace(EDITION, follow=False)).posts(3).page()
    for name in ("data-live", "<button", 'id="toast"', 'src="'):
        assert name not in page


def test_right_to_left() -> None:
    page = Log(language="ar", headline="البحر يكسر السور").posts(9).page()
    assert '<html lang="ar" dir="rtl"' in page
    assert "الأحداث الرئيسية" in page
    assert 'data-t-two="تحديثان جديدان"' in page


def test_another_language_has_english_words_and_keeps_its_own() -> None:
    page = Log(language="he").posts(1).page()
    assert '<html lang="he" dir="rtl"' in page
    assert "Key events" in Log(language="is").posts(9).page()


def test_the_page_asks_nothing_of_strangers() -> None:
    found = Elements(Log().posts(25).page())
    loaded = [a.get("href") or "" for a in found.all("link") if a["rel"] not in ("canonical", "alternate")]
    loaded += [a["src"] or "" for a in found.all("script") if "src" in a]
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert not [a for tag in ("img", "iframe", "object", "embed", "source") for a in found.all(tag)]


def test_headers_forbid_scripts_and_strangers_and_set_no_cookie() -> None:
    headers = dict(Log().printed("").headers)
    assert "Set-Cookie" not in headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self' 'sha256-")
    assert "script-src 'self';" in policy
    assert "require-trusted-types-for 'script'; trusted-types standfirst" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_same_log_prints_the_same_bytes() -> None:
    one, two = (Log().posts(9)(corrected(2)) for _ in range(2))
    assert [one.printed(name) for name in one.printer.resources()] == [two.printed(n) for n in two.printer.resources()]


def test_a_new_look_is_another_edition() -> None:
    assert replace(EDITION).id == EDITION.id
    assert replace(EDITION, name="Courier").id != EDITION.id
    assert replace(EDITION, follow=False).id != EDITION.id


@pytest.mark.parametrize(
    "name",
    [
        "press/view.py",
        "story/fold.py",
        "story/document/__init__.py",
        "press/templates/page.html.j2",
        "locale/fr/LC_MESSAGES/standfirst.mo",
        "static/dist/reader.css",
    ],
)
def test_an_edition_is_another_once_anything_that_prints_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "standfirst"
    shutil.copytree(edition._PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(edition, "_PACKAGE", copy)
    monkeypatch.setattr(edition, "_DIST", copy / "static" / "dist")
    same = Edition(name=EDITION.name, base_url=EDITION.base_url)
    assert same.id == EDITION.id
    with (copy / name).open("ab") as file:
        file.write(b"/**/")
    assert replace(EDITION).id != EDITION.id


def test_an_edition_is_another_with_another_babel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition, "version", lambda name: "0.0" if name == "babel" else version(name))
    assert replace(EDITION).id != EDITION.id


@pytest.mark.parametrize("resource", ["", "page/1", "corrections", f"updates/{uid(1)}"])
@pytest.mark.parametrize(("language", "spoken"), [("fr", "fr"), ("ru", "en")])
def test_a_page_with_words_for_the_script_says_what_language_they_are_in(
    resource: str, language: str, spoken: str
) -> None:
    (page,) = Elements(Log(language=language).posts(1).page(resource)).all("body")
    assert "data-t-copied" in page
    assert page["data-spoken"] == spoken


def test_a_printer_without_entries_has_no_page() -> None:
    printer = Printer(EDITION)
    assert printer.print("") is None
    assert list(printer.resources()) == []
    with pytest.raises(LookupError, match="no entry was taken yet"):
        _ = printer.sheet


def test_a_story_with_nothing_to_filter_by_has_no_filters() -> None:
    assert 'class="chip"' not in Log().posts(9, key=False, kind="report", tags=()).page()
