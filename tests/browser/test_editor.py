"""Writing at the desk: each block by keyboard alone, menus, toolbar, dialogs; the server takes what is made."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from standfirst.story import document as d
from standfirst.story.document import parse
from tests.browser.axe import violations
from tests.browser.conftest import Opener
from tests.browser.newsroom import Desk, Newsroom
from tests.browser.sheet import Sheet
from tests.browser.test_accounts import person, sign_in
from tests.browser.test_door import watched


@pytest.fixture(scope="module")
def signed_in(newsroom: Newsroom, browser: Browser) -> Iterator[dict[str, Any]]:  # Any: playwright's own state
    context = browser.new_context(locale="en-GB")
    sign_in(context.new_page(), newsroom.door, person(newsroom, "writer"))
    yield context.storage_state()  # type: ignore[misc]
    context.close()


@pytest.fixture
def sheet(opener: Opener, signed_in: dict[str, Any], desk: Desk) -> Iterator[Sheet]:
    page = opener(storage_state=signed_in).new_page()
    complaints = watched(page)
    yield Sheet(page, desk)
    assert complaints == []


def blocks(*expected: d.Node) -> list[d.Node]:
    found: list[d.Node] = parse(d.doc(*expected))["content"]
    return found


def test_each_block_by_keyboard_alone(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("First\n## Head\n### Small\n- one\ntwo\n")
    sheet.press("Tab")
    sheet.type("inner\n")
    sheet.press("Shift+Tab")
    sheet.type("three\n\n1. first\nsecond\n\n> Said.")
    sheet.press("Enter", "Enter")
    sheet.type("---Line one")
    sheet.press("Shift+Enter", "Control+b")
    sheet.type("bold")
    sheet.press("Control+b", "Control+i")
    sheet.type("slanted")
    assert sheet.body("blocks") == blocks(
        d.paragraph("First"),
        d.heading(2, "Head"),
        d.heading(3, "Small"),
        d.bullet_list("one", [d.paragraph("two"), d.bullet_list("inner")], "three"),
        d.ordered_list("first", "second"),
        d.blockquote("Said."),
        d.divider(),
        d.paragraph("Line one", d.hard_break(), d.text("bold", "strong"), d.text("slanted", "em")),
    )


def test_the_menu_behind_a_slash(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("/")
    options = sheet.page.get_by_role("listbox", name="Blocks").get_by_role("option")
    expect(options).to_have_count(8)
    active = sheet.text.get_attribute("aria-activedescendant")
    assert sheet.page.locator(f"[id='{active}']").inner_text().startswith("Quote")
    sheet.press("ArrowDown")
    expect(sheet.page.get_by_role("option", selected=True)).to_contain_text("List")
    expect(sheet.page.get_by_role("status").filter(has_text="List, 2 of 8")).to_have_count(1)
    sheet.type("num")
    expect(options).to_have_count(1)
    sheet.press("Enter")
    sheet.type("counted\n\n/nothing of that name")
    expect(options).to_have_count(0)
    sheet.press("Enter")
    sheet.type("/")
    expect(options).to_have_count(8)
    sheet.press("Escape")
    expect(options).to_have_count(0)
    assert sheet.body("menu") == blocks(
        d.ordered_list("counted"), d.paragraph("/nothing of that name"), d.paragraph("/")
    )


def test_the_menu_as_a_dialog_gives_the_focus_back(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("Above")
    sheet.press("Alt+/")
    box = sheet.page.get_by_role("combobox", name="Block")
    expect(box).to_be_focused()
    sheet.press("Escape")
    expect(sheet.text).to_be_focused()
    sheet.press("Alt+/")
    expect(box).to_be_focused()
    sheet.type("line")
    sheet.press("Enter")
    expect(sheet.text).to_be_focused()
    expect(sheet.text.locator("hr")).to_have_count(1)
    sheet.type("Below")
    assert sheet.body("dialog") == blocks(d.paragraph("Above"), d.divider(), d.paragraph("Below"))


def test_the_toolbar_is_one_stop_and_says_what_is_on(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("words")
    sheet.press("Control+Shift+ArrowLeft")
    sheet.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    sheet.press("Alt+F10")
    bold = sheet.tools.get_by_role("button", name="Bold")
    expect(bold).to_be_focused()
    assert sheet.tools.locator("[tabindex='0']").count() == 1
    sheet.press("ArrowRight")
    expect(sheet.tools.get_by_role("button", name="Italic")).to_be_focused()
    sheet.press("ArrowLeft", "Enter")
    expect(sheet.text).to_be_focused()
    expect(bold).to_have_attribute("aria-pressed", "true")
    sheet.press("Alt+F10", "Escape")
    expect(sheet.text).to_be_focused()
    sheet.tools.get_by_role("button", name="Subheading").click()
    expect(sheet.tools.get_by_role("button", name="Subheading")).to_have_attribute("aria-pressed", "true")
    sheet.press("Control+z")
    expect(sheet.tools.get_by_role("button", name="Subheading")).to_have_attribute("aria-pressed", "false")
    assert sheet.body("toolbar") == blocks(d.paragraph(d.text("words", "strong")))
    for width in (1280, 390):
        sheet.page.set_viewport_size({"width": width, "height": 900})
        assert violations(sheet.page, within=".desk-editor") == []
        assert sheet.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_link_is_made_judged_changed_and_taken_away(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("See the gauge")
    sheet.press("Control+Shift+ArrowLeft", "Control+k")
    address = sheet.page.get_by_label("Address")
    expect(address).to_be_focused()
    for bad in ("", "javascript:alert(1)", "https://user:word@bank.example/", "data:text/html,x", "no address"):
        address.fill(bad)
        sheet.press("Enter")
        expect(address).to_have_attribute("aria-invalid", "true")
    address.fill("gauge.example/marrow")
    sheet.press("Enter")
    expect(sheet.text).to_be_focused()
    expect(sheet.text.get_by_role("link", name="gauge")).to_have_attribute("href", "https://gauge.example/marrow")
    sheet.press("ArrowRight", "ArrowLeft")
    sheet.tools.get_by_role("button", name="Link").click()
    expect(address).to_have_value("https://gauge.example/marrow")
    address.fill("mailto:quay@marrow.example")
    sheet.page.get_by_role("button", name="Change", exact=True).click()
    assert sheet.body("link") == blocks(d.paragraph("See the ", d.text("gauge", href="mailto:quay@marrow.example")))
    sheet.text.focus()
    sheet.tools.get_by_role("button", name="Link").click()
    sheet.page.get_by_role("button", name="Take the link away").click()
    assert sheet.body("no link") == blocks(d.paragraph("See the gauge"))


def test_a_quote_and_who_says_it(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("/quote")
    sheet.press("Enter")
    expect(sheet.page.get_by_role("textbox", name="Who says it")).to_be_focused()
    sheet.type("Ole Brandt")
    sheet.press("Tab")
    sheet.type("harbour master")
    sheet.press("Enter")
    expect(sheet.text).to_be_focused()
    sheet.type("It came in fast.")
    sheet.press("Enter", "Enter")
    sheet.type("Then it rained.")
    expect(sheet.text.locator("blockquote")).to_have_text("It came in fast.— Ole Brandt, harbour master")
    assert sheet.body("quote") == blocks(
        d.blockquote("It came in fast.", speaker="Ole Brandt", role="harbour master"), d.paragraph("Then it rained.")
    )
    sheet.text.get_by_role("button", name="Ole Brandt").click()
    sheet.page.get_by_role("textbox", name="Who that is").fill("")
    sheet.press("Enter")
    assert sheet.body("changed")[0] == blocks(d.blockquote("It came in fast.", speaker="Ole Brandt"))[0]


def test_a_card_needs_a_title_and_is_changed_in_place(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("/card")
    sheet.press("Enter")
    title = sheet.page.get_by_label("Title")
    expect(title).to_be_focused()
    sheet.press("Enter")
    expect(title).to_have_attribute("aria-invalid", "true")
    sheet.type("Why the wall fell")
    sheet.page.get_by_label("Address").fill("paper.example/wall")
    sheet.page.get_by_label("Label").fill("Analysis")
    sheet.press("Enter")
    expect(sheet.text).to_be_focused()
    sheet.type("Below")
    card = {"url": "https://paper.example/wall", "title": "Why the wall fell", "label": "Analysis"}
    assert sheet.body("card") == [{"type": "article_card", "attrs": card}, *blocks(d.paragraph("Below"))]
    sheet.text.get_by_role("button", name="Change card").click()
    sheet.page.get_by_label("Summary").fill("In five steps")
    sheet.page.get_by_role("button", name="Change", exact=True).click()
    assert sheet.body("changed card")[0]["attrs"] == {**card, "summary": "In five steps"}


def test_tab_moves_items_and_after_escape_leaves(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("plain")
    sheet.press("Tab")
    expect(sheet.text).not_to_be_focused()
    sheet.text.focus()
    sheet.press("Control+End", "Enter")
    sheet.type("- one\ntwo")
    sheet.press("Tab")
    expect(sheet.text).to_be_focused()
    expect(sheet.text.locator("ul ul")).to_have_count(1)
    sheet.press("Escape", "Tab")
    expect(sheet.text).not_to_be_focused()


def test_undo_and_redo(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("words")
    sheet.tools.get_by_role("button", name="List", exact=True).click()
    items = sheet.text.locator("li")
    expect(items).to_have_count(1)
    sheet.press("Control+z")
    expect(items).to_have_count(0)
    sheet.press("Control+y")
    expect(items).to_have_count(1)
    sheet.press("Home", "Backspace")
    expect(items).to_have_count(0)
    expect(sheet.text).to_have_text("words")
