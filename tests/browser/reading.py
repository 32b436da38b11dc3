"""What a test does as a reader."""

from playwright.sync_api import Page, expect

from tests.browser.newsroom import Desk


def read(page: Page, desk: Desk) -> None:
    """Opens the story's page as it stands."""
    page.goto(desk.url)
    reached(page, desk)


def reached(page: Page, desk: Desk) -> None:
    """Waits until the page has applied everything that was published."""
    expect(page.locator("html")).to_have_attribute("data-seq", str(desk.seq), timeout=30_000)


def headlines(page: Page) -> list[str]:
    """The updates' headlines from the top, without the time that is there for listeners."""
    return page.locator("#updates h3").evaluate_all(
        "(all) => all.map((h) => [...h.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join('').trim())"
    )
