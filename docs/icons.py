"""Draw the desk's icons: `python docs/icons.py`. The drawing is here; Chromium makes pictures of it, as of a page."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ICONS = Path(__file__).parents[1] / "src" / "standfirst" / "static" / "dist" / "icons"
INK, PAPER, LIVE = "#15171a", "#fbfaf7", "#e0313b"
LINES = "M3 6h26v4H3zM3 14h17v3H3zM3 20h17v3H3zM3 26h11v3H3z"
"""The mark of favicon.svg, 32 units wide: a headline, lines beneath it, and what is live."""


def drawing(share: float, radius: float) -> str:
    """The mark on ink, as wide as `share` of the whole; `radius` of its corners, in units of 32."""
    edge = 32 * (1 - share) / 2
    place = f"translate({edge:g} {edge - 1.5 * share:g}) scale({share:g})"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="{radius:g}" '
        f'fill="{INK}"/><g transform="{place}"><path fill="{PAPER}" d="{LINES}"/>'
        f'<circle fill="{LIVE}" cx="25.5" cy="20" r="3.5"/></g></svg>\n'
    )


ROUND = drawing(0.72, 6)
FULL = drawing(0.56, 0)
"""Without corners, the mark within the circle that systems cut out."""
PICTURES = {
    "desk-192.png": (ROUND, 192),
    "desk-512.png": (ROUND, 512),
    "desk-mask-512.png": (FULL, 512),
    "desk-180.png": (drawing(0.64, 0), 180),
}


def main() -> None:
    """Write them all."""
    ICONS.mkdir(exist_ok=True)
    (ICONS / "desk.svg").write_text(ROUND, encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = browser.new_page()
        for name, (svg, size) in PICTURES.items():
            _take(page, svg, size, ICONS / name)
        browser.close()


def _take(page: Page, svg: str, size: int, to: Path) -> None:
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(f"<style>body{{margin:0;background:transparent}}svg{{display:block;width:100vw}}</style>{svg}")
    page.screenshot(path=to, omit_background=True)


if __name__ == "__main__":
    main()
