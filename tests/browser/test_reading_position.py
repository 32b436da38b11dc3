"""What is being read does not move, whatever is published meanwhile."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.newsroom import Desk
from tests.browser.reading import reached, read

LONG = "\n\n".join(f"Paragraph {n}: the water stands a hand higher than at the last full hour." for n in range(8))
SHIFTS = """window.shifts = []; new PerformanceObserver((list) => shifts.push(...list.getEntries()))
  .observe({type: 'layout-shift', buffered: true})"""
CLS_BUDGET = 0.02

Change = Callable[[Desk, list[str]], object]
CHANGES: dict[str, Change] = {
    "edit-above": lambda desk, ids: desk.edit(ids[5], text=LONG + "\n\nAnd one more."),
    "edit-here": lambda desk, ids: desk.edit(
        ids[3], headline="Another and much longer headline " * 4, text="First.\n\n" + LONG
    ),
    "edit-below": lambda desk, ids: desk.edit(ids[1], text="Short."),
    "correct-above": lambda desk, ids: desk.edit(ids[4], mode="correction", note="The north wall.", text="Short."),
    "correct-here": lambda desk, ids: desk.edit(
        ids[3], mode="correction", note="The north wall.", text=LONG + "\n\nMore."
    ),
    "retract-above": lambda desk, ids: desk.retract(ids[4]),
    "pin": lambda desk, ids: desk.do("PUT", f"/updates/{ids[5]}/pin"),
    "key": lambda desk, ids: desk.do("PUT", f"/updates/{ids[3]}/key"),
    "summary": lambda desk, ids: desk.do("PUT", "/summary", {"known": [{"text": "The wall gave way at 04:10."}] * 3}),
    "headline": lambda desk, ids: desk.do(
        "PATCH", "", {"headline": "A very much longer headline " * 5}, **{"If-Match": "*"}
    ),
    "post": lambda desk, ids: [desk.post() for _ in range(3)],
}


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["1280", "390"])
@pytest.mark.parametrize("change", CHANGES)
def test_the_text_being_read_does_not_move(desk: Desk, page: Page, change: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    ids = [desk.post(text=LONG) for _ in range(7)]
    read(page, desk)
    # Reading in the middle of an update: its headline is out of sight.
    place = page.locator(f"#u-{ids[3]} .body").get_by_text("Paragraph 3:")
    place.evaluate("(p) => scrollBy({top: p.getBoundingClientRect().top - 120, behavior: 'instant'})")
    before = place.bounding_box()
    CHANGES[change](desk, ids)
    reached(page, desk)
    after = place.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 1


def test_a_toast_that_is_pressed_far_down_shows_the_new_and_nothing_shifts(desk: Desk, page: Page) -> None:
    page.add_init_script(SHIFTS)
    ids = [desk.post(text=LONG) for _ in range(7)]
    read(page, desk)
    page.locator(f"#u-{ids[1]} .body p").nth(4).scroll_into_view_if_needed()
    for n in range(10):
        id = desk.post(f"New {n}", text=LONG, key=n % 3 == 0)
        desk.edit(ids[4 + n % 3], headline=f"Edited {n}", text=LONG + f"\n\nEdit {n}")
        if n % 2:
            desk.edit(id, mode="correction", note="The north wall.", text=LONG + "\n\nMore.")
    reached(page, desk)
    page.locator("#toast").click()
    assert page.locator("#updates .up").count() == 20
    assert shifted(page) <= CLS_BUDGET


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["1280", "390"])
def test_opening_and_ten_inserts_at_the_top_shift_nothing(desk: Desk, page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(SHIFTS)
    desk.do("PUT", "/summary", {"known": [{"text": "The wall gave way at 04:10."}] * 3})
    read(page, desk)
    for n in range(10):
        desk.post(f"New {n}", text=LONG)
        reached(page, desk)
        page.locator("#toast").click()
    assert page.locator("#updates .up").count() == 13
    assert shifted(page) <= CLS_BUDGET


def test_the_measure_sees_a_shift(desk: Desk, page: Page) -> None:
    """The control: what the two tests above would look like if an update pushed the page down."""
    page.add_init_script(SHIFTS)
    read(page, desk)
    page.evaluate("document.querySelector('main').style.paddingTop = '300px'")
    assert shifted(page) > CLS_BUDGET


def shifted(page: Page) -> float:
    """Layout shift so far, added up over the whole visit; the standard counts its worst five seconds only."""
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(go))))")
    return float(page.evaluate("shifts.filter((s) => !s.hadRecentInput).reduce((sum, s) => sum + s.value, 0)"))
