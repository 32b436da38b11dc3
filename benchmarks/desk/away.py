"""From the publish key to another browser that has the page open."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright

from benchmarks.desk import people
from benchmarks.latency import WATCH

EACH = 60
PRESSED = """
addEventListener("keydown", (event) => {
  if (event.key === "Enter") window.pressed = performance.timeOrigin + event.timeStamp;
}, true);
"""


def measure(play: Playwright, page: Page, address: str, story: str, profile: Path) -> dict[str, Any]:  # Any: JSON
    """Milliseconds from Ctrl+Enter in `page` until the reader's page has changed, by this machine's one clock."""
    page.add_init_script(PRESSED)
    people.open_desk(page, address)
    reader = people.device(play, profile)
    open_page = reader.new_page()
    open_page.add_init_script(WATCH)
    open_page.goto(story)
    took = []
    for number in range(EACH + 5):
        before = len(open_page.evaluate("seen"))
        page.get_by_role("button", name="New update").first.click()
        people.write(page, f"Gauge at {number}", "The water stands at the second step.")
        page.keyboard.press("Control+Enter")
        people.until(open_page, f"seen.length > {before}")
        took.append(open_page.evaluate("seen")[before][1] - page.evaluate("pressed"))
    reader.close()
    return people.cuts(took[5:])  # the first are until all is warm
