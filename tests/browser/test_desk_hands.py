"""The desk under somebody's hands: what one writes is in sight, and nothing else comes under the mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.writer import PATIENCE_MS, Writer, draft, until

LOWEST = """() => {
    const caret = getSelection().getRangeAt(0).getClientRects()[0] ?? getSelection().focusNode.getBoundingClientRect()
    const over = ['.desk-foot', '.ed-tools'].map((name) => document.querySelector(name).getBoundingClientRect().top)
    return [caret.bottom, Math.min(...over, innerHeight)]
}"""
"""How far down the caret is, and where what stands over the text begins."""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_the_line_that_one_writes_is_in_sight(writer: Writer, width: int, height: int) -> None:
    page = writer.page
    page.set_viewport_size({"width": width, "height": height})
    page.get_by_label("Text", exact=True).click()
    for n in range(24):
        page.keyboard.type(f"Line {n}")
        page.evaluate("new Promise(requestAnimationFrame)")
        caret, over = page.evaluate(LOWEST)
        assert caret <= over + 1, f"line {n} is hidden: {caret} is below {over}"
        page.keyboard.press("Enter")


@pytest.mark.parametrize("there", [True, False], ids=["under the mouse", "control"])
def test_the_list_under_the_mouse_stays_when_somebody_files(writer: Writer, there: bool) -> None:
    page, desk = writer.page, writer.desk
    drafts, filed = (page.get_by_role("tab", name=re.compile(f"^{name}")) for name in ("Drafts", "From reporters"))
    writer.write("Half written", "Some words.")
    expect(drafts).to_have_attribute("aria-selected", "true")
    if there:
        page.get_by_role("button", name="Discard").hover()
    path = f"/stories/{desk.slug}/drafts/abcdefghij"
    desk.newsroom.ask("PUT", path, {"headline": "From the train", "text": "Filed."}, **{"If-None-Match": "*"})
    desk.newsroom.ask("POST", f"{path}/file")
    expect(filed).to_contain_text("1")
    expect(drafts if there else filed).to_have_attribute("aria-selected", "true")


def test_after_publishing_the_next_headline_is_ready_and_typing_takes_the_word_away(writer: Writer) -> None:
    page = writer.page
    writer.write("Pumps arrive", "Two lorries.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Published.", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_label("Headline")).to_be_focused()
    page.keyboard.type("The next")
    expect(page.get_by_text("Published.", exact=True)).to_have_count(0)
    expect(page.get_by_label("Headline")).to_have_value("The next")


def test_a_correction_is_asked_for_as_one_and_sent_by_the_same_keys(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    page.locator("#page [data-do=correct]").first.click()
    writer.shows("Three")
    writer.write("Three, mended")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label(re.compile("^Correction"))).to_be_focused()
    page.get_by_label("Note to readers").fill("There were three.")
    page.keyboard.press("Control+Enter")
    until(page, lambda: desk.updates()[0]["corrections"], "it is corrected")


def test_the_ends_of_a_text_are_found_beside_what_is_not_written_in(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    quote = {"type": "blockquote", "attrs": {"speaker": "Ann Reed"}, "content": [paragraph("We left at nine.")]}
    body = {"type": "doc", "content": [paragraph("First."), quote]}
    path = f"/stories/{desk.slug}/drafts/abcdefghij"
    desk.newsroom.ask("PUT", path, {"headline": "Quoted", "body": body}, **{"If-None-Match": "*"})
    page.locator("#queue").get_by_role("button", name="Open").click()
    writer.shows("Quoted")
    ends(page, "Control+Home", "One. ", "Control+End", " Two.")
    ends(page, "Control+a", "", "ArrowRight", " Three.")
    found = until(page, lambda: "Three." in str(draft(desk, "Quoted")) and draft(desk, "Quoted"), "it is pushed")
    assert found["text"] == "One. First.\n\nWe left at nine. Two. Three.\n\n— Ann Reed"


def paragraph(words: str) -> dict[str, object]:
    return {"type": "paragraph", "content": [{"type": "text", "text": words}]}


def ends(page: Page, first: str, some: str, then: str, more: str) -> None:
    page.get_by_label("Text", exact=True).focus()
    for key, words in ((first, some), (then, more)):
        page.keyboard.press(key)
        page.keyboard.type(words)
