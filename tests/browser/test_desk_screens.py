"""The desk's own screen, as a newsroom goes through it: filed, edited, published, corrected, withdrawn, scheduled."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.browser.axe import everywhere, violations
from tests.browser.conftest import Opener
from tests.browser.newsroom import Desk, Newsroom
from tests.browser.test_door import Passkeys, join, watched


@dataclass
class People:
    """An editor and a reporter of the same newsroom, each at a desk of their own."""

    editor: Page
    reporter: Page


@pytest.fixture(scope="module")
def signed_in(newsroom: Newsroom, browser: Browser) -> list[StorageState]:
    """What the browsers of both keep once they joined."""
    found = []
    for role, name in (("editor", "Ida Berg"), ("reporter", "Tom Vale")):
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        Passkeys(page)
        join(page, newsroom, role, name, f"{role}@screens.example")
        found.append(context.storage_state())
        context.close()
    return found


@pytest.fixture
def people(signed_in: list[StorageState], opener: Opener) -> Iterator[People]:
    editor, reporter = (opener(storage_state=state).new_page() for state in signed_in)
    complaints = [watched(editor), watched(reporter)]
    yield People(editor, reporter)
    assert complaints == [[], []]


def at_desk(page: Page, desk: Desk) -> Page:
    page.goto(f"{desk.newsroom.door}/desk/story/{desk.slug}/")
    expect(page.get_by_label("Headline")).to_be_visible()
    return page


def write(page: Page, headline: str, text: str) -> None:
    page.get_by_label("Headline").fill(headline)
    page.get_by_role("textbox", name="Text").fill(text)


def row(page: Page, headline: str, pane: str = "queue") -> Locator:
    """A row of the queue, or of what is on the page."""
    return page.locator(f"#{pane} [data-row]").filter(has=page.get_by_role("heading", name=headline))


def press(place: Page | Locator, name: str) -> None:
    place.get_by_role("button", name=re.compile(f"^{name}")).click()


def file(page: Page, headline: str, text: str) -> None:
    write(page, headline, text)
    press(page, "Send to desk")
    expect(row(page, headline)).to_be_visible()


def published(desk: Desk, headline: str) -> list[str]:
    """The plain words of what the page has under that headline."""
    return [update["text"] for update in desk.updates() if update["headline"] == headline]


def test_filed_edited_and_published(desk: Desk, people: People) -> None:
    editor, reporter = at_desk(people.editor, desk), at_desk(people.reporter, desk)
    expect(reporter.get_by_role("button", name=re.compile("^Publish"))).to_have_count(0)
    expect(reporter.get_by_role("button", name="Pin to top")).to_have_count(0)
    file(reporter, "Pumps arrive", "Two lorries have reached the wall.")

    filed = row(editor, "Pumps arrive")
    expect(editor.get_by_role("tab", name="From reporters 1")).to_have_attribute("aria-selected", "true")
    expect(filed).to_contain_text("Tom Vale")
    expect(filed).to_contain_text("New")
    press(filed, "Open")
    expect(editor.get_by_label("Headline")).to_have_value("Pumps arrive")
    expect(editor.get_by_label("Headline")).to_be_focused()
    expect(filed.get_by_text("New", exact=True)).to_have_count(0)
    write(editor, "Pumps arrive at the sea wall", "Three lorries have reached the wall.")
    press(editor.locator("#main"), "Publish")
    expect(row(editor, "Pumps arrive at the sea wall", "page")).to_be_visible()
    expect(editor.get_by_role("tab", name="From reporters 0")).to_be_visible()
    assert published(desk, "Pumps arrive at the sea wall") == ["Three lorries have reached the wall."]
    expect(row(reporter, "Pumps arrive at the sea wall", "page")).to_be_visible()


def test_sent_back_with_a_word_that_is_kept_while_it_is_written(desk: Desk, people: People) -> None:
    editor, reporter = at_desk(people.editor, desk), at_desk(people.reporter, desk)
    file(reporter, "Mayor speaks", "She spoke at noon.")
    press(row(editor, "Mayor speaks"), "Send back")
    word = editor.get_by_label("What should Tom Vale mend?")
    expect(word).to_be_focused()
    word.fill("Where did she")
    editor.reload()
    press(row(editor, "Mayor speaks"), "Send back")
    expect(word).to_have_value("Where did she")
    word.fill("Where did she speak?")
    press(editor, "Send back now")
    expect(editor.get_by_role("tab", name="From reporters 0")).to_be_visible()

    reporter.get_by_role("tab", name=re.compile("^Drafts")).click()
    expect(row(reporter, "Mayor speaks")).to_contain_text("Sent back: Where did she speak?")
    press(row(reporter, "Mayor speaks"), "Open")
    expect(reporter.locator("#main")).to_contain_text("Where did she speak?")


def test_thrown_away_and_brought_back(desk: Desk, people: People) -> None:
    editor, reporter = at_desk(people.editor, desk), at_desk(people.reporter, desk)
    file(reporter, "Rumour of a second breach", "Nobody has seen it.")
    press(row(editor, "Rumour of a second breach"), "Discard")
    expect(row(editor, "Rumour of a second breach")).to_have_count(0)
    expect(editor.get_by_role("tab", name="From reporters 0")).to_be_visible()
    press(editor, "Bring it back")
    expect(editor.get_by_label("Headline")).to_have_value("Rumour of a second breach")
    editor.get_by_role("tab", name=re.compile("^Drafts 1")).click()
    expect(row(editor, "Rumour of a second breach")).to_be_visible()


def test_a_minor_edit_and_a_correction_that_readers_see(desk: Desk, people: People, opener: Opener) -> None:
    editor = at_desk(people.editor, desk)
    press(row(editor, "Two", "page"), "Edit")
    expect(editor.get_by_label("Headline")).to_have_value("Two")
    editor.get_by_label("Headline").fill("Two ferries")
    press(editor, "Publish the change")
    dialog = editor.get_by_role("dialog", name="How should readers be told?")
    expect(dialog.get_by_label("Minor edit")).to_be_checked()
    press(dialog, "Publish the change")
    expect(row(editor, "Two ferries", "page")).to_contain_text("Edited")

    press(row(editor, "Two ferries", "page"), "Correct")
    expect(editor.get_by_label("Headline")).to_have_value("Two ferries")
    editor.get_by_label("Headline").fill("Three ferries")
    press(editor, "Publish the change")
    expect(dialog.get_by_label("Correction, shown to readers")).to_be_checked()
    note = dialog.get_by_label("Note to readers")
    note.fill("There were three fer")
    editor.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    press(editor, "Publish the change")
    expect(note).to_have_value("There were three fer")
    note.fill("There were three ferries, not two.")
    press(dialog, "Publish the change")
    expect(row(editor, "Three ferries", "page")).to_be_visible(timeout=20_000)
    reader = opener().new_page()
    reader.goto(desk.url)
    expect(reader.locator("article .corr")).to_contain_text("There were three ferries, not two.")
    assert [update["headline"] for update in desk.updates()].count("Three ferries") == 1


def test_withdrawn_with_a_reason(desk: Desk, people: People, opener: Opener) -> None:
    editor = at_desk(people.editor, desk)
    one = row(editor, "One", "page")
    press(one, "More")
    press(one, "Withdraw")
    dialog = editor.get_by_role("dialog", name="Withdraw this update")
    reason = dialog.get_by_label("Reason, shown to readers")
    expect(reason).to_be_focused()
    press(dialog, "Withdraw it")  # without a reason nothing is withdrawn
    expect(dialog).to_be_visible()
    reason.fill("It was another harbour.")
    press(dialog, "Withdraw it")
    expect(one).to_contain_text("Withdrawn")
    expect(one).to_contain_text("It was another harbour.")
    expect(one.get_by_role("button", name="Edit")).to_have_count(0)
    reader = opener().new_page()
    reader.goto(desk.url)
    expect(reader.locator("article .why")).to_contain_text("It was another harbour.")


def test_pinned_marked_and_tagged(desk: Desk, people: People) -> None:
    editor = at_desk(people.editor, desk)
    three = row(editor, "Three", "page")
    press(three, "Pin")
    expect(three).to_contain_text("Pinned")
    press(three, "Key")
    expect(three.get_by_role("button", name="Not key")).to_be_visible()
    press(three, "More")
    press(three, "Tags")
    three.get_by_label("Add a tag").fill("Harbour,")
    three.get_by_label("Add a tag").fill("Rail")
    three.get_by_label("Add a tag").press("Enter")
    press(three, "Keep these tags")
    expect(three.locator("> .desk-small")).to_have_text("Rail")
    (found,) = [update for update in desk.updates() if update["headline"] == "Three"]
    assert (found["pinned"], found["key"], found["tags"]) == (True, True, ["Rail"])


def test_what_an_update_is_beside_its_words(desk: Desk, people: People) -> None:
    editor = at_desk(people.editor, desk)
    write(editor, "Tide tables", "High water is at six.")
    press(editor, "Key event")
    press(editor, "Tags")
    expect(editor.get_by_label("Add a tag")).to_be_focused()
    editor.get_by_label("Add a tag").fill("Tide")
    editor.keyboard.press("Enter")
    editor.keyboard.press("Escape")
    expect(editor.get_by_role("button", name="Tags: Tide")).to_be_focused()
    press(editor, "Kind")
    editor.get_by_label("Explainer").check()
    editor.keyboard.press("Escape")
    press(editor, "Byline")
    editor.get_by_label("Add a name").fill("Ada Trew")
    editor.keyboard.press("Enter")
    editor.keyboard.press("Escape")
    expect(editor.locator("#main")).to_contain_text("By Ada Trew")
    press(editor.locator("#main"), "Publish")
    expect(row(editor, "Tide tables", "page")).to_be_visible()
    (found,) = [update for update in desk.updates() if update["headline"] == "Tide tables"]
    assert (found["key"], found["tags"], found["kind"], found["bylines"]) == (True, ["Tide"], "explainer", ["Ada Trew"])
    # and all of it can be changed
    desk.edit(found["id"], happened="2026-03-01T11:00:00Z")
    expect(row(editor, "Tide tables", "page")).to_contain_text("Edited")
    press(row(editor, "Tide tables", "page"), "Edit")
    expect(editor.get_by_label("Headline")).to_have_value("Tide tables")
    press(editor, "Key event")
    press(editor, "Tags: Tide")
    press(editor, "Remove Tide")
    editor.keyboard.press("Escape")
    editor.get_by_role("button", name=re.compile("^Happened")).click()
    press(editor, "Not known")
    editor.keyboard.press("Escape")
    press(editor, "Publish the change")
    press(editor.get_by_role("dialog"), "Publish the change")
    expect(row(editor, "Tide tables", "page").get_by_role("button", name="Not key")).to_have_count(0)
    (found,) = [update for update in desk.updates() if update["headline"] == "Tide tables"]
    assert (found["key"], found["tags"], found["happened"]) == (False, [], None)


def test_scheduled_and_not_sent_after_all(desk: Desk, people: People) -> None:
    editor = at_desk(people.editor, desk)
    write(editor, "The council meets", "Its agenda is public.")
    press(editor, "Schedule")
    editor.get_by_label("Date", exact=True).fill("2126-03-01")
    editor.get_by_label("Time (24 h)").fill("09:30")
    editor.get_by_label(re.compile("^Embargo")).check()
    expect(editor.get_by_text(re.compile("1 March at 09:30"))).to_be_visible()
    press(editor, "Schedule it")
    editor.get_by_role("tab", name="Scheduled 1").click()
    waits = row(editor, "The council meets")
    expect(waits).to_contain_text("09:30")
    expect(waits).to_contain_text("Embargo")
    expect(waits.get_by_role("button", name="Publish")).to_have_count(0)
    press(waits, "Do not send")
    expect(editor.get_by_role("tab", name="Scheduled 0")).to_be_visible()
    editor.get_by_role("tab", name="Drafts 1").click()
    expect(row(editor, "The council meets")).to_be_visible()


def test_preview_is_the_page_with_the_draft_on_it(desk: Desk, people: People) -> None:
    editor = at_desk(people.editor, desk)
    write(editor, "Seen before it is out", "Only the desk reads this.")
    press(editor, "Preview")
    dialog = editor.get_by_role("dialog", name="Preview")
    frame = dialog.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Seen before it is out")).to_be_visible()
    expect(frame.get_by_text("Only the desk reads this.")).to_be_visible()
    wide = dialog.locator("iframe").bounding_box()
    press(dialog, "Phone")
    narrow = dialog.locator("iframe").bounding_box()
    assert wide is not None
    assert narrow is not None
    assert narrow["width"] <= 390 < wide["width"]
    press(dialog, "Close")
    expect(editor.get_by_role("button", name="Preview")).to_be_focused()
    assert published(desk, "Seen before it is out") == []


def test_preview_needs_the_newsroom(desk: Desk, people: People) -> None:
    editor = at_desk(people.editor, desk)
    editor.context.set_offline(True)
    write(editor, "On a train", "No network in the tunnel.")
    expect(editor.get_by_text(re.compile("^Offline"))).to_be_visible()
    press(editor, "Preview")
    expect(editor.get_by_role("dialog")).to_contain_text("A preview needs the newsroom")
    editor.context.set_offline(False)


def test_what_to_check_warns_and_does_not_block(desk: Desk, people: People) -> None:
    editor = at_desk(people.editor, desk)
    expect(editor.get_by_text("to check:")).to_have_count(0)
    editor.get_by_role("textbox", name="Text").fill("Only words.")
    expect(editor.get_by_text("1 thing to check:")).to_be_visible()
    press(editor.locator("#main"), "Publish")
    expect(row(editor, "Only words.", "page")).to_be_visible()


def test_several_drafts_are_open_at_once(desk: Desk, people: People) -> None:
    editor = at_desk(people.editor, desk)
    write(editor, "First of two", "One.")
    press(editor, "New update")
    write(editor, "Second of two", "Two.")
    strip = editor.get_by_role("navigation", name="Open drafts")
    press(strip, "First of two")
    expect(editor.get_by_label("Headline")).to_have_value("First of two")
    press(strip, "Close First of two")
    expect(editor.get_by_label("Headline")).to_have_value("Second of two")
    editor.get_by_role("tab", name=re.compile("^Drafts 2")).click()
    press(row(editor, "First of two"), "Open")
    expect(editor.get_by_role("textbox", name="Text")).to_have_text("One.")


def in_conflict(people: People, desk: Desk) -> Page:
    """Somebody else edited the update that is being edited here, and it is published here."""
    editor = at_desk(people.editor, desk)
    press(row(editor, "Two", "page"), "Edit")
    write(editor, "Two", "The wall held until four and then gave way.")
    (update,) = [update for update in desk.updates() if update["headline"] == "Two"]
    editor.context.set_offline(True)
    desk.edit(update["id"], text="The wall held until five and then gave way.")
    press(editor, "Publish the change")
    press(editor.get_by_role("dialog"), "Publish the change")
    expect(editor.get_by_text("Offline, 1 waiting")).to_be_visible()
    editor.context.set_offline(False)
    expect(editor.get_by_role("dialog", name=re.compile("^Someone changed this"))).to_be_visible()
    return editor


def test_the_conflict_is_shown_with_the_safe_choice_first(desk: Desk, people: People) -> None:
    editor = in_conflict(people, desk)
    dialog = editor.get_by_role("dialog")
    both = dialog.get_by_role("button", name="Keep both as two updates")
    expect(dialog.get_by_role("heading", level=2)).to_be_focused()  # where a key of who types on presses nothing
    editor.keyboard.press("Tab")
    expect(both).to_be_focused()
    editor.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Publish mine as an edit")).to_be_focused()
    editor.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Keep theirs, save mine as a draft")).to_be_focused()
    expect(dialog.get_by_role("region", name="Your version").locator("mark")).to_have_text(re.compile("four"))
    expect(dialog.get_by_role("region", name=re.compile("^On the page")).locator("mark")).to_have_text(
        re.compile("five")
    )
    editor.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    press(editor, "Compare and choose")
    press(dialog, "Publish mine as an edit")
    expect(dialog).to_have_count(0)
    expect(editor.locator("#main").get_by_text("Published.")).to_have_count(1)
    assert published(desk, "Two") == ["The wall held until four and then gave way."]


def test_the_history_shows_what_changed_between_versions(desk: Desk, people: People) -> None:
    (update,) = [update for update in desk.updates() if update["headline"] == "Two"]
    desk.edit(update["id"], text="The wall held until four.")
    desk.edit(update["id"], text="The wall held until five.", mode="correction", note="It was five, not four.")
    editor = at_desk(people.editor, desk)
    two = row(editor, "Two", "page")
    press(two, "More")
    two.get_by_role("link", name="History").click()
    expect(editor.get_by_role("heading", name="Two", level=1)).to_be_focused()
    latest = editor.locator("[data-row]").first
    expect(latest.locator("del")).to_contain_text("four")
    expect(latest.locator("ins")).to_contain_text("five")
    expect(latest).to_contain_text("It was five, not four.")
    assert violations(editor) == []
    editor.go_back()
    expect(editor.get_by_role("heading", name="On the page now")).to_be_visible()


def with_panel(page: Page, _: Desk) -> None:
    write(page, "A draft", "With words.")
    press(page, "Schedule")


def with_row_open(page: Page, _: Desk) -> None:
    three = row(page, "Three", "page")
    press(three, "More")
    press(three, "Tags")


def with_withdrawal(page: Page, _: Desk) -> None:
    three = row(page, "Three", "page")
    press(three, "More")
    press(three, "Withdraw")


def with_telling(page: Page, _: Desk) -> None:
    press(row(page, "Three", "page"), "Correct")
    press(page, "Publish the change")


def with_return(page: Page, _: Desk) -> None:
    press(row(page, "Pumps arrive"), "Send back")


def with_two_drafts(page: Page, _: Desk) -> None:
    write(page, "", "Only words.")
    press(page, "New update")
    write(page, "Another", "")


STATES: dict[str, Callable[[Page, Desk], object]] = {
    "queue": lambda page, desk: None,
    "panel": with_panel,
    "row": with_row_open,
    "withdrawal": with_withdrawal,
    "telling": with_telling,
    "return": with_return,
    "drafts": with_two_drafts,
}


def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Desk, people: People) -> None:
    file(at_desk(people.reporter, desk), "Pumps arrive", "Two lorries have reached the wall.")
    editor = people.editor
    for name, reach in STATES.items():
        at_desk(editor, desk)
        expect(row(editor, "Pumps arrive")).to_be_visible()
        reach(editor, desk)
        assert everywhere(editor) == [], name
        editor.set_viewport_size({"width": 320, "height": 640})
        editor.evaluate("document.documentElement.style.fontSize = '200%'")
        assert editor.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        editor.set_viewport_size({"width": 1280, "height": 900})


def test_a_phone_has_one_pane_at_a_time(desk: Desk, people: People) -> None:
    file(at_desk(people.reporter, desk), "Pumps arrive", "Two lorries have reached the wall.")
    editor = at_desk(people.editor, desk)
    editor.set_viewport_size({"width": 390, "height": 844})
    panes = editor.get_by_role("navigation", name="Panes")
    press(panes, "Queue 1")
    expect(editor.get_by_label("Headline")).to_be_hidden()
    press(row(editor, "Pumps arrive"), "Open")
    expect(editor.get_by_label("Headline")).to_have_value("Pumps arrive")
    for button in editor.locator("#main .desk-foot button:visible, .desk-tabs button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 40
        assert box["y"] + box["height"] <= 844
    press(panes, "On the page")
    expect(row(editor, "One", "page")).to_be_visible()
    press(panes, "More")
    expect(editor.get_by_role("link", name="Waiting to send")).to_be_visible()
    press(editor, "New update")
    expect(editor.get_by_label("Headline")).to_have_value("")
