"""A virtual screen reader in the page: what somebody hears who works the desk by keyboard. Keys are Chromium's own."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

FRONTEND = Path(__file__).parents[3] / "frontend"
REQUIRED = os.environ.get("STANDFIRST_TEST_NODE") == "required"
_ENTRY = 'import { virtual } from "@guidepup/virtual-screen-reader"; window.heard = virtual;'
_TIMES = (
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "hh:mm:ss"),
    (re.compile(r"\b\d\d:\d\d\b"), "hh:mm"),
)


_SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"
_HEARD = "(said) => heard.spokenPhraseLog().then((log) => log.some((one) => one.includes(said)))"
TRIES = 200
_PASSING = re.compile(r"|(polite|assertive): (Sending.*)?")
"""What is heard or not, by how fast the machine is."""


@cache
def script() -> str:
    """The screen reader as one script. Skips by name where there is no Node, or fails if there has to be one."""
    tool = FRONTEND / "node_modules" / ".bin" / "esbuild"
    if shutil.which("node") is None or not (FRONTEND / "node_modules/@guidepup/virtual-screen-reader").is_dir():
        remedy = "needs Node and @guidepup/virtual-screen-reader: run `npm ci` in frontend/"
        pytest.fail(remedy) if REQUIRED else pytest.skip(remedy)
    command = [tool, "--bundle", "--format=iife", "--log-level=error", "--define:process.env.NODE_ENV='test'"]
    done = subprocess.run(command, input=_ENTRY, cwd=FRONTEND, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Ears:
    """Begins to listen. `lines`: what was done, and below it what was heard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lines: list[str] = []
        page.add_script_tag(content=script())
        page.evaluate("heard.start({ container: document.body })")
        self._hear("The desk opens")

    def press(self, key: str, until: str = "") -> None:
        """A key, and what is heard; `until` this is."""
        self.page.keyboard.press(key)
        for _ in range(TRIES if until else 0):
            if self.page.evaluate(_HEARD, until):
                break
            self.page.wait_for_timeout(100)
        self._hear(key)
        assert until in "".join(self.lines)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)
        self._hear(f"(types) {words}")

    def _hear(self, what: str) -> None:
        self.page.evaluate(_SETTLED)
        heard: list[str] = self.page.evaluate(
            "async () => { const log = await heard.spokenPhraseLog(); await heard.clearSpokenPhraseLog(); return log; }"
        )
        said = (_timeless(one) for one in heard if not _PASSING.fullmatch(one))
        self.lines += [what, *dict.fromkeys(f"    {one}" for one in said)]


def _timeless(words: str) -> str:
    for pattern, instead in _TIMES:
        words = pattern.sub(instead, words)
    return words
