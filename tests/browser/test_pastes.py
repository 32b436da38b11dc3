"""What is pasted into the desk, as programs really put it on the clipboard: a clean document, and nothing that runs.

`pastes/` has one file for each: mark-up (.html) or plain text (.txt), and the document that must come of it (.json).
"""
# ruff: noqa: E501  # mark-up, as it comes

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from standfirst.story.document import parse
from tests.browser.conftest import Opener
from tests.browser.newsroom import Desk, Newsroom
from tests.browser.sheet import Sheet
from tests.browser.test_accounts import person, sign_in
from tests.browser.test_door import watched

PASTES = Path(__file__).parent / "pastes"
LISTEN = """() => {
  window.ran = [];
  window.alert = window.open = (what) => { ran.push(String(what)); return null; };
  addEventListener("securitypolicyviolation", (event) => ran.push(`${event.effectiveDirective} ${event.sample}`));
}"""
COPY = """(text) => {
  const data = new DataTransfer();
  text.dispatchEvent(new ClipboardEvent("copy", {clipboardData: data, bubbles: true, cancelable: true}));
  return data.getData("text/html");
}"""
RUN = "ran.push('ran')"
HOSTILE = {
    "a script": f"<p>words</p><script>{RUN}</script>",
    "a picture's error": f"<p>words</p><img src='https://evil.example/x.png' onerror=\"{RUN}\">",
    "svg": f'<p>words</p><svg onload="{RUN}"><script>{RUN}</script><a xlink:href="javascript:{RUN}">x</a></svg>',
    "a frame": f'<p>words</p><iframe srcdoc="<script>parent.{RUN}</script>" src="https://evil.example/"></iframe>',
    "handlers and styles": f'<p style=\'background:url(https://evil.example/b)\' onclick="{RUN}" onfocus="{RUN}" autofocus tabindex=0>words</p>',
    "a style sheet": "<link rel=stylesheet href=https://evil.example/c.css><style>@import 'https://evil.example/d.css'; p{color:red}</style><p>words</p>",
    "another address": "<base href=https://evil.example/><meta http-equiv=refresh content='0;url=https://evil.example/'><p>words</p>",
    "a form": f'<form action=https://evil.example/><p>words</p><button formaction="javascript:{RUN}">go</button></form>',
    "mark-up that changes when it is written": (
        f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={RUN}&gt;"></mglyph></table></mtext></math>'
        f'<svg></p><style><a id="</style><img src=1 onerror={RUN}>"></svg><p>words</p>'
        f'<noscript><p title="</noscript><img src=1 onerror={RUN}>"></noscript>'
    ),
    "a template": f"<p>words</p><template shadowrootmode=open><img src=1 onerror={RUN}></template><div is=x-y onload={RUN}></div>",
    "what looks like our own": (
        f"<div data-standfirst data-pm-slice='0 0 []' data-card data-title='words' data-url=\"javascript:{RUN}\" onclick=\"{RUN}\" style='color:red'></div>"
        f'<p onclick="{RUN}"><a href="javascript:{RUN}">words</a></p>'
    ),
    "a slice of another schema": (
        f"<div data-pm-slice='1 1 -2 [&quot;script&quot;,{{&quot;a&quot;:1}},&quot;__proto__&quot;,null]'><p style='x:y'>words</p><script>{RUN}</script></div>"
    ),
}
DEEP = {
    "tables": "<table><tr><td>" * 1000 + "words" + "</td></tr></table>" * 1000,
    "lists": "<ul><li>" * 1000 + "words" + "</li></ul>" * 1000,
    "quotes": "<blockquote>" * 1000 + "words" + "</blockquote>" * 1000,
    "bold": "<b><i>" * 1000 + "words" + "</i></b>" * 1000,
}


@pytest.fixture(scope="module")
def signed_in(newsroom: Newsroom, browser: Browser) -> Iterator[dict[str, Any]]:  # Any: playwright's own state
    context = browser.new_context(locale="en-GB")
    sign_in(context.new_page(), newsroom.door, person(newsroom, "paster"))
    yield context.storage_state()  # type: ignore[misc]
    context.close()


@pytest.fixture
def page(opener: Opener, signed_in: dict[str, Any]) -> Page:
    return opener(storage_state=signed_in).new_page()


@pytest.fixture
def sheet(page: Page, desk: Desk) -> Iterator[Sheet]:
    complaints = watched(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield Sheet(page, desk)
    assert complaints == []
    assert [url for url in asked if desk.newsroom.door not in url] == []


def test_each_gives_the_document_that_lies_beside_it(sheet: Sheet) -> None:
    sources = sorted(path for path in PASTES.iterdir() if path.suffix in (".html", ".txt"))
    assert len(sources) >= 50
    for source in sources:
        raw = source.read_bytes().decode()
        sheet.begin()
        if source.suffix == ".html":
            sheet.paste(raw, BeautifulSoup(raw, "html.parser").get_text())
        else:
            sheet.paste("", raw)
        expect(sheet.text).to_have_text(re.compile(r"\S"))
        sheet.headline.fill(source.stem)
    found = sheet.kept(*(source.stem for source in sources))
    for source in sources:
        body = found[source.stem]
        assert body == json.loads(source.with_suffix(".json").read_text()), source.name
        assert parse(body) == body, source.name


def test_hostile_ones_run_nothing(sheet: Sheet) -> None:
    sheet.page.evaluate(LISTEN)
    for name, html in HOSTILE.items():
        sheet.begin()
        sheet.paste(html, "words")
        expect(sheet.text).to_contain_text("words")
        sheet.headline.fill(name)
    assert sheet.page.evaluate("ran") == []
    for name, body in sheet.kept(*HOSTILE).items():
        assert parse(body) == body, name
        assert "javascript:" not in json.dumps(body), name
    assert sheet.page.evaluate("ran") == []


def test_a_script_would_have_been_noticed(opener: Opener, signed_in: dict[str, Any], desk: Desk) -> None:
    """The control: where the page's policy is off and mark-up is put in as it is, it runs; and a policy is heard."""
    open_door = opener(storage_state=signed_in, bypass_csp=True).new_page()
    sheet = Sheet(open_door, desk)
    open_door.evaluate(LISTEN)
    open_door.evaluate(
        "(html) => document.body.append(document.createRange().createContextualFragment(html))", HOSTILE["a script"]
    )
    open_door.wait_for_function("ran.includes('ran')")
    sheet = Sheet(opener(storage_state=signed_in).new_page(), desk)
    sheet.page.evaluate(LISTEN)
    sheet.page.evaluate(
        "() => document.body.append(Object.assign(document.createElement('style'), {textContent: 'b{}'}))"
    )
    sheet.page.wait_for_function("ran.some((said) => said.startsWith('style-src'))")


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_nested_a_thousand_deep_stops_nothing(sheet: Sheet, kind: str) -> None:
    sheet.begin()
    sheet.type("before ")
    sheet.paste(DEEP[kind], "words")
    sheet.type(" after")
    body = sheet.body(f"deep {kind}")
    assert parse({"type": "doc", "content": body})["content"] == body
    words = sheet.text.inner_text()
    assert "before" in words
    assert "after" in words
    refused = sheet.page.get_by_role("alert").filter(has_text="Not pasted")
    assert ("words" in words) != refused.is_visible()


def test_what_is_too_large_is_refused_and_nothing_is_lost(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("What was there")
    alert = sheet.page.get_by_role("alert")
    for html, plain in (
        ("<p>" + "word " * 1_000_000 + "</p>", "word " * 1_000_000),
        ("", "word " * 20_000),
        ("<p>word</p>" * 3000, "word\n\n" * 3000),
    ):
        sheet.paste(html, plain)
        expect(alert.filter(has_text="Not pasted")).to_be_visible()
        expect(sheet.text).to_have_text("What was there")
        sheet.type("!")
        expect(alert.filter(has_text="Not pasted")).to_have_count(0)
        sheet.press("Backspace")
    assert sheet.body("kept") == [{"type": "paragraph", "content": [{"type": "text", "text": "What was there"}]}]


def test_of_words_with_too_much_around_them_the_words_are_taken(sheet: Sheet) -> None:
    sheet.begin()
    sheet.paste(f"<p>First</p><img src='data:image/png;base64,{'A' * 5_000_000}'><p>Second</p>", "First\n\nSecond")
    expect(sheet.page.get_by_role("alert").filter(has_text="Only the words")).to_be_visible()
    assert sheet.body("words") == [
        {"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in ("First", "Second")
    ]


def test_a_bare_address_links_what_is_selected(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("See the gauge")
    sheet.press("Control+Shift+ArrowLeft")
    sheet.paste("", "https://gauge.example/marrow?utm_source=x")
    link = {"type": "link", "attrs": {"href": "https://gauge.example/marrow?utm_source=x"}}
    assert sheet.body("linked") == [
        {
            "type": "paragraph",
            "content": [{"type": "text", "text": "See the "}, {"type": "text", "text": "gauge", "marks": [link]}],
        }
    ]


def test_copied_here_is_the_same_there(sheet: Sheet) -> None:
    sheet.begin()
    sheet.type("## Head\n- one\ntwo\n\n> said")
    sheet.press("Enter", "Enter")
    sheet.tools.get_by_role("button", name="Card").click()
    sheet.page.get_by_label("Title").fill("Another article")
    sheet.page.get_by_label("Address").fill("https://paper.example/a")
    sheet.press("Enter")
    expect(sheet.text).to_contain_text("Another article")
    first = sheet.body("first")
    sheet.text.focus()
    sheet.press("Control+a")
    html = sheet.text.evaluate(COPY)
    assert "data-standfirst" in html
    sheet.begin()
    sheet.paste(html, "words")
    assert sheet.body("second") == first
