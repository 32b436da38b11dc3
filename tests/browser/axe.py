"""axe-core in a page: what it finds wrong, in every look of the page or in the one that it has."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDTHS = (1280, 390)
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that look at colours: no other can find more in the dark."""
_RUN = """(given) => axe.run(given.within || document, given.options).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`))"""


def violations(page: Page, *, within: str = "", rules: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with the page as it is, or with what is `within` an element; by these `rules`, or by all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    return list(page.evaluate(_RUN, {"within": within, "options": options}))


def everywhere(page: Page) -> list[str]:
    """What is wrong on a desktop and on a phone, light and dark."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of the two
            rules = COLOURS if scheme == "dark" else ()
            found += [f"{width} {scheme}: {one}" for one in violations(page, rules=rules)]
    return found
