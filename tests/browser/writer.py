"""Somebody at the desk in Chromium, with a session of their own, and what the server has of their story."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.newsroom import Desk, Newsroom
from tests.browser.newsroom import story as opened

SAVED = re.compile("Saved")
PATIENCE_MS = 20_000
"""For what goes over the network, with all pauses between tries."""


class Writer:
    """The Write pane of one page, by what a person sees of it."""

    def __init__(self, context: BrowserContext, desk: Desk) -> None:
        self.context, self.desk = context, desk
        self.page = context.new_page()
        self.open()

    @property
    def url(self) -> str:
        return f"{self.desk.newsroom.door}/desk/story/{self.desk.slug}/"

    def open(self) -> None:
        self.page.goto(self.url)
        expect(self.page.get_by_label("Headline")).to_be_visible()

    def write(self, headline: str, text: str = "") -> None:
        """Replaces what stands there. Returns when the page says that it is kept."""
        self.page.get_by_label("Headline").fill(headline)
        if text:
            self.page.get_by_label("Text", exact=True).fill(text)
        self.kept()

    def kept(self) -> None:
        expect(self.page.locator(".desk-state")).to_contain_text(re.compile("Saved|Offline|Sending"))
        self.page.evaluate(SETTLED, self.page.get_by_label("Headline").input_value())

    def shows(self, headline: str, text: str = "") -> None:
        expect(self.page.get_by_label("Headline")).to_have_value(headline, timeout=PATIENCE_MS)
        if text:
            expect(self.page.get_by_label("Text", exact=True)).to_contain_text(text)

    def publish(self) -> None:
        self.page.locator("[data-command=publish]").click()

    def choose(self, choice: str) -> None:
        """In the dialog of a conflict, with "minor" where it asks how readers are told."""
        button = self.page.locator(f"[data-choice={choice}]")
        expect(button).to_be_visible(timeout=PATIENCE_MS)
        button.click()
        told = self.page.get_by_role("button", name="Publish mine as an edit")
        if choice == "mine" and self.page.get_by_label("Minor edit").is_visible():
            told.click()
        expect(self.page.locator("[data-choice]")).to_have_count(0)

    def no_conflict(self) -> None:
        expect(self.page.locator("[data-choice]")).to_have_count(0)


SETTLED = """async (headline) => {
  const [found] = (await indexedDB.databases()).filter(({ name }) => name?.startsWith("standfirst "))
  const db = await new Promise((done, failed) => {
    const asked = indexedDB.open(found.name)
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error)
  })
  const all = () => new Promise((done) => {
    const asked = db.transaction("drafts").objectStore("drafts").getAll()
    asked.onsuccess = () => done(asked.result)
  })
  for (let tries = 0; tries < 200; tries++) {
    if ((await all()).some((draft) => draft.words.headline === headline)) return db.close()
    await new Promise((done) => setTimeout(done, 25))
  }
  db.close()
  throw new Error("not on the disk: " + headline)
}"""
"""Resolves when the disk has a draft with this headline: the page is not asked."""


def until(page: Page, found: Callable[[], Any], what: str) -> Any:  # Any: what was found
    """Ask the server until it says so."""
    for _ in range(PATIENCE_MS // 100):
        answer = found()
        if answer:
            return answer
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {what}")


def drafts(desk: Desk, state: str = "") -> list[dict[str, Any]]:
    query = f"&state={state}" if state else ""
    found: list[dict[str, Any]] = desk.newsroom.ask("GET", f"/stories/{desk.slug}/drafts?limit=100{query}")["drafts"]
    return found


def draft(desk: Desk, headline: str, state: str = "") -> dict[str, Any] | None:
    """The draft with this headline, as the server has it."""
    return next((one for one in drafts(desk, state) if one["headline"] == headline), None)


def filed(desk: Desk, headline: str) -> None:
    """Somebody else files a draft to the desk."""
    path = f"/stories/{desk.slug}/drafts/filedfiled"
    desk.newsroom.ask("PUT", path, {"headline": headline, "text": "Filed."}, **{"If-None-Match": "*"})
    desk.newsroom.ask("POST", f"{path}/file")


def headlines(desk: Desk) -> list[str]:
    """Of the page, newest first."""
    return [update["headline"] for update in desk.updates()]


def a_story(newsroom: Newsroom, name: str) -> Desk:
    return opened(newsroom, name)
