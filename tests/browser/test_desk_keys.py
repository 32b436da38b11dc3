"""Keys and commands of the desk, in Chromium: as delivered, remapped, off; the list of commands; the tone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import Opener
from tests.browser.desks import judged, opened, signed_in
from tests.browser.newsroom import Desk, Newsroom
from tests.browser.test_door import watched

AT_ONCE = """() => new MutationObserver(async (_, observer) => {
    observer.disconnect();
    for (let turn = 0; turn < 50; turn++) await null; // no task of the browser, "close" for one, comes between
    const key = { key: "k", ctrlKey: true, bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", key));
}).observe(document.querySelector("dialog[open]"), { attributeFilter: ["open"] })"""
"""Presses Ctrl K as soon as the open dialog is closed."""

TONES = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.tones++; return start.apply(this, given); };
"""
"""Counts notes that are played."""


@pytest.fixture(scope="module")
def staff(newsroom: Newsroom, browser: object) -> dict[str, StorageState]:
    return {}


@pytest.fixture
def editor(newsroom: Newsroom, opener: Opener, staff: dict[str, StorageState]) -> Iterator[Page]:
    if "editor" not in staff:
        staff["editor"] = signed_in(newsroom, opener, "editor", "Ada Kerr")
    page = opener(storage_state=staff["editor"]).new_page()
    complaints = watched(page)
    yield page
    assert complaints == []


def at_desk(page: Page, desk: Desk) -> Page:
    opened(page, desk.newsroom, f"story/{desk.slug}/")
    expect(page.locator("#page [data-row]").first).to_be_visible()
    page.locator("#queue").focus()
    return page


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('[data-row]')?.querySelector('h2,h3')?.textContent ?? ''"))


def test_rows_are_gone_through_and_marked_by_single_keys(desk: Desk, editor: Page) -> None:
    page = at_desk(editor, desk)
    page.locator("#page").focus()
    for key, row in (("j", "Three"), ("j", "Two"), ("j", "One"), ("j", "One"), ("k", "Two")):
        page.keyboard.press(key)
        assert focused(page) == row
    two = next(update["id"] for update in desk.updates() if update["headline"] == "Two")
    page.keyboard.press("m")
    expect(page.locator("#page [data-row]", has_text="Two").get_by_text("Key", exact=True).first).to_be_visible()
    page.keyboard.press("p")
    expect(page.locator("#page [data-row]", has_text="Two").get_by_text("Pinned").first).to_be_visible()
    there = {update["id"]: update for update in desk.updates()}[two]
    assert there["key"]
    assert there["pinned"]
    page.keyboard.press("e")
    expect(page.get_by_label("Headline")).to_have_value("Two")


def test_who_goes_down_a_list_stays_in_it_when_a_row_is_gone(desk: Desk, editor: Page) -> None:
    for name in ("First", "Second", "Third"):
        at = f"/stories/{desk.slug}/drafts/{name.lower():x<10}"
        desk.newsroom.ask("PUT", at, {"headline": name, "text": "Filed."}, **{"If-None-Match": "*"})
        desk.newsroom.ask("POST", f"{at}/file")
    page = at_desk(editor, desk)
    rows = page.locator("#queue [data-row]")
    expect(rows).to_have_count(3)
    names = rows.locator("h3").all_inner_texts()
    for row, left, then in ((1, 2, names[2]), (1, 1, names[0]), (0, 0, "")):  # the next one, or the one before it
        rows.nth(row).locator("[data-do=discard]").press("Enter")
        expect(rows).to_have_count(left)
        assert focused(page) == then
    assert page.evaluate("document.activeElement.id") == "queue"
    at = f"/stories/{desk.slug}/drafts/fourthxxxx"
    desk.newsroom.ask("PUT", at, {"headline": "Fourth", "text": "Filed."}, **{"If-None-Match": "*"})
    page.get_by_role("tab", name=re.compile("^Drafts")).click()
    rows.locator("[data-do=open]").focus()
    page.get_by_role("heading", level=1).click()  # who went away from it is not taken back
    desk.newsroom.ask("DELETE", at)
    expect(rows).to_have_count(0)
    assert page.evaluate("document.activeElement === document.body")


def test_single_keys_do_nothing_where_one_types_nor_in_a_dialog_nor_with_altgr(desk: Desk, editor: Page) -> None:
    page = at_desk(editor, desk)
    page.get_by_label("Headline").fill("")
    page.get_by_label("Headline").press_sequentially("jokme?")
    expect(page.get_by_label("Headline")).to_have_value("jokme?")
    assert focused(page) == ""
    expect(page.get_by_role("dialog")).to_have_count(0)
    # AltGr types signs: it comes as Ctrl with Alt
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{ key: 'k', code: 'KeyK', ctrlKey: true, altKey: true, bubbles: true }))"
    )
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("#queue").focus()
    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', "
        "{ key: 'j', code: 'KeyJ', isComposing: true, bubbles: true }))"
    )
    assert focused(page) == ""
    page.keyboard.press("?")
    help = page.get_by_role("dialog", name="Keys")
    expect(help).to_be_visible()
    page.keyboard.press("j")
    assert focused(page) == ""
    judged(page)
    page.keyboard.press("Escape")
    expect(help).to_have_count(0)


def test_published_and_saved_by_keys_and_the_panes_are_gone_round(desk: Desk, editor: Page) -> None:
    page = at_desk(editor, desk)
    page.keyboard.press("n")
    expect(page.get_by_label("Headline")).to_be_focused()
    page.keyboard.type("The ferry is stopped")
    page.keyboard.press("Control+s")
    expect(page.get_by_text(re.compile("^All is saved on this device"))).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#page [data-row]", has_text="The ferry is stopped")).to_be_visible()
    assert [update["headline"] for update in desk.updates()].count("The ferry is stopped") == 1
    seen = []
    for _ in range(3):
        page.keyboard.press("F6")
        seen.append(page.evaluate("document.activeElement.closest('section, main').id"))
    assert sorted(seen) == ["main", "page", "queue"]
    page.keyboard.press("Shift+F6")
    assert page.evaluate("document.activeElement.closest('section, main').id") == seen[1]


@pytest.mark.parametrize("first", ["Control+k", "?"])
def test_the_list_opens_for_the_key_right_after_esc(desk: Desk, editor: Page, first: str) -> None:
    page = at_desk(editor, desk)
    page.keyboard.press(first)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate(AT_ONCE)
    page.keyboard.press("Escape")
    box = page.get_by_role("combobox", name="Find a command, a story, a draft or an update")
    expect(box).to_be_focused()
    page.wait_for_timeout(200)  # the "close" of the dialog before it
    expect(box).to_be_focused()


def test_the_list_finds_commands_stories_and_updates_by_words_without_accents(desk: Desk, editor: Page) -> None:
    desk.post("Trains stop at Énfield")
    opened(editor, desk.newsroom)
    page = at_desk(editor, desk)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find a command, a story, a draft or an update")
    expect(box).to_be_focused()
    judged(page)
    page.keyboard.type("enfield trains")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option", name="Trains stop at Énfield")).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == page.get_by_role("option").get_attribute("id")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "queue"
    page.keyboard.press("Control+k")
    page.keyboard.type("nothing has these words")
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    box.fill("summary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Summary", exact=True)).to_be_focused()
    # what was chosen lately comes first
    page.keyboard.press("Control+k")
    found = page.get_by_role("dialog", name="Commands").get_by_role("option")
    expect(found.first).to_have_text(re.compile("^Summary"))
    for place in range(2):
        page.keyboard.press("ArrowDown")
        expect(found.nth(place)).to_have_attribute("aria-selected", "true")


def test_a_key_is_given_away_refused_where_it_is_taken_and_given_back(desk: Desk, editor: Page) -> None:
    page = opened(editor, desk.newsroom, "settings/")
    row = page.get_by_role("listitem").filter(has=page.get_by_text("Next in the list", exact=True))
    change = row.get_by_role("button", name="Change")
    change.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("k")
    expect(page.get_by_text("K is “Previous in the list”")).to_be_visible()
    page.keyboard.press("Control+w")
    expect(page.get_by_text("The browser needs this key.")).to_be_visible()
    page.keyboard.press("x")
    expect(row.locator("kbd")).to_have_text("X")
    at_desk(page, desk)
    page.locator("#page").focus()
    page.keyboard.press("j")
    assert focused(page) == ""
    page.keyboard.press("x")
    assert focused(page) == "Three"
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys").get_by_text("X", exact=True)).to_be_visible()
    opened(page, desk.newsroom, "settings/")
    page.get_by_role("button", name="All keys as delivered").click()
    page.get_by_label("Keys of one letter or sign, outside of text fields").uncheck()
    at_desk(page, desk)
    page.locator("#page").focus()
    page.keyboard.press("j")
    assert focused(page) == ""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_a_tone_for_what_arrives_in_one_tab_and_never_for_what_was_there(desk: Desk, editor: Page) -> None:
    def file(id: str) -> None:
        root = f"/stories/{desk.slug}/drafts/{id}"
        newsroom = desk.newsroom
        newsroom.ask("PUT", root, {"text": f"From the harbour: {id}."}, role="owner", **{"If-None-Match": "*"})
        newsroom.ask("POST", f"{root}/file", role="owner")

    file("afirstone1")
    pages = [editor, editor.context.new_page()]
    for page in pages:
        page.add_init_script(TONES)
        at_desk(page, desk)
        expect(page.locator("#queue [data-row]")).to_have_count(1)
    assert sum(page.evaluate("tones") for page in pages) == 0
    file("asecondone")
    for page in pages:
        expect(page.locator("#queue [data-row]")).to_have_count(2)
    editor.wait_for_function("tones > 0")
    assert [page.evaluate("tones") for page in pages] == [2, 0]
    opened(editor, desk.newsroom, "settings/")
    editor.get_by_label("A soft tone when a reporter’s draft arrives").uncheck()
    pages[1].close()
    at_desk(editor, desk)
    expect(editor.locator("#queue [data-row]")).to_have_count(2)
    file("athirdone1")
    expect(editor.locator("#queue [data-row]")).to_have_count(3)
    assert editor.evaluate("tones") == 0
