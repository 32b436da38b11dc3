"""Take the README's picture from a running demo: `python docs/screenshot.py ADDRESS`, once a new update waits."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "images" / "page.png"


def main(address: str) -> None:
    """Wait for a new update, then take the first screen of a 1280-pixel window."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(address)
        page.wait_for_selector("#toast:not([hidden])", timeout=120_000)
        page.wait_for_function("document.fonts.ready")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
