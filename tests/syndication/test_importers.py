"""Live pages of other papers, invented here, in every way of writing them down that we read."""

import gzip
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from standfirst.story import document
from standfirst.syndication.importers import Imported, Unreadable, microdata, read
from standfirst.syndication.importers.jsonld import loads


def ld(data: object) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data).replace("</", "<\\/")
    script = f'<script type="application/ld+json">{text}</script>'
    return f'<!doctype html><html lang="en-GB"><head>{script}</head></html>'.encode()


def live(*updates: object, **fields: object) -> dict[str, object]:
    return {
        "@type": "LiveBlogPosting",
        "headline": "Ferry aground off Skell",
        "liveBlogUpdate": list(updates),
        **fields,
    }


def words(page: Imported, number: int = 0) -> str:
    return document.plain(document.parse(page.updates[number].body))


def one(**fields: object) -> Imported:
    return read(ld(live({"@type": "BlogPosting", "datePublished": "2031-05-04T10:00:00Z", **fields})), name="page")


def test_a_page_with_its_story_and_updates_oldest_first() -> None:
    page = read(
        ld(
            live(
                {"headline": "Second", "articleBody": "Later.", "datePublished": "2031-05-04T12:30:00+02:00"},
                {"headline": "First", "articleBody": "Sooner.", "datePublished": "2031-05-04T10:00:00Z"},
                description="All aboard are safe.",
                coverageStartTime="2031-05-04T09:00:00Z",
                coverageEndTime="2031-05-04T20:00:00Z",
                url="https://paper.example/ferry",
            )
        ),
        name="page",
    )
    assert (page.headline, page.standfirst, page.language) == (
        "Ferry aground off Skell",
        "All aboard are safe.",
        "en-GB",
    )
    assert [update.headline for update in page.updates] == ["First", "Second"]
    assert page.updates[1].published == datetime(2031, 5, 4, 10, 30, tzinfo=UTC)
    assert (page.starts, page.ends) == (
        datetime(2031, 5, 4, 9, tzinfo=UTC),
        datetime(2031, 5, 4, 20, tzinfo=UTC),
    )
    assert page.source == "https://paper.example/ferry"
    assert not page.faults


@pytest.mark.parametrize(
    "wrapped",
    [
        {"@graph": [{"@type": "WebSite"}, live({"articleBody": "A"})]},
        [[live({"articleBody": "A"})]],
        {"@type": "WebPage", "mainEntity": live({"articleBody": "A"})},
        live({"articleBody": "A"}, **{"@type": ["NewsArticle", "http://schema.org/LiveBlogPosting"]}),
        live(**{"liveBlogUpdate": {"articleBody": "A"}}),
    ],
)
def test_it_is_found_wherever_it_stands(wrapped: object) -> None:
    assert words(read(ld(wrapped), name="page")) == "A"


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ada Moor", ("Ada Moor",)),
        ("By Ada Moor", ("Ada Moor",)),
        ({"@type": "Person", "name": "Ada Moor"}, ("Ada Moor",)),
        ([{"name": "Ada Moor"}, "Ben &amp; Co", {"name": ["Cy Dell"]}], ("Ada Moor", "Ben & Co", "Cy Dell")),
        ("https://social.example/ada", ()),
        (None, ()),
    ],
)
def test_an_author_in_any_shape(author: object, names: tuple[str, ...]) -> None:
    assert one(articleBody="A", author=author).updates[0].bylines == names


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ("The ferry&#39;s &quot;captain&quot;", 'The ferry\'s "captain"'),
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("One.\nTwo.", "One.\n\nTwo."),
        ("<p>One <b>bold</b> word.</p><p>Two.</p>", "One bold word.\n\nTwo."),
        ("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;", "One.\n\nTwo."),
        ("<p>5 &lt; 6 &amp; more</p>", "5 < 6 & more"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "• a\n• b\n  • c"),
        ("One.<br><br>Two<br>lines", "One.\n\nTwo\nlines"),
        ("<div>One.<p>Two.</p>Three.</div>", "One.\n\nTwo.\n\nThree."),
        ("<p>A\u0007 bell\u200b</p>", "A bell"),
        ("<table><tr><td>Dead</td><td>4</td></tr></table>", "Dead | 4"),
    ],
)
def test_a_body_of_text_or_markup_or_escaped_markup(body: str, plain: str) -> None:
    assert words(one(articleBody=body)) == plain


def test_nothing_of_foreign_markup_survives_but_our_own_schema() -> None:
    page = one(
        articleBody='<h2>Why</h2><p onclick="x()">See <a href="https://a.example/?q=1">this</a> or '
        '<a href="javascript:alert(1)">that</a></p><script>alert(1)</script><style>p{}</style>'
        "<blockquote><p>Said.</p></blockquote><hr><iframe src='https://b.example'></iframe><img src=x>"
    )
    body = document.parse(page.updates[0].body)
    assert [block["type"] for block in body["content"]] == ["heading", "paragraph", "blockquote", "divider"]
    assert "alert" not in json.dumps(body)
    assert [m for n in body["content"][1]["content"] for m in n.get("marks", [])] == [
        {"type": "link", "attrs": {"href": "https://a.example/?q=1"}}
    ]
    assert {note.text.split(" left")[0] for note in page.left_out} == {"1 embed", "1 picture"}


def test_keywords_are_tags_as_they_were_typed() -> None:
    page = one(articleBody="A", keywords=["Skell, Sea Rescue", "渡船", "Skell", " , ", "k" * 60])
    assert page.updates[0].tags == ("Skell", "Sea Rescue", "渡船")


def test_deep_nesting_is_read_as_words() -> None:
    deep = "<div>" * 3000 + "down here" + "</div>" * 3000
    assert "down here" in words(one(articleBody=deep))


def test_what_is_missing_is_said() -> None:
    page = read(
        ld(live({"articleBody": "A", "datePublished": "soon"}, {}, "text", {"headline": "Only a headline"})), name="p"
    )
    assert [(u.headline, words(page, n)) for n, u in enumerate(page.updates)] == [("", "Only a headline"), ("", "A")]
    told = " ".join(fault.text for fault in page.faults)
    assert "'soon' is not a time" in told
    assert "update 2 has no words" in told
    assert "update 3 is str" in told


@pytest.mark.parametrize(
    "text",
    [
        '<!-- {"a": [1, 2,], } -->',
        '//<![CDATA[\n{"a": [1, 2]}\n//]]>',
        '/*<![CDATA[*/{"a": [1, 2]}/*]]>*/;',
        ' {"a": [1, 2]};',
    ],
)
def test_json_with_its_usual_faults(text: str) -> None:
    assert loads(text) == {"a": [1, 2]}


def test_json_with_a_raw_line_break_and_a_comma_in_words() -> None:
    assert loads('{"a": "x\ny, ]",}') == {"a": "x\ny, ]"}


def test_json_beyond_repair_is_a_fault_and_the_next_block_is_read() -> None:
    broken = ld(live({"articleBody": "A"})) + b'<script type="application/ld+json">{"a": </script>'
    page = read(broken, name="page")
    assert words(page) == "A"
    assert "JSON-LD block 2 cannot be read" in page.faults[0].text


def test_times_without_an_offset_are_in_the_given_zone() -> None:
    data = ld(live({"articleBody": "A", "datePublished": "2031-07-01T12:00:00"}))
    assert read(data, name="p", zone=ZoneInfo("Europe/Paris")).updates[0].published == datetime(
        2031, 7, 1, 10, tzinfo=UTC
    )


def test_microdata() -> None:
    page = read(
        b"""<html><body itemscope itemtype="https://schema.org/LiveBlogPosting">
        <h1 itemprop="headline">Ferry aground</h1><p itemprop="description">Off Skell.</p>
        <div itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting">
          <a itemprop="url" href="https://paper.example/ferry#2"></a><h2 itemprop="headline">Towed</h2>
          <time itemprop="datePublished" datetime="2031-05-04T12:00:00Z">noon</time>
          <span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">Ada Moor</b></span>
          <div itemprop="articleBody"><p>Two tugs <em>pull</em>.</p><p>Slowly.</p></div></div>
        <div itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting">
          <meta itemprop="datePublished" content="2031-05-04T10:00:00Z"><p itemprop="articleBody">It sits.</p></div>
        </body></html>""",
        name="page",
    )
    assert (page.format, page.headline, page.standfirst) == ("microdata", "Ferry aground", "Off Skell.")
    assert [u.published.hour for u in page.updates if u.published] == [10, 12]
    assert (page.updates[1].bylines, page.updates[1].source) == (("Ada Moor",), "https://paper.example/ferry#2")
    assert words(page, 1) == "Two tugs pull.\n\nSlowly."


def test_h_entry() -> None:
    page = read(
        b"""<html><body><div class="h-feed"><h1 class="p-name">Ferry aground</h1>
        <div class="h-entry"><a class="u-url" href="https://blog.example/2"></a>
          <time class="dt-published" datetime="2031-05-04T12:00:00+02:00"></time>
          <span class="p-author h-card">Ada Moor</span><div class="e-content"><p>It <b>moves</b>.</p></div></div>
        <div class="h-entry"><h2 class="p-name">It sits</h2><div class="e-content">On sand.</div>
          <time class="dt-published" datetime="2031-05-04T09:00:00Z"></time></div></div></body></html>""",
        name="page",
    )
    assert (page.format, page.headline) == ("h-entry", "Ferry aground")
    assert [(u.headline, u.bylines) for u in page.updates] == [("It sits", ()), ("", ("Ada Moor",))]
    assert words(page, 1) == "It moves."


def test_a_page_without_structure_is_read_as_its_text() -> None:
    page = read(
        b"""<html><head><title>x</title></head><body><nav><p>Home</p></nav><main><h1>Ferry aground</h1><p>Off Skell.</p>
        <h2>Two tugs are on their way</h2><p>They left at noon.</p><h2>Nobody is hurt</h2><p>All 40 are well.</p>
        </main></body></html>""",
        name="page",
    )
    assert (page.headline, page.standfirst) == ("Ferry aground", "Off Skell.")
    assert [u.headline for u in page.updates] == ["Nobody is hurt", "Two tugs are on their way"]


def test_gzip_and_its_guards() -> None:
    data = ld(live({"articleBody": "A"}))
    assert words(read(gzip.compress(data), name="page")) == "A"
    for bad, why in [
        (gzip.compress(b"x" * 25_000_000), "more than 20,000,000 bytes"),
        (gzip.compress(gzip.compress(gzip.compress(gzip.compress(data)))), "more than twice"),
        (gzip.compress(data)[:-12], "breaks off"),
        (b"\x1f\x8bnonsense", "damaged"),
        (b"x" * 20_000_001, "larger than"),
        (b"  \n", "empty"),
        (b"MZ\x00\x01" * 99, "not text"),
    ]:
        with pytest.raises(Unreadable, match=why):
            read(bad, name="page")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_character_sets(encoding: str) -> None:
    text = "Fähre läuft auf Grund\nAlle wohlauf, sagt die Küstenwache.\nZwei Schlepper kommen „langsam“.\n"
    page = read(text.encode(encoding), name="page")
    assert page.headline == "Fähre läuft auf Grund"
    assert words(page) == "Zwei Schlepper kommen „langsam“."


LIVE_ITEM = '<div itemscope itemtype="https://schema.org/LiveBlogPosting"><p itemprop="headline">Ferry</p>'


def test_references_that_lead_round_in_a_circle_come_to_an_end() -> None:
    update = '<div itemprop="liveBlogUpdate" itemscope id="{0}" itemref="a b {0}"><p itemprop="articleBody">W</p></div>'
    html = f"<html><body>{LIVE_ITEM}{''.join(update.format(id) for id in 'abcdefgh')}</div></body></html>"
    page = read(html.encode(), name="page")
    assert [words(page, number) for number in range(len(page.updates))] == ["W"]


def test_one_long_text_that_many_updates_refer_to_does_not_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microdata, "_MOST", 100_000)
    update = '<div itemprop="liveBlogUpdate" itemscope itemref="t"><p itemprop="headline">{}</p></div>'
    updates = "".join(update.format(number) for number in range(100))
    html = f"<html><body>{LIVE_ITEM}{updates}</div><p id=t itemprop=articleBody>{'word ' * 2000}</p></body></html>"
    assert 5 < len(read(html.encode(), name="page").updates) < 20


def test_a_string_that_never_ends_is_looked_at_once() -> None:
    # The square of this is days; a string that ended nowhere was searched for its end from each of its quotes.
    with pytest.raises(ValueError, match="Expecting value"):
        loads('{"a": ' + '\\"' * 1_000_000)


@pytest.mark.parametrize("opening", ["<div>", '<div class="h-entry"><p class="p-name">x</p>'])
@pytest.mark.parametrize("depth", [1500, 50_000])
def test_a_page_nested_too_deeply_is_refused_by_name(opening: str, depth: int) -> None:
    with pytest.raises(Unreadable, match="page has elements nested too deeply"):
        read(f"<html><body>{opening * depth}Hello.".encode(), name="page")


def test_json_nested_too_deeply_is_a_fault_even_when_it_must_be_mended() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        loads("[[1,]," + "[" * 100_000)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"])
def test_a_time_beyond_the_calendars_end_is_no_time(time: str) -> None:
    page = one(articleBody="A", datePublished=time)
    assert page.updates[0].published is None
    assert "is not a time" in str(page.faults[0])
