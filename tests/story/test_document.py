"""Bodies: the schema, its limits, the normal form, and what hostile JSON meets."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfirst.story import document as d
from standfirst.story.characters import forbidden
from standfirst.story.document import DocumentRefused, parsing, schema
from standfirst.story.document.limits import measure
from standfirst.story.events import NO_WORDS
from tests.words import json_values, lines, raw_bodies


def refused(raw: object) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        d.parse(raw)
    assert caught.value.value
    assert caught.value.remedy
    assert str(caught.value).encode()  # a message can always be sent
    return caught.value


def marked(mark: Any) -> d.Node:
    """A paragraph whose text carries this mark."""
    return d.paragraph({"type": "text", "text": "x", "marks": [mark]})


def nested(levels: int) -> d.Node:
    """A body in which list stands in list: 1 + 2 * levels + 2 nodes deep."""
    node = d.paragraph("x")
    for _ in range(levels):
        node = d.bullet_list(node)
    return d.doc(node)


@settings(deadline=None)
@given(raw_bodies())
def test_the_normal_form_is_a_fixed_point_and_keeps_the_words(raw: d.Node) -> None:
    body = d.parse(raw)
    assert d.parse(body) == body
    assert json.loads(json.dumps(body)) == body
    assert d.plain(body).split() == d.plain(d.parse(json.loads(json.dumps(raw)))).split()


@settings(deadline=None, max_examples=300)
@given(st.one_of(json_values(), st.lists(json_values(), max_size=3).map(lambda found: d.doc(*found))))
def test_any_json_is_accepted_in_normal_form_or_refused_by_name(raw: Any) -> None:
    try:
        body = d.parse(raw)
    except DocumentRefused:
        refused(raw)
        return
    assert d.parse(body) == body
    assert forbidden(json.dumps(body, ensure_ascii=False)) is None
    d.plain(body)


def test_normalising() -> None:
    raw = d.doc(
        d.paragraph(),
        d.paragraph("a", "", d.text("b"), d.text("c", "em", "strong", "em"), d.text("d", "strong", "em")),
        d.paragraph(d.text("one\r\ntwo\tthree"), {**d.hard_break(), "marks": [{"type": "strong"}]}, "four"),
        d.heading(2, "  "),
        d.blockquote("q", "", speaker=" Ada ", role=""),
        d.paragraph(d.hard_break(), " "),
    )
    marks = [{"type": "strong"}, {"type": "em"}]
    assert d.parse(raw)["content"] == [
        {
            "type": "paragraph",
            "content": [{"type": "text", "text": "abc"[:2]}, {"type": "text", "text": "cd", "marks": marks}],
        },
        {
            "type": "paragraph",
            "content": [{"type": "text", "text": "one two three"}, d.hard_break(), {"type": "text", "text": "four"}],
        },
        {
            "type": "blockquote",
            "attrs": {"speaker": "Ada"},
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "q"}]}],
        },
    ]


@pytest.mark.parametrize("raw", [{"type": "doc"}, d.doc(), d.doc(d.paragraph(" ")), d.doc(d.heading(3))])
def test_a_body_of_nothing_is_one_paragraph(raw: object) -> None:
    assert d.parse(raw) == {"type": "doc", "content": [{"type": "paragraph"}]} == d.from_plain("  \n")


@pytest.mark.parametrize(
    ("block", "path"),
    [
        (None, "content[0]"),
        ({"type": "script"}, "content[0].type"),
        ({"type": ["paragraph"]}, "content[0].type"),
        ({"type": "text", "text": "loose"}, "content[0].type"),
        ({"type": "erased"}, "content[0]"),
        ({"type": "paragraph", "content": "words"}, "content[0].content"),
        ({"type": "paragraph", "content": [d.divider()]}, "content[0].content[0].type"),
        ({"type": "paragraph", "attrs": {"class": "x"}}, "content[0].attrs"),
        ({"type": "paragraph", "text": "x"}, "content[0]"),
        ({"type": "divider", "content": []}, "content[0]"),
        (d.heading(1, "x"), "content[0].attrs.level"),
        ({"type": "heading", "attrs": {"level": "2"}}, "content[0].attrs.level"),
        ({"type": "heading", "attrs": {"level": True}}, "content[0].attrs.level"),
        ({"type": "heading"}, "content[0].attrs.level"),
        (d.bullet_list(), "content[0].content"),
        ({"type": "bullet_list", "content": [d.paragraph("x")]}, "content[0].content[0].type"),
        (d.bullet_list(d.heading(2, "x")), "content[0].content[0].content[0].type"),
        (d.blockquote(d.bullet_list("x")), "content[0].content[0].type"),
        (d.blockquote("x", speaker="a" * 201), "content[0].attrs.speaker"),
        (d.article_card("https://example.org", " "), "content[0].attrs.title"),
        (d.article_card("mailto:a@example.org", "x"), "content[0].attrs.url"),
        (d.article_card("https://example.org", "x", label="a" * 41), "content[0].attrs.label"),
        (d.paragraph({"type": "text"}), "content[0].content[0].text"),
        (d.paragraph(d.text("x", "underline")), "content[0].content[0].marks[0].type"),
        (d.paragraph({"type": "text", "text": "x", "marks": {}}), "content[0].content[0].marks"),
        (marked("em"), "content[0].content[0].marks[0]"),
        (
            d.paragraph({"type": "text", "text": "x", "marks": [{"type": "link"}]}),
            "content[0].content[0].marks[0].attrs",
        ),
        (
            d.paragraph({"type": "text", "text": "x", "marks": [{"type": "em", "attrs": {"style": "x"}}]}),
            "content[0].content[0].marks[0].attrs",
        ),
    ],
)
def test_what_is_not_of_the_schema_is_refused_where_it_stands(block: Any, path: str) -> None:
    assert refused(d.doc(block)).path == path


@pytest.mark.parametrize("raw", [None, [], "doc", 1, {}, {"type": "paragraph"}, {"type": "doc", "content": {}}])
def test_what_is_no_doc_is_refused(raw: object) -> None:
    refused(raw)


@pytest.mark.parametrize("value", [1.5, b"x", object(), {1: "x"}, 10**5000], ids=lambda value: type(value).__name__)
def test_what_is_no_json_of_ours_is_refused(value: object) -> None:
    refused(d.doc({"type": "paragraph", "attrs": value}))


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//example.org/x",
        "/relative",
        "example.org",
        "https:",
        "https:///path",
        "https:\\\\example.org",
        "https://user:pass@example.org/",
        "https://example.org@evil.example/",
        "https://example.org:port/",
        "https://[::1/",
        'https://example.org/"onmouseover="x',
        "https://example.org/<b>",
        "https://example.org/a b",
        "https://example.org/\u202f",
        "https://example.org/" + "a" * 2000,
        "mailto:nobody",
        "",
        None,
        7,
    ],
)
def test_a_link_that_is_not_plainly_web_or_mail_is_refused(href: Any) -> None:
    raw = d.doc(marked({"type": "link", "attrs": {"href": href}}))
    assert refused(raw).path == "content[0].content[0].marks[0].attrs.href"


@pytest.mark.parametrize("href", ["https://example.org/a?b#d", "HTTP://EXAMPLE.ORG", "mailto:a@example.org?subject=x"])
def test_a_plain_link_is_kept_as_written(href: str) -> None:
    (paragraph,) = d.parse(d.doc(d.paragraph(d.text("x", href=href))))["content"]
    assert paragraph["content"][0]["marks"] == [{"type": "link", "attrs": {"href": href}}]


def test_two_links_on_one_text_are_refused() -> None:
    links = [{"type": "link", "attrs": {"href": f"https://example.org/{n}"}} for n in range(2)]
    assert refused(d.doc(d.paragraph({"type": "text", "text": "x", "marks": links}))).path.endswith("marks[1]")


@pytest.mark.parametrize(
    ("character", "name"),
    [("\x00", "NUL"), ("\x07", "U+0007"), ("\x85", "U+0085"), ("\ud800", "surrogate"), ("\uffff", "non-character")],
)
@pytest.mark.parametrize("place", ["text", "speaker", "key", "type"])
def test_characters_that_break_feeds_are_refused_by_name(character: str, name: str, place: str) -> None:
    blocks = {
        "text": d.paragraph(f"a{character}"),
        "speaker": d.blockquote("x", speaker=f"a{character}b"),
        "key": {"type": "divider", f"a{character}": 1},
        "type": {"type": f"a{character}"},
    }
    message = str(refused(d.doc(blocks[place])))
    assert character not in message
    if place in ("text", "speaker"):
        assert name in message


def test_direction_marks_and_joiners_stay() -> None:
    words = "می\u200cخواهم \u200f\u202ba\u202c 👩🏽\u200d🚒"
    assert d.plain(d.from_plain(words)) == words


def test_depth_is_limited_and_deep_json_cannot_blow_the_stack() -> None:
    d.parse(nested(30))
    for raw in (nested(31), nested(100_000)):
        assert "64" in refused(raw).value
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    refused(deep)
    refused({"type": "doc", "content": [{"type": "paragraph", "attrs": deep}]})
    circle: list[Any] = []
    circle.append(circle)
    refused(circle)


def test_size_and_number_of_nodes_are_limited_to_the_byte_and_the_node() -> None:
    room = d.MAX_BYTES - len(json.dumps(d.doc(d.paragraph("")), separators=(",", ":")))
    fits = d.doc(d.paragraph("é" * (room // 2) + "x" * (room % 2)))
    assert len(json.dumps(fits, separators=(",", ":"), ensure_ascii=False).encode()) == d.MAX_BYTES
    d.parse(fits)
    fits["content"][0]["content"][0]["text"] += "x"
    assert "64 kB" in refused(fits).value
    d.parse(d.doc(*[d.divider()] * (d.MAX_NODES - 1)))
    assert "2000 nodes" in refused(d.doc(*[d.divider()] * d.MAX_NODES)).value
    refused([[]] * 10_000_000)


def test_without_the_limits_deep_json_would_blow_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: it is `measure` that protects `parse`."""
    monkeypatch.setattr(parsing, "measure", lambda raw: None)
    with pytest.raises(RecursionError):
        d.parse(nested(100_000))


def test_without_the_character_rule_a_nul_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "forbidden", lambda text: None)
    assert "\x00" in d.plain(d.parse(d.doc(d.paragraph("a\x00b"))))


def test_without_the_scheme_rule_a_script_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_url", lambda raw, path, schemes: raw)
    assert "javascript" in str(d.parse(d.doc(d.paragraph(d.text("x", href="javascript:alert(1)")))))


@settings(deadline=None)
@given(st.lists(st.lists(lines(), min_size=1, max_size=3), max_size=4))
def test_plain_text_and_back(paragraphs: list[list[str]]) -> None:
    words = "\n\n".join("\n".join(part) for part in paragraphs)
    assert d.plain(d.from_plain(words)) == words


def test_plain_text_of_every_block() -> None:
    body = d.parse(
        d.doc(
            d.heading(2, "Head"),
            d.paragraph("One ", d.text("two", "em"), d.hard_break(), "three"),
            d.bullet_list("a", [d.paragraph("b"), d.ordered_list("c", "d")]),
            d.blockquote("Said", speaker="Ada Rook", role="mayor"),
            d.divider(),
            d.article_card("https://example.org", "Title", summary="Summary", label="Opinion"),
        )
    )
    assert d.plain(body) == (
        "Head\n\nOne two\nthree\n\n• a\n• b\n  1. c\n  2. d\n\nSaid\n\n— Ada Rook, mayor\n\nTitle\nSummary"
    )
    assert d.words(body) == 16  # the numbers of a list are read, too
    assert d.plain(NO_WORDS) == ""
    assert d.words(NO_WORDS) == 0


@pytest.mark.parametrize(
    ("words", "count"),
    [("", 0), ("It’s 2.4 m — now", 4), ("洪水が港", 4), ("पानी बंदरगाह", 2), ("المياه ٤٢٪", 2)],
)
def test_words_are_counted_in_any_script(words: str, count: int) -> None:
    assert d.words(d.from_plain(words)) == count


def test_the_measure_is_exact() -> None:
    """What `measure` counts is the length of the compact JSON, so that the limit means what the docs say."""
    raw = d.doc(
        d.paragraph('quote " \\ é 洪', d.text("x", "em")), d.heading(2, "h"), {"type": "divider", "attrs": None}
    )
    size = len(json.dumps(raw, separators=(",", ":"), ensure_ascii=False).encode())
    padded = {**raw, "pad": "x" * (d.MAX_BYTES - size - len(',"pad":""'))}
    measure(padded)
    padded["pad"] += "x"
    with pytest.raises(DocumentRefused):
        measure(padded)


def test_the_reference_names_every_node_mark_attribute_and_limit() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "document.md").read_text(encoding="utf-8")
    attributes = [name for lengths in schema.WORDS.values() for name in lengths]
    for name in (*schema.CHILDREN, *d.BLOCKS, *d.INLINE, *d.MARKS, *attributes, "href", "level", "url", "erased"):
        assert f"`{name}`" in page, name
    for kind, lengths in schema.WORDS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{kind}`"))
        assert all(f"at most {longest}" in row for longest in lengths.values())
    assert f"{d.MAX_BYTES // 1024} kB" in page
    assert f"{d.MAX_DEPTH} nodes inside one another, {d.MAX_NODES} nodes" in page
    assert f"at most {schema.MAX_URL} characters" in page
