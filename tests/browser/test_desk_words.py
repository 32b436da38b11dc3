"""No word is lost: lost answers, two tabs, an ended session, a full disk, an old store, a death between two steps."""

import re
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Dialog, Page, Route, expect

from tests.browser.conftest import Opener
from tests.browser.desks import go
from tests.browser.evening.people import Porter
from tests.browser.newsroom import Desk
from tests.browser.writer import PATIENCE_MS, Writer, draft, drafts, headlines, until

FULL_DISK = """
const put = IDBObjectStore.prototype.put
IDBObjectStore.prototype.put = function (...given) {
  if (sessionStorage.full) throw new DOMException("no room", "QuotaExceededError")
  return put.apply(this, given)
}
"""
NO_DISK = "Object.defineProperty(window, 'indexedDB', { get: () => undefined })"
KEPT = """async () => {
  const [found] = (await indexedDB.databases()).filter(({ name }) => name?.startsWith("standfirst "))
  const asked = indexedDB.open(found.name)
  const db = await new Promise((done) => (asked.onsuccess = () => done(asked.result)))
  const all = db.transaction("drafts").objectStore("drafts").getAll()
  const drafts = await new Promise((done) => (all.onsuccess = () => done(all.result)))
  db.close()
  return drafts
}"""
OLD_STORE = """async ([person, story, id]) => {
  const asked = indexedDB.open(`standfirst ${person}`, 1)
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("drafts", { keyPath: "id" }).createIndex("story", "story")
    asked.result.createObjectStore("waiting", { keyPath: "place", autoIncrement: true })
  }
  const db = await new Promise((done) => (asked.onsuccess = () => done(asked.result)))
  const change = db.transaction(["drafts", "waiting"], "readwrite")
  const draft = (id, headline, text) => ({ id, story, words: { headline, text, key: true },
    base: 0, changes: 3, sent: 0, changed: 1795000000000, refused: "" })
  change.objectStore("drafts").put(draft(id, "From the old desk", "One line.\\nAnother.\\n\\nA second paragraph."))
  change.objectStore("drafts").put(draft("oldwaiting", "It waited", "Words that waited."))
  change.objectStore("waiting").put({ key: crypto.randomUUID(), kind: "publish", story, draft: "oldwaiting",
    words: { headline: "It waited", text: "Words that waited.", key: false }, asked: 1795000000000 })
  await new Promise((done) => (change.oncomplete = done))
  db.close()
}"""


class Person:
    """An editor with a browser of their own."""

    def __init__(self, desk: Desk, opener: Opener, porter: Porter) -> None:
        self.desk, self.porter = desk, porter
        self.email = porter.person("editor", "Ida Berg")
        self.context = opener(service_workers="block")
        self.sign_in()

    def sign_in(self) -> None:
        self.context.add_cookies([self.porter.cookie(self.email)])  # type: ignore[list-item]  # as playwright has it

    def writer(self) -> Writer:
        return Writer(self.context, self.desk)


@pytest.fixture
def person(desk: Desk, opener: Opener, porter: Porter) -> Person:
    return Person(desk, opener, porter)


def lose_answers(page: Page, what: re.Pattern[str], method: str, times: int) -> list[str]:
    """The server does what is asked, and nobody hears of it; gives the keys that came with each request."""
    keys: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != method:
            return route.fallback()
        keys.append(route.request.headers.get("idempotency-key", ""))
        if len(keys) > times:
            return route.fallback()
        route.fetch()
        return route.abort()

    page.route(what, lose)
    return keys


def asked_to_sign_in(page: Page) -> None:
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible(timeout=PATIENCE_MS)
    frame = page.frame_locator("iframe[title='Sign in']")
    expect(frame.get_by_role("heading").first).to_be_visible(timeout=PATIENCE_MS)  # it took the old cookie away


def test_a_push_whose_answer_is_lost_is_no_conflict(person: Person) -> None:
    writer = person.writer()
    lost = lose_answers(writer.page, re.compile(r"/drafts/[a-z0-9]{10}$"), "PUT", 2)
    for n in range(1, 4):
        writer.write(f"The tide, {n}", f"It rose {n} times.")
        until(writer.page, lambda n=n: len(lost) >= min(n, 2), "the words were sent")  # type: ignore[misc]
    until(writer.page, lambda: draft(person.desk, "The tide, 3"), "the last words are pushed")
    writer.no_conflict()
    assert len(drafts(person.desk)) == 1
    assert len(lost) > 2


def test_a_publication_whose_answer_is_lost_happens_once(person: Person) -> None:
    writer = person.writer()
    keys = lose_answers(writer.page, re.compile("/publish$"), "POST", 1)
    writer.write("The bridge is shut", "To lorries.")
    writer.publish()
    until(writer.page, lambda: len(keys) >= 2, "it was asked again")
    expect(writer.page.get_by_text("Published.").first).to_be_attached(timeout=PATIENCE_MS)
    assert len(set(keys)) == 1
    assert headlines(person.desk).count("The bridge is shut") == 1
    writer.no_conflict()


def test_killed_between_the_answer_and_its_note(person: Person) -> None:
    """The server has published; the page dies before it can write that down. The next asks with the same key."""
    writer = person.writer()
    keys: list[str] = []

    def hold(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()  # and never answers

    writer.page.route("**/publish", hold)
    writer.write("The harbour is open", "Since noon.")
    writer.publish()
    until(writer.page, lambda: "The harbour is open" in headlines(person.desk), "the server did it")
    writer.page.close()

    again = Writer.__new__(Writer)
    again.context, again.desk, again.page = person.context, person.desk, person.context.new_page()
    again.page.on(
        "request",
        lambda asked: keys.append(asked.headers["idempotency-key"]) if asked.url.endswith("/publish") else None,
    )
    again.open()
    until(again.page, lambda: len(keys) == 2, "it was asked again")
    expect(again.page.get_by_text("Published.").first).to_be_attached(timeout=PATIENCE_MS)
    assert keys[0] == keys[1]
    assert headlines(person.desk).count("The harbour is open") == 1
    assert draft(person.desk, "The harbour is open") is None


def test_a_draft_that_is_left_at_once_is_kept_and_a_waiting_one_can_be_taken_back(person: Person) -> None:
    writer = person.writer()
    person.context.set_offline(True)
    writer.page.get_by_label("Headline").fill("Left at once")
    writer.page.locator("[data-command=new]").click()
    writer.page.get_by_label("Headline").fill("And the next")
    writer.page.locator("[data-command=publish]").click()
    expect(writer.page.get_by_label("Headline")).to_have_value("")
    writer.page.get_by_label("Headline").fill("Typed on")
    writer.kept()
    go(writer.page, "/desk/waiting/")
    writer.page.get_by_role("listitem").filter(has_text="And the next").get_by_role("button", name="Take back").click()
    person.context.set_offline(False)
    for headline in ("Left at once", "And the next", "Typed on"):
        until(writer.page, lambda headline=headline: draft(person.desk, headline), headline)  # type: ignore[misc]
    assert headlines(person.desk) == ["Three", "Two", "One"]


def test_what_is_published_while_it_is_still_on_its_way_to_the_disk_is_there_once(person: Person) -> None:
    writer = person.writer()
    writer.page.get_by_label("Headline").evaluate(
        """(headline) => {
          for (const words of ["The gat", "The gate", "The gate is open"]) {
            headline.value = words
            headline.dispatchEvent(new InputEvent("input", { bubbles: true }))
          }
          document.querySelector("[data-command=publish]").click()
        }"""
    )
    until(writer.page, lambda: headlines(person.desk)[0] == "The gate is open", "it is published")
    expect(writer.page.locator(".desk-state")).to_contain_text("Saved")
    assert writer.page.evaluate(KEPT) == []
    assert drafts(person.desk) == []


def test_the_last_words_get_to_the_disk_before_a_newer_desk_takes_it(person: Person) -> None:
    writer = person.writer()
    writer.page.get_by_label("Headline").evaluate(
        """async (headline) => {
          const [found] = (await indexedDB.databases()).filter(({ name }) => name?.startsWith("standfirst "))
          const asked = indexedDB.open(found.name, found.version + 1)
          for (const words of ["The la", "The last wor", "The last words"]) {
            headline.value = words
            headline.dispatchEvent(new InputEvent("input", { bubbles: true }))
            await new Promise((done) => setTimeout(done))
          }
          await new Promise((done) => (asked.onsuccess = () => done(asked.result.close())))
        }"""
    )
    assert [draft["words"]["headline"] for draft in writer.page.evaluate(KEPT)] == ["The last words"]


def test_two_tabs_on_one_draft(person: Person) -> None:
    one = person.writer()
    one.write("In the first tab", "Word one.")
    two = person.writer()
    two.shows("In the first tab")
    here = two.page.get_by_role("button", name="Write here")
    expect(here).to_be_visible()
    one.write("In the first tab", "Word one, word two.")
    two.shows("In the first tab", "Word one, word two.")  # as it is written
    one.page.get_by_label("Headline").fill("In the first tab, at the last moment")
    here.click()
    two.shows("In the first tab, at the last moment")
    expect(here).to_have_count(0)
    two.write("Now in the second")
    one.shows("Now in the second")
    expect(one.page.get_by_role("button", name="Write here")).to_be_visible()
    until(two.page, lambda: draft(person.desk, "Now in the second"), "the words are pushed")
    assert len(drafts(person.desk)) == 1
    two.page.close()
    expect(one.page.get_by_role("button", name="Write here")).to_have_count(0)
    one.write("And in the first again")


def test_the_session_ends_in_the_middle_of_a_word(person: Person) -> None:
    writer = person.writer()
    writer.write("Before", "The session st")
    person.context.set_offline(True)
    person.porter.end(person.email)
    headline = writer.page.get_by_label("Headline")
    headline.fill("Before and after")
    person.context.set_offline(False)
    asked_to_sign_in(writer.page)
    expect(writer.page.get_by_text("The session st")).to_have_count(0)
    person.sign_in()
    writer.page.evaluate("new BroadcastChannel('standfirst').postMessage({ type: 'signed-in' })")
    expect(headline).to_have_value("Before and after", timeout=PATIENCE_MS)
    writer.write("Signed in again", "The session starts anew.")
    until(writer.page, lambda: draft(person.desk, "Signed in again"), "the words are pushed")
    assert len(drafts(person.desk)) == 1


def test_an_answer_of_before_the_sign_in_ends_nothing(person: Person) -> None:
    writer = person.writer()
    writer.write("Before", "The first words.")
    until(writer.page, lambda: draft(person.desk, "Before"), "the words are pushed")
    late: list[tuple[Route, APIResponse]] = []
    unasked: list[Route] = []  # who is here

    def hold(route: Route) -> None:
        answer = route.fetch()
        if answer.status != 401 or late:
            return route.fulfill(response=answer)
        late.append((route, answer))

    writer.page.route(re.compile(r"/drafts/[a-z0-9]{10}$"), hold)
    person.context.set_offline(True)
    person.porter.end(person.email)
    writer.page.get_by_label("Headline").fill("Before and after")
    writer.page.route("**/api/v1/me", lambda route: unasked.append(route) if not late else route.fallback())
    person.context.set_offline(False)
    until(writer.page, lambda: late, "the push was refused")
    for route in unasked:
        route.fallback()
    asked_to_sign_in(writer.page)
    person.sign_in()
    writer.page.evaluate("new BroadcastChannel('standfirst').postMessage({ type: 'signed-in' })")
    expect(writer.page.get_by_label("Headline")).to_have_value("Before and after", timeout=PATIENCE_MS)
    route, answer = late[0]
    with writer.page.expect_response(re.compile("/api/v1/me$")):  # whoever is refused asks who is here
        route.fulfill(response=answer)
    writer.write("Signed in again", "The session starts anew.")
    until(writer.page, lambda: draft(person.desk, "Signed in again"), "the words are pushed")
    expect(writer.page.get_by_role("dialog", name="Sign in")).to_have_count(0)


def test_a_full_disk_is_told_and_the_server_still_gets_the_words(person: Person) -> None:
    person.context.add_init_script(FULL_DISK)
    writer = person.writer()
    writer.page.evaluate("sessionStorage.full = 'yes'")
    writer.page.get_by_label("Headline").fill("There is no room")
    expect(writer.page.get_by_role("alert").filter(has_text="does not keep your words")).to_contain_text(
        "the disk is full"
    )
    until(writer.page, lambda: draft(person.desk, "There is no room"), "the words are at the server")
    with writer.page.expect_download() as got:
        writer.page.get_by_role("button", name="Download").first.click()
    assert "There is no room" in got.value.path().read_text()
    # and it recovers by itself
    writer.page.evaluate("delete sessionStorage.full")
    expect(writer.page.get_by_role("alert").filter(has_text="does not keep your words")).to_have_count(
        0, timeout=PATIENCE_MS
    )
    writer.kept()


def test_what_another_tab_keeps_while_the_disk_is_full_for_this_one(person: Person) -> None:
    person.context.add_init_script(FULL_DISK)
    one = person.writer()
    one.write("As it was", "The first words.")
    two = person.writer()
    two.shows("As it was")
    person.context.set_offline(True)
    one.page.evaluate("sessionStorage.full = 'yes'")  # of this tab alone
    one.page.get_by_label("Headline").fill("In the memory of the first")
    told = one.page.get_by_role("alert").filter(has_text="does not keep your words")
    expect(told).to_contain_text("the disk is full")
    two.page.get_by_role("button", name="Write here").click()
    two.shows("As it was")  # what the first has in memory is not there
    two.write("On the disk by the second")
    one.page.evaluate("delete sessionStorage.full")
    expect(told).to_have_count(0, timeout=PATIENCE_MS)
    assert {"In the memory of the first", "On the disk by the second"} <= {
        kept["words"]["headline"] for kept in one.page.evaluate(KEPT)
    }
    person.context.set_offline(False)
    until(two.page, lambda: draft(person.desk, "On the disk by the second"), "the words are pushed")
    until(two.page, lambda: draft(person.desk, "In the memory of the first"), "beside what was in memory")


def test_what_waits_in_memory_takes_no_place_in_the_outbox_from_another_tab(person: Person) -> None:
    person.context.add_init_script(FULL_DISK)
    one, two = person.writer(), person.writer()
    person.context.set_offline(True)
    one.page.evaluate("sessionStorage.full = 'yes'")
    for headline in ("Published in memory", "And then another"):
        one.page.get_by_label("Headline").fill(headline)
        one.publish()
        expect(one.page.get_by_label("Headline")).to_have_value("")
    told = one.page.get_by_role("alert").filter(has_text="does not keep your words")
    expect(told).to_be_visible()
    two.write("Published on the disk")
    two.publish()
    expect(two.page.get_by_label("Headline")).to_have_value("")
    one.page.evaluate("delete sessionStorage.full")
    expect(told).to_have_count(0, timeout=PATIENCE_MS)
    person.context.set_offline(False)
    until(one.page, lambda: len(headlines(person.desk)) == 6, "all are published")
    assert {"Published in memory", "Published on the disk", "And then another"} <= set(headlines(person.desk))
    newest_first = [one for one in headlines(person.desk) if one != "Published on the disk"]
    assert newest_first[:2] == ["And then another", "Published in memory"]


def test_a_browser_without_any_store_writes_and_publishes(person: Person) -> None:
    person.context.add_init_script(NO_DISK)
    writer = person.writer()
    writer.page.get_by_label("Headline").fill("In memory only")
    expect(writer.page.get_by_role("alert").filter(has_text="does not keep your words")).to_be_visible()
    until(writer.page, lambda: draft(person.desk, "In memory only"), "the words are at the server")
    writer.publish()
    until(writer.page, lambda: "In memory only" in headlines(person.desk), "it is published")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    writer.page.on("dialog", leave)
    writer.page.get_by_label("Headline").fill("Not yet anywhere")
    writer.page.close(run_before_unload=True)
    until(person.context.new_page(), lambda: asked, "the browser asks before words are lost")


def test_the_store_of_the_first_desk_is_read(person: Person) -> None:
    page = person.context.new_page()
    page.goto(f"{person.desk.newsroom.door}/healthz")
    who: dict[str, Any] = person.context.request.get(f"{person.desk.newsroom.door}/api/v1/me").json()
    page.evaluate(OLD_STORE, [who["id"], person.desk.slug, "olddraft01"])
    writer = person.writer()
    writer.shows("From the old desk", "Another.")
    expect(writer.page.get_by_label("Text", exact=True)).to_contain_text("A second paragraph.")
    found = until(writer.page, lambda: draft(person.desk, "From the old desk"), "its words are pushed")
    assert found["text"].split() == ["One", "line.", "Another.", "A", "second", "paragraph."]
    assert found["key"]
    until(writer.page, lambda: "It waited" in headlines(person.desk), "what waited goes out")
    assert headlines(person.desk).count("It waited") == 1


def test_a_page_whose_files_an_update_took_away_says_so_and_loads_anew(person: Person) -> None:
    asked: list[str] = []

    def look(route: Route) -> None:
        asked.append(route.request.method)
        route.fallback()

    def old(route: Route) -> None:
        return route.fallback() if "HEAD" in asked else route.fulfill(status=404)

    person.context.route("**/desk/settings/", look)
    person.context.route(re.compile(r"/static/desk-more\."), old)
    writer = person.writer()
    writer.write("Kept through an update")
    go(writer.page, "/desk/settings/")
    told = writer.page.get_by_role("alert").filter(has_text="could not be loaded")
    expect(told).to_be_visible()
    person.context.set_offline(True)
    told.get_by_role("button").click()
    writer.page.wait_for_timeout(300)
    expect(told).to_be_visible()  # without a network this page is better than none
    person.context.set_offline(False)
    asked.clear()
    with writer.page.expect_navigation():
        told.get_by_role("button").click()
    expect(writer.page.get_by_role("heading", name="Your settings")).to_be_visible()
    go(writer.page, f"/desk/story/{person.desk.slug}/")
    writer.shows("Kept through an update")


def test_what_was_filed_is_not_what_the_desk_opens_with(person: Person) -> None:
    writer = person.writer()
    writer.write("Filed as it is", "Whole.")
    writer.page.locator("[data-command=file]").click()
    until(writer.page, lambda: (draft(person.desk, "Filed as it is") or {}).get("state") == "filed", "it is filed")
    expect(writer.page.get_by_text("With the desk.").first).to_be_attached()
    writer.open()
    row = writer.page.get_by_role("listitem").filter(has_text="Filed as it is")
    expect(row).to_be_visible()
    expect(writer.page.get_by_label("Headline")).to_have_value("")
    row.get_by_role("button", name="Open").click()
    writer.shows("Filed as it is")
    writer.write("Filed, and mended")
    writer.open()
    writer.shows("Filed, and mended", "Whole.")
