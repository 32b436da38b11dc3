"""What the reader script makes of a browser's memory, words, links and tabs: alone, against the faked edge."""

import pytest

from tests.browser.conftest import Opener
from tests.browser.harness import Reader

KEPT = "localStorage.setItem('standfirst:/flood', {!r})"
BODY = "document.addEventListener('readystatechange', () => Object.assign(document.body.dataset, {}), {{ once: true }})"


@pytest.fixture
def reader(opener: Opener) -> Reader:
    return Reader(opener())


@pytest.mark.parametrize(
    "kept", ["2031-03-02T09:02:00Z", "2031-03-02T09:02:00Z then", " ", "2031-03-02T09:02:00Z 1e99"]
)
def test_a_broken_bookmark_keeps_no_page_from_following(reader: Reader, kept: str) -> None:
    reader.page.add_init_script(KEPT.format(kept))
    reader.open().insert("u-a4")
    assert reader.page.locator("#since").is_hidden()
    assert reader.shown()[0] == "u-a4"


def test_a_whole_bookmark_is_told_in_the_readers_zone_where_the_storys_is_unknown(reader: Reader) -> None:
    reader.page.add_init_script(KEPT.format("2031-03-02T09:02:00Z 1930212000000"))
    reader.page.add_init_script(BODY.format({"zone": "Marrow/Old_Town"}))
    reader.open()
    assert "1 new update since you left at" in reader.page.locator("#since").inner_text()
    assert not reader.errors


@pytest.mark.parametrize(
    ("spoken", "told"),
    [("pl", "5 aktualizacji"), ("en", "# new updates"), ("no such tag", "# new updates")],
)
def test_numbers_take_the_forms_of_the_language_of_the_pages_words(reader: Reader, spoken: str, told: str) -> None:
    reader.page.add_init_script(BODY.format({"spoken": spoken, "tMany": "# aktualizacji"}))
    reader.open()
    for number in range(4, 9):
        reader.insert(f"u-a{number}")
    assert reader.page.locator("#toast").inner_text() == told.replace("#", "5")
    assert not reader.errors


CLICK = """(given) => {
  const link = document.createElement("a");
  link.href = given.href;
  document.querySelector("main").prepend(link);
  const click = new MouseEvent("click", { bubbles: true, cancelable: true, ...given });
  const seen = (event) => { link.dataset.ours = event.defaultPrevented; event.preventDefault() };
  addEventListener("click", seen, { once: true });
  link.dispatchEvent(click);
  return link.dataset.ours === "true";
}"""


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({"href": "#u-a4"}, True),
        ({"href": "https://other.example/flood#u-a4"}, False),
        ({"href": "/flood/page/1#u-a4"}, False),
        ({"href": "#u-a4", "ctrlKey": True}, False),
        ({"href": "#u-a4", "metaKey": True}, False),
        ({"href": "#u-a4", "shiftKey": True}, False),
    ],
)
def test_only_a_plain_click_on_a_link_of_this_page_shows_what_waits(reader: Reader, given: object, ours: bool) -> None:
    reader.open().insert("u-a4")
    assert reader.page.evaluate(CLICK, given) is ours
    assert ("u-a4" in reader.ids()) is ours


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_tab_that_let_go_takes_up_again_even_if_the_clock_says_too_soon(reader: Reader) -> None:
    reader.open()
    reader.page.evaluate(HIDE, True)
    reader.pass_time(60)
    # The system's clock was set back: by it the tab was away for a moment only.
    reader.page.clock.set_system_time("2031-03-02T11:59:59Z")
    reader.page.evaluate(HIDE, False)
    reader.insert("u-a4")
    assert reader.shown()[0] == "u-a4"
    assert len(reader.asked()) == 2


def test_a_tab_that_was_away_for_a_moment_keeps_its_stream(reader: Reader) -> None:
    reader.open()
    reader.page.evaluate(HIDE, True)
    reader.pass_time(30)
    reader.page.evaluate(HIDE, False)
    reader.insert("u-a4")
    assert reader.shown()[0] == "u-a4"
    assert len(reader.asked()) == 1
