"""The page that was open all along is the page that is opened now: replay, in the browser, for every kind of event."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from tests.browser.newsroom import Desk
from tests.browser.reading import reached, read

# Left out: what is for machines only, what the script adds, and how it marks what is new.
NORMAL = """() => {
  const page = document.documentElement.cloneNode(true);
  page.querySelectorAll('meta, link, script, .left').forEach((e) => e.remove());
  page.querySelectorAll('#say, #offline[hidden], time[data-ago]').forEach((e) => { e.textContent = '' });
  page.querySelectorAll('.new').forEach((e) => e.classList.remove('new'));
  page.querySelectorAll('h3[tabindex]').forEach((e) => e.removeAttribute('tabindex'));
  page.querySelectorAll('#toast span, #since b, #since span').forEach((e) => { e.textContent = '' });
  page.querySelector('#since').hidden = true;
  page.querySelectorAll('[class=""]').forEach((e) => e.removeAttribute('class'));
  page.normalize();
  return page.outerHTML.replace(/\\s+/g, ' ').replace(/> </g, '><').split(/(?=<)/);
}"""


@contextmanager
def fresh(page: Page) -> Iterator[Page]:
    """A page of a reader who was never here: a browser may show its own copy, a second old, and catch up from there."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("seed", range(4))
def test_operations_give_the_page_that_a_fresh_load_gives(desk: Desk, page: Page, seed: int) -> None:
    chance = random.Random(seed)
    read(page, desk)
    ids = desk.ids()[::-1]
    kinds = list(COMMANDS)
    for round in range(4):
        for kind in chance.choices(kinds, k=14) if round else kinds:
            COMMANDS[kind](desk, ids, chance)
        reached(page, desk)
        page.evaluate("document.getElementById('toast').hidden || document.getElementById('toast').click()")
        with fresh(page) as opened:
            read(opened, desk)
            assert page.evaluate(NORMAL) == opened.evaluate(NORMAL), f"after entry {desk.seq}"


def _post(desk: Desk, ids: list[str], chance: random.Random) -> None:
    for _ in range(chance.choice([1, 1, 3, 20])):
        ids.append(
            desk.post(key=chance.random() < 0.3, kind=chance.choice(["report", "analysis", "video"]), tags=["harbour"])
        )


def _edit(desk: Desk, ids: list[str], chance: random.Random, **more: str) -> None:
    n = chance.randrange(1_000_000)
    fields = {"headline": f"Headline {n}"} if chance.random() < 0.5 else {"text": f"Words {n}.\n\nMore words."}
    desk.edit(standing(desk, ids, chance), **fields, **more)


def _status(desk: Desk, ids: list[str], chance: random.Random) -> None:
    desk.do("PUT", "/status", {"status": "paused"})
    desk.do("PUT", "/status", {"status": "ended"})
    if chance.random() < 0.5:
        _edit(desk, ids, chance)
    desk.do("POST", "/reopen")


COMMANDS = {
    "post": _post,
    "edit": _edit,
    "correct": lambda desk, ids, chance: _edit(desk, ids, chance, mode="correction", note="The north wall."),
    "retract": lambda desk, ids, chance: retract(desk, ids, chance),
    "erase": lambda desk, ids, chance: desk.do("POST", f"/updates/{retract(desk, ids, chance)}/erase", role="owner"),
    "pin": lambda desk, ids, chance: desk.do("PUT", f"/updates/{standing(desk, ids, chance)}/pin"),
    "unpin": lambda desk, ids, chance: unpin(desk, ids, chance),
    "key": lambda desk, ids, chance: desk.do("PUT", f"/updates/{standing(desk, ids, chance)}/key"),
    "unkey": lambda desk, ids, chance: desk.do("DELETE", f"/updates/{standing(desk, ids, chance)}/key"),
    "tag": lambda desk, ids, chance: desk.do(
        "PUT", f"/updates/{standing(desk, ids, chance)}/tags", {"tags": chance.sample(["harbour", "rail", "school"], 2)}
    ),
    "summary": lambda desk, ids, chance: desk.do(
        "PUT", "/summary", {"known": [{"text": f"Point {chance.random()}"}] * chance.randint(1, 5), "unconfirmed": []}
    ),
    "no-summary": lambda desk, ids, chance: desk.do("DELETE", "/summary"),
    "story": lambda desk, ids, chance: desk.do(
        "PATCH", "", {"headline": f"Headline {chance.random()}", "topic": "Coast"}, **{"If-Match": "*"}
    ),
    "status": _status,
}


def standing(desk: Desk, ids: list[str], chance: random.Random) -> str:
    """An update that is not retracted, mostly one of the last."""
    if not ids:
        ids.append(desk.post())
    return chance.choice(ids[-8:] if chance.random() < 0.7 else ids)


def retract(desk: Desk, ids: list[str], chance: random.Random) -> str:
    id = standing(desk, ids, chance)
    ids.remove(id)
    desk.retract(id)
    return id


def unpin(desk: Desk, ids: list[str], chance: random.Random) -> None:
    id = standing(desk, ids, chance)
    desk.do("PUT", f"/updates/{id}/pin")
    desk.do("DELETE", f"/updates/{id}/pin")
