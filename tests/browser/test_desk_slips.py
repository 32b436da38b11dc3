"""What hands do of themselves, and must not do harm: they go on typing, and press the key that they always press."""

import re

from playwright.sync_api import expect

from tests.browser.desks import go
from tests.browser.writer import PATIENCE_MS, Writer, draft, filed, headlines, until


def test_who_types_on_while_their_draft_is_published_loses_no_word(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    writer.write("The mill", "It begins.")
    there = until(page, lambda: draft(desk, "The mill"), "it is pushed")
    page.get_by_label("Text", exact=True).click()
    page.keyboard.press("Control+End")
    desk.newsroom.ask("POST", f"/stories/{desk.slug}/drafts/{there['id']}/publish")
    words = " ".join(f"w{n}" for n in range(45))
    page.keyboard.type(f" {words}", delay=40)
    dialog = page.get_by_role("dialog", name="This was published while you were writing")
    expect(dialog).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.type(" and on", delay=40)  # the title has the focus: no key presses a button
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Your version")).to_contain_text(words)
    dialog.get_by_role("button", name="Choose later").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Text", exact=True)).to_contain_text(words)
    assert headlines(desk).count("The mill") == 1


def test_who_types_while_the_draft_is_opened_once_more_sees_their_letters(writer: Writer) -> None:
    page = writer.page
    writer.write("The mill")
    page.get_by_role("tab", name=re.compile("^Drafts")).click()
    page.evaluate(BUSY_DISK)
    page.locator("#queue [data-do=open]").first.click()
    page.get_by_label("Headline").fill("The mill burns")
    page.evaluate("window.rest()")
    page.get_by_label("Headline").press("End")
    page.keyboard.type(" down", delay=40)
    writer.shows("The mill burns down")
    writer.kept()


def test_ctrl_enter_in_a_panel_does_what_the_panel_is_for(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    filed(desk, "Filed by somebody")
    writer.write("For later", "Not now.")
    page.get_by_role("button", name="Schedule", exact=True).click()
    page.get_by_label(re.compile("^Embargo")).check()
    page.get_by_label("Time (24 h)").first.fill("23:59")
    page.get_by_label("Date").first.fill("2099-01-01")
    page.keyboard.press("Control+Enter")
    until(page, lambda: draft(desk, "For later", "scheduled"), "it is scheduled")
    writer.write("Half a sen")
    page.locator("#queue [role=tab]").first.click()
    page.locator("#queue [data-do=return]").click()
    page.get_by_role("textbox", name=re.compile("mend")).fill("Who says so?")
    page.keyboard.press("Control+Enter")
    until(page, lambda: draft(desk, "Filed by somebody", "returned"), "it is sent back")
    first = page.locator("#page [data-row]").first
    first.locator("[data-do=more]").click()
    first.locator("[data-do=tags]").click()
    page.get_by_label("Add a tag").fill("dyke")
    page.keyboard.press("Control+Enter")
    until(page, lambda: desk.updates()[0]["tags"] == ["dyke"], "the tag is there")
    assert headlines(desk) == ["Three", "Two", "One"]
    writer.shows("Half a sen")
    page.get_by_label("Headline").press("Control+Enter")  # control
    until(page, lambda: headlines(desk)[0] == "Half a sen", "it is published")


def test_enter_in_the_list_of_commands_does_nothing_unasked(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    writer.write("Not yet")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    page.keyboard.type("publish")
    page.keyboard.press("Enter")  # control
    until(page, lambda: headlines(desk)[0] == "Not yet", "it is published")


def test_a_story_is_found_by_who_has_not_seen_the_list(writer: Writer) -> None:
    page = writer.page
    page.keyboard.press("Control+k")
    page.keyboard.type("marrow")
    expect(page.get_by_role("option", name=re.compile("sea wall at Marrow.*Story")).first).to_be_visible()


def test_a_correction_without_a_note_is_not_sent_and_says_why(writer: Writer) -> None:
    page = writer.page
    page.locator("#page [data-do=correct]").first.click()
    writer.shows("Three")
    writer.write("Three, mended")
    writer.publish()
    note = page.get_by_label("Note to readers")
    expect(note).to_have_value("")
    page.get_by_role("dialog").get_by_role("button", name="Publish the change").click()
    expect(note).to_be_focused()
    assert note.evaluate("(field) => field.validity.valueMissing")
    assert headlines(writer.desk)[0] == "Three"


def test_the_open_drafts_are_there_after_two_reloads(writer: Writer) -> None:
    page = writer.page
    for headline in ("First", "Second", "Third"):
        writer.write(headline)
        page.locator("[data-command=new]").click()
        writer.shows("")
    tabs = page.get_by_role("navigation", name="Open drafts").get_by_role("listitem")
    expect(tabs).to_have_count(4)
    for _ in range(2):
        page.reload()
        expect(tabs).to_have_count(3)
        expect(tabs.first).to_contain_text("First")


def test_words_that_were_with_the_server_are_not_called_late(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    writer.write("Written online")
    there = until(page, lambda: draft(desk, "Written online"), "it is pushed")
    desk.newsroom.ask("POST", f"/stories/{desk.slug}/drafts/{there['id']}/file")
    later = draft(desk, "Written online")
    assert later is not None
    assert later["arrived"] == there["arrived"] <= later["filed"]
    assert later["changed"] >= later["filed"]


def test_where_the_words_are_is_said_as_it_is(writer: Writer) -> None:
    page = writer.page
    writer.write("With the server")
    expect(page.get_by_text("Draft on this device and the server")).to_be_visible(timeout=PATIENCE_MS)
    page.context.set_offline(True)
    writer.write("Only here")
    expect(page.get_by_text(re.compile("^Draft on this device ·"))).to_be_visible(timeout=PATIENCE_MS)
    writer.publish()
    expect(page.get_by_text("Waits to be sent.")).to_be_visible()
    page.context.set_offline(False)
    go(page, "/desk/waiting/")
    until(page, lambda: headlines(writer.desk)[0] == "Only here", "it is published")


BUSY_DISK = """async () => {
  const [found] = (await indexedDB.databases()).filter(({ name }) => name?.startsWith("standfirst "))
  const db = await new Promise((done) => (indexedDB.open(found.name).onsuccess = (event) => done(event.target.result)))
  let busy = true
  const drafts = db.transaction("drafts", "readwrite").objectStore("drafts")
  const go = () => busy ? (drafts.count().onsuccess = go) : db.close()
  go()
  window.rest = () => (busy = false)
}"""
"""Nothing is read or written before it may rest."""
