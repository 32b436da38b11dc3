"""Bodies as HTML, and hostile words in every field of every page."""

import json
import re
from typing import Any

import pytest

from standfirst.press import body
from standfirst.press.index import print_index
from standfirst.story import events as e
from standfirst.story.document import (
    article_card,
    blockquote,
    bullet_list,
    divider,
    doc,
    hard_break,
    heading,
    ordered_list,
    paragraph,
    text,
)
from tests.press.newsroom import EDITION, Elements, Log, uid

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</style><style>*{display:none}</style>",
    "</script><script>alert(1)</script>",
    "</title><base href=//evil.example>",
    "<!--<script>-->",
    "]]><a>",
    "{{ 7*7 }}{% raw %}",
    "%(time)s %s &lt;b&gt;",
    "javascript:alert(1)",
    '<a href="data:text/html,x" style="x" onclick=alert(1)>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "\u2028</ScRiPt >\u202e",
]
TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "link",
    "style",
    "body",
    "a",
    "header",
    "div",
    "nav",
    "main",
    "p",
    "span",
    "h1",
}
TAGS |= {"h2", "h3", "h4", "h5", "svg", "path", "time", "section", "ul", "ol", "li", "details", "summary", "article"}
TAGS |= {"blockquote", "footer", "button", "aside", "i", "b", "del", "ins", "br", "hr", "strong", "em", "script"}


def every_block() -> e.Body:
    link = text("more", "strong", href="https://county.example/?a=1&b=2")
    return doc(
        heading(2, "Where"),
        heading(3, "When"),
        paragraph("One", hard_break(), text("two", "em"), " ", link),
        bullet_list("a", [paragraph("b"), ordered_list("c")]),
        blockquote("Said.", speaker="Ida", role="mayor"),
        divider(),
        article_card("https://gazette.example/x", "Title", summary="Sum", label="Video"),
        article_card("", "No address"),
    )


def test_every_block_has_its_element() -> None:
    html = re.sub(
        r' class="card"( href="[^"]*")', r'\1 class="card"', str(body.html(every_block()))
    )  # nh3 has no order
    assert html == (
        "<h4>Where</h4><h5>When</h5>"
        '<p>One<br><em>two</em> <a href="https://county.example/?a=1&amp;b=2" rel="noopener">'
        "<strong>more</strong></a></p>"
        "<ul><li><p>a</p></li><li><p>b</p><ol><li><p>c</p></li></ol></li></ul>"
        "<blockquote><p>Said.</p><footer><b>Ida</b>, mayor</footer></blockquote><hr>"
        '<a href="https://gazette.example/x" class="card" rel="noopener">'
        '<span class="k">Video</span><span class="h">Title</span><span class="d">Sum</span></a>'
        '<div class="card"><span class="h">No address</span></div>'
    )


def test_an_erased_body_gives_nothing() -> None:
    assert body.html(e.NO_WORDS) == ""


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", " jAvaScript:x", "\x01javascript:x"]
)
def test_a_link_that_slipped_through_loses_its_address(href: str) -> None:
    page = body.html(doc(paragraph(text("x", href=href)), article_card(href, "x")))
    assert "href" not in page
    assert "script:" not in page


def hostile_log(evil: str) -> Log:
    """A story with the same words in every field that takes words, past what `decide` would refuse."""
    words = doc(
        heading(2, evil),
        paragraph(evil, text(evil, "strong", "em", href=evil)),
        bullet_list(evil),
        blockquote(evil, speaker=evil, role=evil),
        article_card(evil, evil, summary=evil, label=evil),
    )
    point = e.Point(text=evil, update=uid(1))
    log = Log(headline=evil, standfirst=evil, topic=evil, bylines=(evil, evil))
    log.posts(9, headline=evil, body=words, bylines=(evil,), tags=(evil.replace("/", "-"),), key=True)
    same: dict[str, Any] = {"headline": evil, "bylines": (evil,), "kind": "opinion"}
    log(e.UpdateCorrected(id=uid(1), rev=2, body=doc(paragraph(evil + " x")), note=evil, **same))
    log(e.UpdateRetracted(id=uid(2), reason=evil), e.UpdatePinned(id=uid(3)))
    return log(e.SummaryWritten(known=(point,) * 4, unconfirmed=(point,)))


def live_markup(page: str) -> list[object]:
    """Everything on a page that a person's words must never make."""
    found: list[object] = []
    for tag, attrs in Elements(page).tags:
        if tag not in TAGS:
            found.append(tag)
        if (
            tag == "script"
            and attrs != {"type": "application/ld+json"}
            and not (attrs.get("src") or "").startswith("/static/")
        ):
            found.append((tag, attrs))
        if tag in ("style", "base"):
            found += [(tag, attrs)] if attrs else []
        found += [(tag, name) for name in attrs if name.startswith("on") or name in ("style", "srcdoc", "action")]
        found += [
            (tag, attrs["href"])
            for _ in [0]
            if (attrs.get("href") or "/").split(":")[0].lower().strip() in ("javascript", "data")
        ]
    return found


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_words_make_no_live_markup(evil: str) -> None:
    log = hostile_log(evil)
    for resource in log.printer.resources():
        page = log.page(resource)
        if resource == "feed.atom":
            continue
        assert live_markup(page) == [], resource
        assert len(Elements(page).all("style")) == 1
        for block in Elements(page).data:
            json.loads(block)
    for message in log.messages:
        for op in json.loads(message)["ops"]:
            assert live_markup(op.get("html", "")) == []
    assert log.printer.story is not None
    assert live_markup(print_index(EDITION, [log.printer.story]).body.decode()) == []


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_words_make_no_live_markup_in_the_feed(evil: str) -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(hostile_log(evil).page("feed.atom"))
    for content in root.iter("{http://www.w3.org/2005/Atom}content"):
        assert live_markup(content.text or "") == []


def test_the_check_notices_words_that_are_not_escaped() -> None:
    for evil in HOSTILE[:3]:
        assert live_markup(f"<p>{evil}</p>")
    assert live_markup(f'<a href="{HOSTILE[10]}">x</a>')
