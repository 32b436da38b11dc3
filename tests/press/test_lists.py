"""Numbered pages, lists, permalinks, corrections and the index."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from markupsafe import Markup

from standfirst.press import fragments
from standfirst.press.diff import changes
from standfirst.press.index import print_index
from standfirst.press.printer import Printer
from standfirst.press.runs import Run
from standfirst.press.view import View
from standfirst.story import events as e
from standfirst.story.document import doc, paragraph
from standfirst.story.story import Update
from tests.press.newsroom import EDITION, Elements, Log, corrected, edited, ids_of, uid, uids


def test_a_full_page_keeps_its_address_and_its_updates() -> None:
    log = Log().posts(20)
    first = ids_of(log.page("page/1"))
    assert first == uids(range(20, 0, -1))
    log.posts(45)
    assert ids_of(log.page("page/1")) == first
    assert ids_of(log.page("page/2")) == uids(range(40, 20, -1))


def test_a_retracted_update_keeps_its_place_on_its_page() -> None:
    log = Log().posts(45)(e.UpdateRetracted(id=uid(7), reason="No."))
    assert ids_of(log.page("page/1")) == uids(range(20, 0, -1))


def test_older_pages_follow_the_front_page_without_a_gap_or_a_double() -> None:
    log = Log().posts(67)
    seen, href = [], ""
    while href is not None:
        page = log.page(href)
        seen += ids_of(page)
        older = Elements(page).all("a", rel="next")
        href = (older[0]["href"] or "").removeprefix("/harrow-sands/") if older else None
    assert seen == uids(range(67, 0, -1))


def test_a_numbered_page_leads_to_newer_and_older_ones() -> None:
    log = Log().posts(67)
    assert '<a class="ib" rel="prev" href="/harrow-sands/page/2">Newer updates</a>' in log.page("page/1")
    assert '<a class="ib" rel="prev" href="/harrow-sands">Newer updates</a>' in log.page("page/2")
    assert '<a class="ib next" rel="next" href="/harrow-sands/page/1">Older updates</a>' in log.page("page/2")


def test_there_is_nothing_at_other_addresses() -> None:
    printer = Log().posts(45).printer
    numbers = ["page/0", "page/-1", "page/01", "page/5", "page/1e3", "page/", "page/1/page/1", "key-events/page/9"]
    names = [
        "updates/",
        "updates/nobody",
        "kind",
        "kind/gossip",
        "tag/none",
        "tag/",
        "tag/a/b",
        "feed",
        "..",
        "/",
        "live",
    ]
    assert [resource for resource in numbers + names if printer.print(resource)] == []


def test_a_page_apart_does_not_follow_the_story() -> None:
    log = Log().posts(45)(corrected(3))
    for resource in ("page/1", "key-events", "kind/analysis", "tag/sea-wall", f"updates/{uid(3)}", "corrections"):
        page = log.page(resource)
        assert "data-live" not in page
        assert len(Elements(page).all("h1")) == 1


def test_lists_hold_what_belongs_to_them_and_say_which_is_current() -> None:
    log = Log().posts(9)
    assert ids_of(log.page("key-events")) == uids([9, 6, 3])
    assert ids_of(log.page("kind/analysis")) == uids([8, 4])
    assert ids_of(log.page("tag/evacuation")) == uids([8, 6, 4, 2])
    assert '<a class="chip" href="/harrow-sands/key-events" aria-current="page">' in log.page("key-events")
    assert '<h2 class="list-h">Sea Wall</h2>' in log.page("tag/sea-wall")


def test_a_long_list_has_pages_of_its_own() -> None:
    log = Log().posts(90, kind="explainer", tags=("été",))
    assert ids_of(log.page("kind/explainer/page/2")) == uids(range(40, 20, -1))
    assert 'href="/harrow-sands/tag/%C3%A9t%C3%A9/page/3"' in log.page("tag/été")


def test_key_events_are_a_page_even_when_there_are_none() -> None:
    assert "There are none yet." in Log().page("key-events")


def test_resources_are_all_that_is_printed() -> None:
    log = Log().posts(45)(corrected(3), e.UpdateRetracted(id=uid(4), reason="No."))
    resources = list(log.printer.resources())
    assert len(resources) == len(set(resources))
    assert all(log.printer.print(resource) for resource in resources)
    linked = {
        (a["href"] or "").split("#")[0].removeprefix("/harrow-sands").removeprefix("/")
        for resource in resources
        for a in Elements(log.page(resource)).all("a")
        if (a.get("href") or "").startswith("/harrow-sands")
    }
    assert linked <= set(resources)


def test_every_link_inside_the_site_has_its_target() -> None:
    log = Log().posts(45)(
        e.SummaryWritten(known=(e.Point(text="It broke", update=uid(2)),)), corrected(3), edited(3, 3)
    )
    ids = {resource: set(Elements(log.page(resource)).ids()) for resource in log.printer.resources()}
    for resource in ids:
        for link in Elements(log.page(resource)).all("a"):
            path, _, anchor = (link["href"] or "").partition("#")
            if anchor and not path.startswith("http"):
                target = path.removeprefix("/harrow-sands").removeprefix("/") if path else resource
                assert anchor in ids[target], (resource, link)


def test_a_permalink_shows_every_version_and_what_changed() -> None:
    log = Log().posts(1)(corrected(1), edited(1, 3, body=doc(paragraph("Quite new."))))
    page = log.page(f"updates/{uid(1)}")
    assert [name for name in Elements(page).ids() if name.startswith("rev-")] == ["rev-3", "rev-2", "rev-1"]
    assert '<del><span class="vh">[removed: ]</span>two<span class="vh">[end]</span></del>' in page
    assert '<ins><span class="vh">[added: ]</span>three<span class="vh">[end]</span></ins>' in page


def test_an_edit_that_leaves_the_words_says_so() -> None:
    log = Log().posts(1, headline="Reworded")(edited(1))
    assert "The words are the same" in log.page(f"updates/{uid(1)}")


def test_a_permalink_leads_to_its_place_among_the_others() -> None:
    log = Log().posts(45)
    assert f'href="/harrow-sands/page/1#u-{uid(5)}"' in log.page(f"updates/{uid(5)}")
    assert f'href="/harrow-sands#u-{uid(25)}"' in log.page(f"updates/{uid(25)}")


def test_corrections_lists_every_correction_and_retraction_newest_first() -> None:
    log = Log().posts(4)(corrected(1, note="First."), corrected(2, note="Second."), corrected(1, 3, note="Third."))
    page = log(e.UpdateRetracted(id=uid(3), reason="Fourth.")).page("corrections")
    found = [page.index(f"<p>{note}</p>") for note in ("Fourth.", "Third.", "Second.", "First.")]
    assert found == sorted(found)
    assert "Nothing has been corrected." in Log().page("corrections")


def test_a_correction_stays_once_its_update_is_retracted_but_not_its_words_once_erased() -> None:
    log = Log().posts(2)(corrected(1, note="Three places."), e.UpdateRetracted(id=uid(1), reason="Not our town."))
    shown = ("", "page/1", f"updates/{uid(1)}", "corrections", "feed.atom")
    for resource in shown:
        page = log.page(resource)
        assert "Three places." in page, resource
        assert "Not our town." in page, resource
        assert "#rev-" not in page, resource
    assert len(Elements(log.page("corrections")).all("article", **{"class": "up fix"})) == 2
    log(e.UpdateErased(id=uid(1)))
    for resource in log.printer.resources():
        assert "Three places." not in log.page(resource)
        assert "Not our town." not in log.page(resource)
    assert len(Elements(log.page("corrections")).all("article", **{"class": "up fix"})) == 2


def test_full_pages_of_corrections_keep_their_address_and_what_they_hold() -> None:
    def notes(resource: str) -> list[str]:
        return re.findall(r"<p>Note (\d+)\.</p>", log.page(resource))

    log = Log().posts(1)
    assert log.printer.print("corrections/page/1") is None
    for rev in range(2, 47):
        log(corrected(1, rev, note=f"Note {rev}."))
    first = [str(rev) for rev in range(21, 1, -1)]
    assert notes("corrections/page/1") == first
    assert notes("corrections") == [str(rev) for rev in range(46, 21, -1)]
    assert 'rel="next" href="/harrow-sands/corrections/page/1"' in log.page("corrections")
    assert log.printer.print("corrections/page/4") is None
    assert {f"corrections/page/{k}" for k in (1, 2, 3)} < set(log.printer.resources())
    log(e.UpdateRetracted(id=uid(1), reason="No."))
    assert notes("corrections/page/1") == first


class Looked(dict[str, Update]):
    """The updates of a story; counts how often one is looked at."""

    looks = 0

    def __getitem__(self, id: str) -> Update:
        self.looks += 1
        return super().__getitem__(id)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all updates were walked")

    values = items = keys = __iter__  # type: ignore[assignment]  # none may be asked


def test_the_latest_corrections_are_found_without_a_look_at_the_others() -> None:
    looks = []
    for count in (10, 60):
        log = Log().posts(count)(*(corrected(number, note=f"Note {number}.") for number in range(1, count + 1)))
        assert log.printer.story is not None
        updates = Looked({id: log.printer.story.updates[id] for id in log.printer.story.order})
        view = View(EDITION, replace(log.printer.story, updates=updates))  # type: ignore[arg-type]  # counts
        assert [told.words for told in view.latest_changes()] == [f"Note {count - n}." for n in range(3)]
        looks.append(updates.looks)
    assert looks == [3, 3]


class Compared:
    """Stands for `fragments.changes`; counts."""

    times = 0

    def __call__(self, *texts: Any) -> Markup:
        self.times += 1
        return changes(*texts)


def test_what_changed_is_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = Compared()
    monkeypatch.setattr(fragments, "changes", compared)
    log = Log().posts(1, headline="Wall")(corrected(1, headline="Wall"), edited(1, 3, headline="Wall"))
    page = log.page(f"updates/{uid(1)}")
    assert compared.times == 2
    assert log.page(f"updates/{uid(1)}") == page
    assert compared.times == 2
    log(edited(1, 4, headline="Wall", body=doc(paragraph("New.")))).page(f"updates/{uid(1)}")
    assert compared.times == 3
    log(e.StoryChanged(headline="x", standfirst="", language="fr", zone="UTC"))
    assert "[supprimé" in log.page(f"updates/{uid(1)}").lower()


def test_what_is_kept_of_a_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "KEPT", 5)
    log = Log().posts(1)(*(edited(1, rev, headline=f"{rev}") for rev in range(2, 12)))
    log.page(f"updates/{uid(1)}")
    assert len(log.printer._fragments._steps) == 5


def held(printer: Printer) -> str:
    """All that the printer keeps of what it has rendered."""
    kept = printer._fragments
    return repr((kept._articles, kept._posts, kept._steps, printer._sheet))


def test_the_printer_keeps_no_word_of_an_erased_update() -> None:
    log = Log().posts(3)(corrected(1, note="Zebedee said so.", headline="Zebedee"))
    for resource in log.printer.resources():
        log.page(resource)
    log(e.UpdateRetracted(id=uid(1), reason="Zebedee asked."))
    assert "Zebedee" in held(log.printer)  # or the next line would say nothing
    assert "Zebedee" not in held(log(e.UpdateErased(id=uid(1))).printer)


def test_the_index_has_running_stories_first_and_the_newest_activity_on_top() -> None:
    ended = Log(headline="Over")(e.StatusChanged(status="ended"))
    due = Log(headline="Due", status="scheduled", starts=datetime(2031, 3, 3, 9, tzinfo=UTC))
    old, new = Log(headline="Old").posts(1), Log(headline="New").posts(2)
    stories = [log.printer.story for log in (ended, due, old, new) if log.printer.story]
    page = print_index(EDITION, stories).body.decode()
    found = [
        page.index(f'<h2><a href="/harrow-sands">{headline}</a></h2>') for headline in ("New", "Old", "Due", "Over")
    ]
    assert found == sorted(found)
    assert "Coverage starts at 09:00 GMT, Monday 3 March 2031" in page
    assert "No coverage yet." in print_index(EDITION, []).body.decode()


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("length", [0, 1, 19, 20, 21, 39, 40, 41, 60])
def test_a_run_has_every_id_on_one_page_and_knows_where_it_is_read(length: int, oldest_first: bool) -> None:
    run = Run(tuple(map(str, range(length))), "/s", oldest_first)
    pages = [run.page(number) for number in range(1, run.pages + 1)]
    assert sorted(id for page in pages if page for id in page.ids) == sorted(run.order)
    for number, page in enumerate(pages, 1):
        assert page is not None
        assert (run.href(number) == "/s") == (set(page.ids) <= set(run.front.ids))


def test_titles_stand_in_for_a_missing_headline() -> None:
    log = Log().posts(1, headline="", body=doc(paragraph("word " * 40)))
    assert log.printer.story is not None
    title = View(EDITION, log.printer.story).title(log.printer.story.updates[uid(1)])
    assert title.endswith("word…")
    assert len(title) <= 91
