"""What a reader is promised of every page: small, from here alone, no cookie, nothing that runs uninvited."""

import gzip
import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

import standfirst
from tests.browser.newsroom import Desk
from tests.browser.reading import reached, read

HTML, CSS, SCRIPT = 20_480, 6_144, 4_096
"""Bytes after gzip -9."""
IDS = ("toast", "say", "updates", "offline", "since", "livectl", "head", "summary", "pinned", "closing")
"""Elements that the script looks for."""
KEPT_WORDS = (
    "one",
    "other",
    "since",
    "since-key",
    "left",
    "offline",
    "stale",
    "reload",
    "list",
    "live",
    "paused",
    "copied",
)
"""Words that it says, as `data-t-…` on the body."""
WORDS = (Path(standfirst.__file__).parent / "story" / "story.py").read_text().split()
"""Prose enough for bodies that do not compress like a refrain."""


@pytest.fixture
def twenty(desk: Desk) -> Desk:
    """A story with twenty updates of about ninety words."""
    for n in range(17):
        words = WORDS[n * 40 : n * 40 + 90]
        desk.post(
            " ".join(words[:9]), text="\n\n".join(" ".join(words[k : k + 30]) for k in (0, 30, 60)), key=n % 3 == 0
        )
    return desk


def packed(body: bytes) -> int:
    return len(gzip.compress(body, 9, mtime=0))


def test_page_style_and_script_are_within_their_budgets(twenty: Desk) -> None:
    html = httpx.get(twenty.url, trust_env=False)
    style = "".join(re.findall(r"<style>(.*?)</style>", html.text, re.S))
    script = httpx.get(twenty.newsroom.url + re.findall(r'<script src="([^"]+)"', html.text)[0], trust_env=False)
    assert html.text.count('<article class="up') == 20
    assert packed(html.content) <= HTML
    assert 1000 < packed(style.encode()) <= CSS
    assert 1000 < packed(script.content) <= SCRIPT
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_page_asks_nobody_else_and_keeps_no_cookie_and_breaks_no_rule(twenty: Desk, page: Page) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    read(page, twenty)
    id = twenty.post("Twenty-one")
    twenty.edit(id, mode="correction", note="It was the north wall.", text="The north wall.")
    reached(page, twenty)
    page.locator("#toast").click()
    page.goto(f"{twenty.url}/updates/{id}")
    page.goto(twenty.newsroom.url)
    assert [url for url in asked if not url.startswith(twenty.newsroom.url)] == []
    assert page.context.cookies() == []
    assert said == []


def test_the_rules_hold_a_foreign_script_off(twenty: Desk, page: Page) -> None:
    """The control: what the test above looks for is said when it happens."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    read(page, twenty)
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.example/pixel.gif'}))")
    with pytest.raises(Exception, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>x</b>'")
    assert any("Content Security Policy" in line for line in said)


def test_the_page_has_all_that_the_script_looks_for(desk: Desk, page: Page) -> None:
    """The contract between template and script, so that neither drifts: ids, and words in the page's language."""
    page.goto(desk.url)
    assert [id for id in IDS if page.locator(f"#{id}").count() != 1] == []
    assert [word for word in KEPT_WORDS if not page.locator("body").get_attribute(f"data-t-{word}")] == []
    for name in ("data-seq", "data-edition"):
        expect(page.locator("html")).to_have_attribute(name, re.compile(".+"))


def test_the_manifest_names_what_is_built() -> None:
    dist = Path(standfirst.__file__).parent / "static" / "dist"
    manifest = json.loads((dist / "manifest.json").read_text())
    assert [name for name in manifest.values() if not (dist / name).is_file()] == []
    assert [path.name for path in dist.glob("reader.*.js")] == [manifest["reader.js"]]
