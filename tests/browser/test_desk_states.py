"""Every state of every screen of the desk: accessible by axe at both widths, light and dark; never wider than the
window at 320 px, nor with text twice as large.
"""

import itertools
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.axe import WIDTHS, everywhere
from tests.browser.conftest import Opener
from tests.browser.desk_states import LONG, STATES, desk_of
from tests.browser.evening.people import Porter
from tests.browser.newsroom import Desk, Newsroom, story
from tests.browser.test_states import too_wide

SHOTS = os.environ.get("STANDFIRST_SHOTS", "")
"""A folder for pictures of every state, to look at."""


@pytest.fixture(scope="module")
def owner(porter: Porter) -> str:
    return porter.person("owner", "Ida Berg")


@pytest.fixture(scope="module")
def full(newsroom: Newsroom) -> Desk:
    """A story with something in every list."""
    desk = story(newsroom, "desk-states", topic="Coast", zone="Europe/London", bylines=["Ada Trew", "Bo Lind"])
    first, second, third = desk.ids()
    desk.edit(third, headline=f"{LONG} again")
    desk.edit(first, mode="correction", note="It was the north wall.", text="The north wall gave way.")
    desk.do("PUT", f"/updates/{first}/pin")
    desk.do("PUT", f"/updates/{second}/key")
    desk.retract(desk.post(LONG, key=True, tags=["harbour", "rail"], bylines=["Ada Trew"]))
    desk.do("PUT", "/summary", {"known": [{"text": "The wall gave way."}], "unconfirmed": [{"text": "The ferry."}]})
    for n, then in enumerate(("", "file", "return", "schedule")):
        path = f"/stories/{desk.slug}/drafts/states{n}aaa"
        words = {"headline": f"{LONG} {n}", "text": "Hundreds wait at the quay.\n\nMore follows.", "tags": ["harbour"]}
        newsroom.ask("PUT", path, words, role="owner", **{"If-None-Match": "*"})
        if then in ("file", "return"):
            newsroom.ask("POST", f"{path}/file", role="owner")
        if then == "return":
            newsroom.ask("POST", f"{path}/return", {"note": "Who says so?"}, role="owner")
        if then == "schedule":
            newsroom.ask("PUT", f"{path}/schedule", {"at": "2038-03-02T09:00:00Z", "embargo": True}, role="owner")
    return desk


@pytest.fixture
def page(opener: Opener, porter: Porter, owner: str) -> Page:
    context = opener(reduced_motion="reduce", service_workers="block")
    context.add_cookies([porter.cookie(owner)])  # type: ignore[list-item]  # as playwright has it
    return context.new_page()


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(full: Desk, page: Page, state: str) -> None:
    STATES[state](page, full)
    assert everywhere(page) == []
    for width, scheme in itertools.product(WIDTHS if SHOTS else (), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        page.screenshot(path=Path(SHOTS) / f"{re.sub('[^a-z]+', '-', state)}-{width}-{scheme}.png")


@pytest.mark.parametrize(
    "state", [pytest.param(state, marks=[pytest.mark.soak] * (n % 3 > 0)) for n, state in enumerate(STATES)]
)
def test_nothing_is_wider_than_the_window(full: Desk, page: Page, state: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    STATES[state](page, full)
    assert too_wide(page) == []
    page.set_viewport_size({"width": 640, "height": 700})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert too_wide(page) == []


def test_axe_finds_what_is_wrong(full: Desk, page: Page) -> None:
    """The control."""
    desk_of(page, full)
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    assert any("color-contrast" in one for one in everywhere(page))


def test_axe_finds_what_is_wrong_in_the_dark_alone(full: Desk, page: Page) -> None:
    """The control of what is judged by its colours alone."""
    desk_of(page, full)
    page.evaluate("document.querySelector('h1').style.color = '#222'")
    assert {one.split(": ")[0] for one in everywhere(page)} == {"1280 dark", "390 dark"}


def test_the_measure_sees_what_is_too_wide(full: Desk, page: Page) -> None:
    """The control."""
    desk_of(page, full)
    page.evaluate("document.querySelector('h1').style.cssText = 'min-width: 2000px'")
    assert too_wide(page) != []
