"""Every state of the reader's pages: accessible by axe, within the window, and at home with itself alone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import everywhere, violations
from tests.browser.conftest import Opener
from tests.browser.newsroom import Desk, Newsroom, story
from tests.browser.reading import reached, read

State = Callable[[Page, Desk], object]


@pytest.fixture(scope="module")
def rich(newsroom: Newsroom) -> Desk:
    """A story that has everything a page can show."""
    desk = story(newsroom, "rich", topic="Coast", zone="Europe/London", bylines=["Ada Trew", "Bo Lind"])
    ids = [
        desk.post(
            f"Report {n} from the harbour",
            key=n % 4 == 0,
            kind=["report", "analysis", "picture"][n % 3],
            tags=[["harbour"], ["rail", "school"]][n % 2],
            bylines=["Ada Trew"],
        )
        for n in range(40)
    ]
    everything: list[dict[str, Any]] = [
        {"type": "paragraph", "content": [_text("Strong", "strong"), _text(" and "), _text("stressed", "em")]},
        {"type": "heading", "attrs": {"level": 2}, "content": [_text("What the harbour master says")]},
        {"type": "bullet_list", "content": [_item("One"), _item("Two")]},
        {"type": "ordered_list", "content": [_item("First"), _item("Second")]},
        {
            "type": "blockquote",
            "attrs": {"speaker": "Cy Rowe", "role": "Harbour master"},
            "content": [_paragraph("Stay inside.")],
        },
        {
            "type": "article_card",
            "attrs": {"url": "https://news.example/a", "title": "How the wall was built", "label": "Opinion"},
        },
        {"type": "divider"},
        {"type": "paragraph", "content": [{**_text("The tide table"), "marks": [_link("https://news.example/tide")]}]},
    ]
    desk.edit(ids[-1], body={"type": "doc", "content": everything})
    desk.edit(ids[-2], mode="correction", note="It was the north wall.", text="The north wall.")
    desk.retract(ids[-3])
    desk.retract(ids[-4])
    desk.do("POST", f"/updates/{ids[-4]}/erase", role="owner")
    desk.do("PUT", f"/updates/{ids[-8]}/pin")
    points = [{"text": "The wall gave way at 04:10.", "update": ids[-5]}] * 5
    desk.do("PUT", "/summary", {"known": points, "unconfirmed": [{"text": "That the ferry is adrift."}]})
    return desk


def open_details(page: Page, desk: Desk) -> None:
    read(page, desk)
    for summary in page.locator("#summary summary:visible").all():
        summary.click()


def toast(page: Page, desk: Desk) -> None:
    read(page, desk)
    desk.post("One more report")
    expect(page.locator("#toast")).to_be_visible()


def inserted(page: Page, desk: Desk) -> None:
    toast(page, desk)
    page.locator("#toast").click()


def since(page: Page, desk: Desk) -> None:
    page.add_init_script(f"localStorage.setItem('standfirst:/{desk.slug}', '2020-01-01T00:00:00Z 1577836800000')")
    read(page, desk)
    expect(page.locator("#since")).to_be_visible()


def paused(page: Page, desk: Desk) -> None:
    read(page, desk)
    page.locator("#livectl").click()


def offline(page: Page, desk: Desk) -> None:
    read(page, desk)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()


def ended(page: Page, desk: Desk) -> None:
    over = story(desk.newsroom, "over")
    over.do("PUT", "/status", {"status": "ended"})
    read(page, over)


def turned(page: Page, desk: Desk) -> None:
    """Coverage has just ended: its new order is offered."""
    over = story(desk.newsroom, "just-over")
    read(page, over)
    over.do("PUT", "/status", {"status": "ended"})
    expect(page.locator("#toast")).to_be_visible()


def empty(page: Page, desk: Desk) -> None:
    read(page, desk.newsroom.open("nothing-yet", status="scheduled", starts="2031-03-02T09:00:00Z"))


def at(path: str) -> State:
    return lambda page, desk: page.goto(desk.url + path.format(*desk.ids()[:8]))


STATES: dict[str, State] = {
    "open": open_details,
    "toast": toast,
    "inserted": inserted,
    "since": since,
    "paused": paused,
    "offline": offline,
    "ended": ended,
    "turned": turned,
    "empty": empty,
    "page": at("/page/1"),
    "key-events": at("/key-events"),
    "kind": at("/kind/analysis"),
    "tag": at("/tag/harbour"),
    "corrections": at("/corrections"),
    "update": at("/updates/{0}"),
    "index": lambda page, desk: page.goto(desk.newsroom.url),
    "nothing": at("/no-such-page"),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(rich: Desk, opener: Opener, state: str) -> None:
    page = opener(reduced_motion="reduce").new_page()
    STATES[state](page, rich)
    assert everywhere(page) == []


def test_axe_finds_what_is_wrong(rich: Desk, page: Page) -> None:
    """The control."""
    read(page, rich)
    page.evaluate("document.querySelector('h1').style.color = document.querySelector('#toast').ariaLabel = '#ddd'")
    assert any("color-contrast" in one for one in violations(page))


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_wider_than_the_window(rich: Desk, page: Page, state: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    STATES[state](page, rich)
    assert too_wide(page) == []
    page.set_viewport_size({"width": 640, "height": 700})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert too_wide(page) == []


def test_the_measure_sees_what_is_too_wide(rich: Desk, page: Page) -> None:
    """The control."""
    read(page, rich)
    page.evaluate("document.querySelector('h1').style.cssText = 'width: 2000px; max-width: none'")
    assert "H1" in too_wide(page)[0]


@pytest.mark.parametrize("language", ["ar", "he"])
def test_a_page_from_right_to_left(newsroom: Newsroom, opener: Opener, language: str) -> None:
    desk = newsroom.open(f"rtl-{language}", language=language, headline="انهيار الجدار البحري", zone="Asia/Beirut")
    for n in range(3):
        desk.post(f"انهيار {n}", text="المياه لا تزال ترتفع في الميناء.", key=True)
    page = opener(reduced_motion="reduce", viewport={"width": 390, "height": 844}).new_page()
    read(page, desk)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    desk.post("انهيار", text="المياه.")
    reached(page, desk)
    assert too_wide(page) == []
    assert violations(page) == []
    heading, window = page.locator("h1").bounding_box(), page.viewport_size
    assert heading
    assert window
    assert heading["x"] + heading["width"] > window["width"] - 40
    page.locator("#toast").click()
    expect(page.locator("#updates h3").first).to_be_focused()


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways; nothing if it does not."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
          .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
          .map((e) => `${e.tagName} ${e.id || e.className}`)"""
    )


def _text(text: str, mark: str = "") -> dict[str, Any]:
    return {"type": "text", "text": text, **({"marks": [{"type": mark}]} if mark else {})}


def _paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [_text(text)]}


def _item(text: str) -> dict[str, Any]:
    return {"type": "list_item", "content": [_paragraph(text)]}


def _link(href: str) -> dict[str, Any]:
    return {"type": "link", "attrs": {"href": href}}
