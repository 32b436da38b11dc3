"""Pages in a real browser whose connections are cut anywhere: no number is left out, and in the end each is as fresh.

Chromium opens no more than six connections to a host, and a stream is one: so the pages share many addresses of this
machine's loopback, four to each, and all their streams are open at once.
"""

import random
import subprocess
import sys
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.newsroom import Desk
from tests.browser.reading import read
from tests.browser.test_same_as_fresh import COMMANDS, NORMAL, fresh

SEED = 20260301
A_HOST = 4
PATIENCE_MS = 240_000
"""A page whose tries failed again and again waits for up to minutes, as it should."""

RELOAD = "This page has changed: reload it"

WATCH = """
  window.numbers = [];
  addEventListener('DOMContentLoaded', () => {
    const page = document.documentElement;
    numbers.push(Number(page.dataset.seq));
    new MutationObserver((changes) => {
      for (const { oldValue } of changes.slice(1)) numbers.push(Number(oldValue));
      numbers.push(Number(page.dataset.seq));
    }).observe(page, { attributes: true, attributeFilter: ['data-seq'], attributeOldValue: true });
  });
"""


class Chaos:
    """A chaos proxy before a server's port, on every address of the loopback. It begins calm."""

    def __init__(self, port: int, life: float, reach: int) -> None:
        command = [sys.executable, "-m", "tests.chaos", str(port), str(SEED), str(life), str(reach), "0.0.0.0"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._line())
        self.tell("calm")

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        assert self._line() == f"{word}\n"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def close(self) -> str:
        """What it did."""
        return self._process.communicate()[0]


def gaps(numbers: list[int]) -> list[str]:
    """Where a page's numbers leave one out, or come again."""
    return [f"{after} follows {before}" for before, after in pairwise(numbers) if after != before + 1]


def follow(opener: Opener, desk: Desk, *, count: int, rounds: int, life: float, watch: str = WATCH) -> list[list[int]]:
    """Open pages, write to the story while their connections are cut, and compare each with a fresh one.

    Gives the numbers that each page had.
    """
    chance = random.Random(SEED)
    chaos = Chaos(desk.newsroom.port, life, 40_000)
    context = opener()
    context.add_init_script(watch)
    try:
        pages = [context.new_page() for _ in range(count)]
        for number, page in enumerate(pages):
            page.goto(f"http://127.0.0.{2 + number // A_HOST}:{chaos.port}/{desk.slug}")
        chaos.tell("chaos")
        ids = desk.ids()[::-1]
        kinds = list(COMMANDS)
        for n in range(rounds):
            COMMANDS[chance.choice(kinds) if n % 2 else "post"](desk, ids, chance)
            pages[n % count].wait_for_timeout(100)
        chaos.tell("calm")
        desk.post("The last")
        with fresh(pages[0]) as opened:
            read(opened, desk)
            expected = opened.evaluate(NORMAL)
        return [_compare(page, desk, expected) for page in pages]
    finally:
        print(f"seed {SEED}: {chaos.close()}")


def _compare(page: Page, desk: Desk, expected: list[str]) -> list[int]:
    """The numbers that the page had. One that missed more than the edge gives at once has to load again, and does."""
    toast = page.get_by_text(RELOAD, exact=True).first
    arrived = page.locator(f"html[data-seq='{desk.seq}']")
    expect(arrived.or_(toast).first).to_be_attached(timeout=PATIENCE_MS)
    numbers: list[int] = page.evaluate("numbers")
    if numbers[-1] != desk.seq:
        page.reload()
    page.evaluate("document.getElementById('toast').hidden || document.getElementById('toast').click()")
    assert page.evaluate(NORMAL) == expected, f"seed {SEED}: after entry {desk.seq}"
    return numbers


def check(histories: list[list[int]], desk: Desk) -> None:
    assert [gaps(numbers) for numbers in histories if gaps(numbers)] == []
    to_the_end = [numbers for numbers in histories if numbers[-1] == desk.seq]
    assert all(len(numbers) > 10 for numbers in to_the_end)
    assert len(to_the_end) >= 0.8 * len(histories), "most pages are patched all the way"


def test_pages_whose_connections_are_cut_anywhere_end_as_fresh_ones(desk: Desk, opener: Opener) -> None:
    check(follow(opener, desk, count=5, rounds=20, life=1.0), desk)


@pytest.mark.soak
def test_a_hundred_pages_whose_connections_are_cut_anywhere_end_as_fresh_ones(desk: Desk, opener: Opener) -> None:
    check(follow(opener, desk, count=100, rounds=60, life=5.0), desk)


def test_control_a_page_that_leaves_a_number_out_is_found_out(desk: Desk, opener: Opener) -> None:
    page = opener().new_page()
    page.add_init_script(WATCH)
    read(page, desk)
    for seq in (5, 6, 8):
        page.evaluate("(n) => { document.documentElement.dataset.seq = n }", seq)
    page.evaluate("() => { for (const n of [9, 11]) document.documentElement.dataset.seq = n }")
    assert gaps(page.evaluate("numbers")) == ["8 follows 6", "11 follows 9"]
