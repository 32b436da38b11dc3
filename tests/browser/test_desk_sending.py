"""What is sent is what stood there when somebody said so: not less, not more, and not after it was taken back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Route, expect

from tests.browser.conftest import Opener
from tests.browser.desks import go
from tests.browser.evening.people import Porter
from tests.browser.newsroom import Desk
from tests.browser.test_desk_rights import somebody
from tests.browser.writer import PATIENCE_MS, Writer, draft, filed, headlines, until

WALL = "It has 200 metres"


@contextmanager
def held(writer: Writer, method: str, path: str) -> Iterator[list[Route]]:
    """Requests that are on their way for as long as this lasts."""
    routes: list[Route] = []
    over = False

    def hold(route: Route) -> None:
        routes.append(route) if route.request.method == method and not over else route.continue_()

    writer.context.route(re.compile(rf"/api/v1/stories/{writer.desk.slug}{path}$"), hold)
    yield routes
    over = True
    for route in routes:
        route.continue_()


def asked(writer: Writer, routes: list[Route]) -> None:
    until(writer.page, lambda: routes, "it is asked")


def waiting(writer: Writer) -> None:
    go(writer.page, "/desk/waiting/")
    writer.page.get_by_role("button", name="Take back").click()


def from_the_list(writer: Writer) -> None:
    go(writer.page, f"/desk/story/{writer.desk.slug}/")
    writer.page.get_by_role("tab", name=re.compile("^Drafts")).click()
    writer.page.locator("#queue [data-do=open]").first.click()


def test_what_is_taken_back_while_its_words_are_on_their_way_is_not_published(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    with held(writer, "PUT", r"/drafts/\w+") as routes:
        page.get_by_label("Headline").fill("Not yet")
        page.keyboard.press("Control+Enter")
        asked(writer, routes)
        waiting(writer)
        expect(page.get_by_text("Taken back. It is a draft again.")).to_be_visible()
        from_the_list(writer)
        writer.shows("Not yet")
        writer.write("Not yet, and more")
    until(page, lambda: draft(desk, "Not yet, and more"), "its words are with the server")
    assert headlines(desk) == ["Three", "Two", "One"]
    writer.shows("Not yet, and more")
    writer.publish()  # control
    until(page, lambda: headlines(desk)[0] == "Not yet, and more", "it is published")


def test_what_is_being_published_cannot_be_taken_back(writer: Writer) -> None:
    with held(writer, "POST", r"/drafts/\w+/publish") as routes:
        writer.write("At once")
        writer.publish()
        asked(writer, routes)
        waiting(writer)
        writer.page.wait_for_timeout(300)
        expect(writer.page.get_by_text("Taken back")).to_have_count(0)
    expect(writer.page.get_by_text("Too late: it was sent.")).to_be_visible(timeout=PATIENCE_MS)
    assert headlines(writer.desk)[0] == "At once"


def test_a_row_publishes_what_was_typed_last(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    filed(desk, WALL)
    page.get_by_role("tab", name=re.compile("^From reporters")).click()
    row = page.locator("#queue [data-row]", has=page.locator("#row-filedfiled"))
    expect(row).to_contain_text(WALL)
    row.locator("[data-do=open]").click()
    writer.shows(WALL)
    writer.write("It has 20 meters")
    until(page, lambda: draft(desk, "It has 20 meters"), "it is pushed")
    writer.write("It has 20 metres")
    row.locator("[data-do=publish]").click()
    until(page, lambda: len(headlines(desk)) == 4, "it is published")
    assert headlines(desk)[0] == "It has 20 metres"
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_name_that_was_not_added_yet_is_published_with_its_update(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    writer.write("Bridge closed")
    page.get_by_role("button", name="Byline", exact=True).click()
    page.get_by_label("Add a name").fill("Ann Dupont")
    page.keyboard.press("Control+Enter")
    until(page, lambda: headlines(desk)[0] == "Bridge closed", "it is published")
    assert desk.updates()[0]["bylines"] == ["Ann Dupont"]
    writer.shows("")
    expect(page.get_by_role("button", name="Byline", exact=True)).to_be_visible()  # and the next one has none


def test_the_note_of_a_correction_stays_until_readers_have_it(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    said = "An earlier version said four."
    note = page.get_by_label("Note to readers")
    correct = page.locator("#page [data-do=correct]").first
    correct.click()
    writer.shows("Three")
    writer.write("Three, mended")
    writer.publish()
    note.fill(said)
    page.get_by_role("button", name="Cancel").click()
    correct.click()  # once more
    writer.publish()
    expect(note).to_have_value(said)
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".desk-state")).to_contain_text("1 waiting")
    waiting(writer)
    expect(page.get_by_text("Taken back")).to_be_visible()
    from_the_list(writer)
    writer.shows("Three, mended")
    writer.publish()
    expect(note).to_have_value(said)
    page.context.set_offline(False)
    page.keyboard.press("Control+Enter")
    until(page, lambda: headlines(desk)[0] == "Three, mended", "it is published")
    there = desk.newsroom.ask("GET", f"/stories/{desk.slug}/updates/{desk.updates()[0]['id']}")
    assert [one["note"] for one in there["corrections"]] == [said]
    go(page, "/desk/waiting/")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download all words").click()
    assert said not in got.value.path().read_text()


def test_settings_that_are_written_on_while_they_are_saved_are_no_conflict(writer: Writer) -> None:
    page, desk = writer.page, writer.desk
    go(page, f"/desk/story/{desk.slug}/settings/")
    page.get_by_label("Headline").fill("The wall holds")
    save = page.get_by_role("button", name="Save", exact=True)
    with held(writer, "PATCH", "") as routes:
        save.click()
        asked(writer, routes)
        page.get_by_label("Standfirst").fill("Typed on.")
    expect(save).to_have_attribute("aria-disabled", "false", timeout=PATIENCE_MS)
    expect(page.get_by_label("Standfirst")).to_have_value("Typed on.")
    save.click()
    root = f"/stories/{desk.slug}"
    until(page, lambda: desk.newsroom.ask("GET", root)["standfirst"] == "Typed on.", "both are saved")
    assert desk.newsroom.ask("GET", root)["headline"] == "The wall holds"


def test_what_got_through_shortens_the_wait_for_what_follows(desk: Desk, opener: Opener, porter: Porter) -> None:
    """Three that each fail once: with waits that grow all the time the last would go out much later."""
    writer = without_chance(desk, opener, porter, "Ivo Birch")
    page, failed = writer.page, set[str]()

    def fail_once(route: Route) -> None:
        known = route.request.url in failed
        failed.add(route.request.url)
        route.continue_() if known else route.abort("connectionreset")

    writer.context.route(re.compile(r"/drafts/\w+/publish$"), fail_once)
    writer.context.route(re.compile(r"/(updates|drafts)\?"), lambda route: route.abort("connectionreset"))
    writer.context.route(re.compile(r"/stories/[\w-]+/desk$"), lambda route: None)  # nothing is heard of others
    writer.context.set_offline(True)
    for name in ("Four", "Five", "Six"):
        writer.write(name)
        writer.publish()
        writer.shows("")
    writer.context.set_offline(False)
    until(page, lambda: headlines(desk)[:3] == ["Six", "Five", "Four"], "all are published, in order")
    assert len(failed) == 3


def test_what_waits_is_sent_as_soon_as_the_newsroom_answers_anything(
    desk: Desk, opener: Opener, porter: Porter
) -> None:
    writer = without_chance(desk, opener, porter, "Ada Rowan")
    page, tries = writer.page, list[Route]()

    def fail(route: Route) -> None:
        tries.append(route)
        route.abort("connectionreset") if len(tries) < 4 else route.continue_()

    writer.context.route(re.compile(r"/drafts/\w+/publish$"), fail)
    writer.write("Four")
    writer.publish()
    for _ in range(8):
        desk.post("From elsewhere", "Its news is heard, and asked for.")
        page.wait_for_timeout(1000)
        if "Four" in headlines(desk):
            break
    assert "Four" in headlines(desk)
    assert len(tries) == 4


def without_chance(desk: Desk, opener: Opener, porter: Porter, name: str) -> Writer:
    """Every wait between tries is as short as can be, and no other."""
    context = somebody(opener, porter, porter.person("editor", name))
    context.add_init_script("Math.random = () => 0")
    return Writer(context, desk)


def test_a_desk_that_is_left_while_it_opens_holds_nothing(desk: Desk, opener: Opener, porter: Porter) -> None:
    writer = Writer(somebody(opener, porter, porter.person("editor", "Una Ash")), desk)
    page = writer.page
    writer.write("Half written")
    until(page, lambda: draft(desk, "Half written"), "it is pushed")
    page.goto(f"{desk.newsroom.door}/desk/")
    expect(page.get_by_role("link", name=re.compile("sea wall")).first).to_be_visible()
    page.evaluate(AND_BACK, f"/desk/story/{desk.slug}/")
    page.wait_for_timeout(500)
    assert page.evaluate(LOCKS) == 0
    writer.open()
    writer.shows("Half written")
    assert page.evaluate(LOCKS) == 1  # control


AND_BACK = """(story) => {
    for (const path of [story, "/desk/"]) {
        history.pushState(null, "", path);
        dispatchEvent(new PopStateEvent("popstate"));
    }
}"""
LOCKS = """async () => (await navigator.locks.query()).held.filter(({ name }) => name.includes(" draft ")).length"""
