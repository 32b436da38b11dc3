"""Somebody who writes: signed in at a story's desk, with a sheet open in Chromium."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.newsroom import Desk

PASTE = """(text, [html, plain]) => {
  const data = new DataTransfer();
  if (html) data.setData("text/html", html);
  if (plain) data.setData("text/plain", plain);
  text.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
THERE = """async ([slug, headlines]) => {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(`/api/v1/stories/${slug}/drafts?limit=100`);
    const found = answer.ok ? (await answer.json()).drafts.filter((draft) => headlines.includes(draft.headline)) : [];
    if (headlines.every((headline) => found.some((draft) => draft.headline === headline))) return found;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error("the server does not have them");
}"""


class Sheet:
    """The Write pane of a story's desk."""

    def __init__(self, page: Page, desk: Desk) -> None:
        self.page, self.desk = page, desk
        page.goto(f"{desk.newsroom.door}/desk/story/{desk.slug}/")
        expect(self.headline).to_be_visible()

    @property
    def headline(self) -> Locator:
        return self.page.get_by_role("textbox", name="Headline")

    @property
    def text(self) -> Locator:
        return self.page.get_by_role("textbox", name="Text", exact=True)

    @property
    def tools(self) -> Locator:
        return self.page.get_by_role("toolbar", name="Formatting")

    def begin(self) -> None:
        """An empty sheet, the caret in its text."""
        if self.text.inner_text().strip() or self.headline.input_value():
            self.page.get_by_role("button", name="New update", exact=True).first.click()
            expect(self.headline).to_have_value("")
        expect(self.text).to_have_text(re.compile(r"^\s*$"))
        self.text.focus()

    def type(self, words: str) -> None:
        """By the keyboard; a line break is Enter."""
        self.page.keyboard.type(words)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def paste(self, html: str = "", plain: str = "") -> None:
        """What the browser does when somebody pastes this. The first mark-up may wait for what cleans it."""
        self.text.evaluate(PASTE, [html, plain])

    def kept(self, *headlines: str) -> dict[str, Any]:
        """The bodies of these drafts, as soon as the server has them all."""
        found = self.page.evaluate(THERE, [self.desk.slug, list(headlines)])
        return {draft["headline"]: draft["body"] for draft in found}

    def body(self, headline: str) -> list[dict[str, Any]]:
        """Give the sheet this headline, so that it is known by it; its blocks as the server then has them."""
        self.headline.fill(headline)
        blocks: list[dict[str, Any]] = self.kept(headline)[headline]["content"]
        return blocks
