"""How each state of the desk's screens is come to: by what a person does there."""

import itertools
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.newsroom import Desk

State = Callable[[Page, Desk], object]

LONG = "The harbour master’s report on the north wall, which nobody had read before the night of the flood"
PATIENCE_MS = 20_000
_EVENINGS = itertools.count()


def at(path: str, shows: str = "main, [role=main]") -> State:
    """The screen at this address below the story's desk; from "/" on: of the whole desk."""

    def go(page: Page, desk: Desk) -> None:
        base = f"{desk.newsroom.door}/desk/"
        page.goto(base + (path[1:] if path.startswith("/") else f"story/{desk.slug}/{path}"))
        expect(page.locator(shows).first).to_be_visible()

    return go


def desk_of(page: Page, desk: Desk) -> None:
    at("")(page, desk)
    expect(page.get_by_label("Headline")).to_be_visible()


def pane(page: Page, name: str) -> None:
    """On a narrow screen one pane is shown at a time."""
    button = page.get_by_role("navigation", name="Panes").get_by_role("button", name=re.compile(f"^{name}"))
    if button.is_visible():
        button.click()


def queue(name: str) -> State:
    def go(page: Page, desk: Desk) -> None:
        desk_of(page, desk)
        pane(page, "Queue")
        page.get_by_role("tab", name=re.compile(f"^{name}")).click()
        expect(
            page.get_by_role("tabpanel").get_by_role("heading", name=re.compile("^The harbour")).first
        ).to_be_visible()

    return go


def send_back(page: Page, desk: Desk) -> None:
    queue("From reporters")(page, desk)
    page.get_by_role("button", name="Send back").first.click()
    expect(page.get_by_label(re.compile("^What should"))).to_be_visible()


def written(page: Page, desk: Desk, headline: str = LONG) -> None:
    desk_of(page, desk)
    page.get_by_label("Headline").fill(headline)
    page.get_by_label("Text").click()
    page.keyboard.type("Hundreds wait at the quay. ")
    expect(page.locator(".desk-state")).to_contain_text("Saved")


def panel(name: str) -> State:
    def go(page: Page, desk: Desk) -> None:
        written(page, desk)
        page.get_by_role("group", name="Details").get_by_role("button", name=re.compile(f"^{name}")).click()
        expect(page.locator(".desk-panel")).to_be_visible()

    return go


def slash_menu(page: Page, desk: Desk) -> None:
    written(page, desk)
    page.keyboard.press("Enter")
    page.keyboard.type("/")
    expect(page.get_by_role("listbox")).to_be_visible()


def insert_dialog(page: Page, desk: Desk) -> None:
    written(page, desk)
    page.keyboard.press("Alt+/")
    expect(page.get_by_role("dialog")).to_be_visible()


def on_the_page(page: Page, desk: Desk) -> None:
    desk_of(page, desk)
    pane(page, "On the page")
    page.locator(".desk-page").get_by_role("button", name="More").nth(1).click()


def withdraw(page: Page, desk: Desk) -> None:
    on_the_page(page, desk)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("dialog", name="Withdraw this update")).to_be_visible()


def tags(page: Page, desk: Desk) -> None:
    on_the_page(page, desk)
    page.locator(".desk-page").get_by_role("button", name="Tags").click()


def correcting(page: Page, desk: Desk) -> None:
    desk_of(page, desk)
    pane(page, "On the page")
    page.get_by_role("button", name="Correct", exact=True).first.click()
    expect(page.get_by_label("Headline")).not_to_have_value("")
    page.get_by_label("Headline").press("End")
    page.keyboard.type(", again")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog", name="How should readers be told?")).to_be_visible()


def preview(page: Page, desk: Desk) -> None:
    written(page, desk)
    page.get_by_role("button", name="Preview").click()
    expect(page.frame_locator("iframe").get_by_role("heading", name=re.compile("The harbour")).first).to_be_visible(
        timeout=PATIENCE_MS
    )


def conflict(page: Page, desk: Desk) -> None:
    """Somebody else wrote the draft while this device was offline."""
    mine = f"{LONG} tonight {next(_EVENINGS)}"
    written(page, desk, mine)
    newsroom, path = desk.newsroom, f"/stories/{desk.slug}/drafts"
    drafts: list[dict[str, str]] = []
    for _ in range(100):
        drafts = newsroom.ask("GET", path, role="owner")["drafts"]
        if any(one["headline"] == mine for one in drafts):
            break
        page.wait_for_timeout(100)
    id = next(one["id"] for one in drafts if one["headline"] == mine)
    page.context.set_offline(True)
    newsroom.ask(
        "PUT", f"{path}/{id}", {"headline": mine, "text": "Thousands wait."}, role="owner", **{"If-Match": "*"}
    )
    page.get_by_label("Text").press("End")
    page.keyboard.type("They wait since noon.")
    page.context.set_offline(False)
    expect(page.get_by_role("button", name=re.compile("^Keep both"))).to_be_visible(timeout=PATIENCE_MS)


def offline(page: Page, desk: Desk) -> None:
    written(page, desk)
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".desk-state")).to_contain_text("Offline")


def waiting(page: Page, desk: Desk) -> None:
    offline(page, desk)
    page.locator("a.desk-state").click()
    expect(page.get_by_role("heading", name="Waiting to send")).to_be_visible()


def empty(page: Page, desk: Desk) -> None:
    desk_of(page, desk.newsroom.open("desk-empty"))


def signed_out(page: Page, desk: Desk) -> None:
    page.context.clear_cookies()
    page.goto(f"{desk.newsroom.door}/desk/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def session_over(page: Page, desk: Desk) -> None:
    desk_of(page, desk)
    page.context.clear_cookies()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()


def palette(page: Page, desk: Desk) -> None:
    desk_of(page, desk)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()


def keys(page: Page, desk: Desk) -> None:
    desk_of(page, desk)
    page.locator("body").press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def more(page: Page, desk: Desk) -> None:
    desk_of(page, desk)
    pane(page, "More")
    button = page.get_by_role("banner").get_by_role("button", name="More")
    if button.is_visible():
        button.click()
    expect(page.get_by_role("navigation", name="Story").first).to_be_visible()


def history(page: Page, desk: Desk) -> None:
    newest = next(one["id"] for one in desk.updates() if one["changed"] and not one["retraction"])
    at(f"update/{newest}/")(page, desk)
    expect(page.get_by_role("heading").first).to_be_visible()


STATES: dict[str, State] = {
    "stories": at("/"),
    "open a story": at("/open/", "form"),
    "desk": desk_of,
    "from reporters": queue("From reporters"),
    "drafts": queue("Drafts"),
    "scheduled": queue("Scheduled"),
    "send back": send_back,
    "written": written,
    **{f"write: {name}": panel(name) for name in ("Schedule", "Tags", "Byline", "Kind", "Happened")},
    "slash menu": slash_menu,
    "insert": insert_dialog,
    "on the page": on_the_page,
    "tags of an update": tags,
    "withdraw": withdraw,
    "correcting": correcting,
    "conflict": conflict,
    "preview": preview,
    "history": history,
    "versions of a draft": at("draft/states0aaa/"),
    "summary": at("summary/"),
    "schedule": at("schedule/"),
    "story settings": at("settings/"),
    "waiting": waiting,
    "nothing waits": at("/waiting/"),
    "your settings": at("/settings/"),
    "palette": palette,
    "keys": keys,
    "more": more,
    "signed out": signed_out,
    "session over": session_over,
    "offline": offline,
    "empty": empty,
}
