"""What the desk offers to whom: nothing that the server would refuse, and all that it would do."""

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.desks import go
from tests.browser.evening.people import Porter
from tests.browser.newsroom import Desk
from tests.browser.writer import PATIENCE_MS, Writer, draft, filed, until

ROW = ["edit", "correct", "pin", "key", "more", "tags", "withdraw", "history"]
DETAILS = ["Key event", "Pin to top", "Schedule", "Tags", "Byline", "Kind", "Happened"]
OTHERS = ["more", "history"]
NAMES = "(all) => all.map((one) => one.dataset.command)"
PLAIN = ["Tags", "Byline", "Kind", "Happened"]


@pytest.fixture
def theirs(desk: Desk) -> str:
    """The headline of an update that somebody else published."""
    desk.do("POST", "/updates", {"headline": "The dyke broke", "text": "At noon."})
    return "The dyke broke"


def somebody(opener: Opener, porter: Porter, email: str) -> BrowserContext:
    context = opener(service_workers="block")
    context.add_cookies([porter.cookie(email)])  # type: ignore[list-item]  # as playwright has it
    return context


def row(page: Page, headline: str) -> Locator:
    return page.locator("#page [data-row]").filter(has=page.get_by_role("heading", name=headline))


def offered(row: Locator) -> list[str]:
    """What can be done with a row, by name."""
    row.locator("[data-do=more]").click()
    return row.locator("[data-do]").evaluate_all("(all) => all.map((one) => one.dataset.do)")  # type: ignore[no-any-return]  # JSON


@pytest.mark.parametrize(
    ("role", "publishes", "acts", "details", "command"),
    [
        ("owner", False, ROW, DETAILS, "publish"),
        ("editor", False, ROW, DETAILS, "publish"),
        ("reporter", True, OTHERS, ["Schedule", *PLAIN], "publish"),
        ("reporter", False, OTHERS, PLAIN, "file"),
    ],
    ids=["owner", "editor", "reporter who publishes", "reporter"],
)
def test_what_is_offered(
    desk: Desk,
    opener: Opener,
    porter: Porter,
    theirs: str,
    role: str,
    publishes: bool,
    acts: list[str],
    details: list[str],
    command: str,
) -> None:
    page = Writer(somebody(opener, porter, porter.person(role, "Tom Vale", publishes=publishes)), desk).page
    expect(row(page, theirs)).to_be_visible()
    assert offered(row(page, theirs)) == acts
    assert page.get_by_role("group", name="Details").get_by_role("button").all_inner_texts() == details
    assert page.locator(".desk-foot [data-command]:has(kbd)").evaluate_all(NAMES) == [command]


def test_who_publishes_mends_what_is_their_own(desk: Desk, opener: Opener, porter: Porter, theirs: str) -> None:
    writer = Writer(somebody(opener, porter, porter.person("reporter", "Tom Vale", publishes=True)), desk)
    page = writer.page
    writer.write("Pumps arive", "Two lorries have reached the wall.")
    writer.publish()
    own = row(page, "Pumps arive")
    expect(own).to_be_visible()
    assert offered(own) == ["edit", *OTHERS]
    expect(row(page, theirs).locator("[data-do=edit]")).to_have_count(0)
    own.locator("[data-do=edit]").click()
    writer.shows("Pumps arive")
    writer.write("Pumps arrive")
    page.get_by_role("button", name="Publish the change").click()
    told = page.get_by_role("dialog", name="How should readers be told?")
    expect(told.get_by_label(re.compile("^Correction"))).to_have_count(0)
    told.get_by_role("button", name="Publish the change").click()
    until(page, lambda: [line["headline"] for line in desk.updates()][:2] == ["Pumps arrive", theirs], "it is mended")
    expect(row(page, "Pumps arrive").locator("[data-do=edit]")).to_be_visible()


def test_a_role_that_is_given_or_taken_shows_at_once(desk: Desk, opener: Opener, porter: Porter, theirs: str) -> None:
    email = porter.person("reporter", "Tom Vale")
    writer = Writer(somebody(opener, porter, email), desk)
    page = writer.page
    publish = page.locator("[data-command=publish]")
    writer.write("Half a sen")
    expect(publish).to_have_count(0)
    for role, may in (("editor", 1), ("reporter", 0)):
        porter.change_role(email, role)
        expect(publish).to_have_count(may, timeout=PATIENCE_MS)
        writer.shows("Half a sen")
        desk.post(f"Posted to an {role}")  # and the desk goes on hearing
        expect(row(page, f"Posted to an {role}")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("role", ["viewer", "moderator"])
def test_who_writes_nothing_reads_what_is_on_the_page(desk: Desk, opener: Opener, porter: Porter, role: str) -> None:
    context = somebody(opener, porter, porter.person(role, "Vera Vale"))
    page = context.new_page()
    page.goto(f"{desk.newsroom.door}/desk/story/{desk.slug}/")
    expect(page.locator("main [data-row]")).to_have_count(3)
    expect(page.get_by_text("You may read this story, and write nothing in it.")).to_be_visible()
    expect(page.get_by_label("Headline")).to_have_count(0)
    expect(page.locator("#queue")).to_have_count(0)
    desk.post("The wall holds")
    expect(page.get_by_role("heading", name="The wall holds")).to_be_visible(timeout=PATIENCE_MS)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("heading", name="The wall holds")).to_be_visible()
    panes = page.get_by_role("navigation", name="Panes").get_by_role("button")
    expect(panes).to_have_text(["On the page", "More"])


def test_a_draft_that_is_sent_back_is_told_while_one_writes_another(desk: Desk, opener: Opener, porter: Porter) -> None:
    writer = Writer(somebody(opener, porter, porter.person("reporter", "Rita Low")), desk)
    page = writer.page
    page.set_viewport_size({"width": 390, "height": 844})
    writer.write("The mill")
    page.locator("[data-command=file]").click()
    there = until(page, lambda: draft(desk, "The mill", "filed"), "it is filed")
    writer.write("The bridge")
    desk.newsroom.ask("POST", f"/stories/{desk.slug}/drafts/{there['id']}/return", {"note": "Which mill?"})
    expect(page.get_by_text("Sent back: The mill")).to_be_visible(timeout=PATIENCE_MS)
    writer.shows("The bridge")
    page.get_by_role("button", name="Open it").click()
    writer.shows("The mill")
    banners = page.locator(".desk-banner")
    expect(banners).to_have_text("Sent back: Which mill?")
    page.locator("[data-command=file]").click()
    expect(banners).to_have_count(0)


def test_drafts_that_one_may_read_no_longer_go(desk: Desk, opener: Opener, porter: Porter) -> None:
    email = porter.person("editor", "Dan Moe")
    filed(desk, "A source says")
    page = Writer(somebody(opener, porter, email), desk).page
    rows = page.locator("#queue [data-row]")
    expect(rows).to_contain_text("A source says")
    porter.change_role(email, "reporter")
    expect(rows).to_have_count(0, timeout=PATIENCE_MS)
    page.reload()
    expect(page.locator("#page [data-row]")).to_have_count(3)
    expect(rows).to_have_count(0)


def test_a_story_that_one_may_see_no_longer_says_so(desk: Desk, opener: Opener, porter: Porter) -> None:
    context = somebody(opener, porter, porter.person("editor", "Dan Moe"))
    page = context.new_page()
    page.goto(f"{desk.newsroom.door}/desk/story/no-such-story/")
    expect(page.get_by_role("alert")).to_contain_text("no-such-story")


def test_a_session_that_ended_is_noticed_by_every_screen(desk: Desk, opener: Opener, porter: Porter) -> None:
    context = somebody(opener, porter, porter.person("editor", "Una Ash"))
    page = context.new_page()
    page.goto(f"{desk.newsroom.door}/desk/settings/")
    expect(page.get_by_role("heading", name="Your settings")).to_be_visible()
    context.clear_cookies()
    go(page, "/desk/")
    dialog = page.get_by_role("dialog", name="Sign in")
    expect(dialog).to_be_visible(timeout=PATIENCE_MS)
    dialog.get_by_role("heading").click()
    for _ in range(4):  # the browser lets one Esc be refused, not two
        page.keyboard.press("Escape")
        expect(dialog).to_be_visible()
