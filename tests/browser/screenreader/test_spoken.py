"""What somebody hears who writes and publishes, and who corrects, without seeing the desk and without a mouse.

The expectations beside this file are what the virtual screen reader says; `pytest tests/browser/screenreader --spoken`
writes them anew, and then a person has to read them.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.evening.people import Porter
from tests.browser.newsroom import Desk, Newsroom, story
from tests.browser.screenreader.ears import Ears

HERE = Path(__file__).parent


@pytest.fixture
def ears(porter: Porter, newsroom: Newsroom, opener: Opener) -> Ears:
    """At the desk of a story with three updates, as an editor."""
    desk: Desk = story(newsroom, "spoken")
    context = opener(bypass_csp=True, reduced_motion="reduce")  # the reader is a script that no page of ours lets in
    context.add_cookies([porter.cookie(porter.person("editor", "Ida Berg"))])  # type: ignore[list-item]  # a cookie
    page = context.new_page()
    page.goto(f"{newsroom.door}/desk/story/{desk.slug}/")
    expect(page.get_by_role("link", name="Three")).to_be_visible()
    return Ears(page)


def write_and_publish(ears: Ears) -> None:
    ears.press("Tab")
    ears.press("n")
    ears.type("The ferry runs again")
    ears.press("Enter")
    ears.type("The first boat left at noon.")
    for _ in range(3):
        ears.press("Tab")
    ears.press("Control+Enter", until="Published.")


def correct(ears: Ears) -> None:
    ears.press("F6")
    while "Write" not in ears.lines[-1] and ears.page.evaluate("!document.activeElement.closest('.desk-page')"):
        ears.press("F6")
    ears.press("j")
    ears.press("c")
    ears.press("Enter")
    ears.press("Control+End")
    ears.type(" It was the north wall.")
    ears.press("Control+Enter")
    ears.press("Tab")
    ears.type("It was the north wall, not the south.")
    ears.press("Tab")
    ears.press("Enter", until="Published.")


@pytest.mark.parametrize("scene", [write_and_publish, correct])
def test_what_is_heard(ears: Ears, scene: Callable[[Ears], None], request: pytest.FixtureRequest) -> None:
    scene(ears)
    heard = "\n".join(ears.lines) + "\n"
    expected = HERE / f"{scene.__name__.replace('_', '-')}.txt"
    if request.config.getoption("--spoken"):
        expected.write_text(heard)
    assert heard == expected.read_text()


def test_control_a_button_without_a_name_is_heard_as_one(ears: Ears) -> None:
    ears.page.evaluate("document.querySelector('[data-command=preview]').textContent = ''")
    ears.page.locator("[data-command=preview]").focus()
    ears.press("Shift")
    assert "    button" in ears.lines
