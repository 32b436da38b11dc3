"""A desk that is opened by a browser just started, without a server."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright

from benchmarks.desk import people

ROUNDS = 10
USABLE = """
new MutationObserver((_, self) => {
  const text = document.querySelector(".desk-text[contenteditable=true]");
  if (!text || text.innerText.split(/\\s+/).length < LONG) return;
  self.disconnect();
  requestAnimationFrame(() => setTimeout(() => (window.usable = performance.now())));
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
"""When the long draft stands in the editor and the frame that shows it is done."""


def measure(play: Playwright, profile: Path, address: str) -> dict[str, Any]:  # Any: JSON
    """Milliseconds from the start of the navigation. The server must have ended."""
    took = []
    for _ in range(ROUNDS):
        context = people.device(play, profile)
        page = context.new_page()
        page.add_init_script(USABLE.replace("LONG", str(people.LONG)))
        page.goto(address)
        people.until(page, "window.usable")
        took.append(page.evaluate("usable"))
        context.close()
    return people.cuts(took)
