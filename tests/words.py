"""Hypothesis strategies for what people write: words of any language, tags, bodies, and JSON that is no body."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from standfirst.story import document as d
from standfirst.story import events as e
from standfirst.story import fields
from standfirst.story.characters import slugged

SAMPLES = (  # words that have broken pages, feeds or logs elsewhere
    "Water reaches the harbour",
    "المياه تصل إلى الميناء 42٪",
    "המים הגיעו לנמל, \u200fכך נמסר",
    "洪水が港に達した",
    "पानी बंदरगाह तक पहुँचा",
    "می\u200cخواهم",
    "👩🏽\u200d🚒 🇫🇷",
    "a\u202eb\u202c",
    "e\u0301 \u00e9 ﬁ İ ẞ",
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "\"quotes\" & 'apostrophes' &amp; &lt;",
    "]]> <!-- --> <?xml",
    "{{ 7*7 }} {% raw %} ${x}",
    "data: x id: 1 event: y",
    "null",
    "0",
)
PAGES = ("https://example.org/a?b=1&c=%22#d", "http://[2001:db8::1]:8080/", "HTTPS://EXAMPLE.ORG")
HREFS = (*PAGES, "mailto:desk@example.org")

T = TypeVar("T")


def one(values: Sequence[T]) -> st.SearchStrategy[T]:
    """One of the values."""
    return st.sampled_from(values)


@cache
def lines(longest: int = 60) -> st.SearchStrategy[str]:
    """One line of words that shows something, in its normal form."""
    characters = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\ufffe\uffff")
    free = st.text(characters, max_size=longest - 1).map(lambda text: f"w{text}"[:longest].strip())
    return st.one_of(st.sampled_from([sample for sample in SAMPLES if len(sample) <= longest]), free)


@cache
def tags() -> st.SearchStrategy[tuple[str, ...]]:
    """Tags, each with an address of its own."""
    one = lines(fields.TAG).filter(lambda tag: 0 < len(slugged(tag)) <= fields.TAG)
    return st.lists(one, max_size=3, unique_by=slugged).map(tuple)


@cache
def bylines() -> st.SearchStrategy[tuple[str, ...]]:
    """Public names."""
    return st.lists(lines(40), max_size=3, unique=True).map(tuple)


@cache
def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """A value, or None."""
    return st.one_of(st.none(), strategy)


@cache
def texts() -> st.SearchStrategy[d.Node]:
    """Text nodes with any marks."""
    marks = st.lists(st.sampled_from(["strong", "em"]), max_size=2)
    href = st.one_of(st.none(), st.sampled_from(HREFS))
    return st.builds(lambda words, marks, href: d.text(words, *marks, href=href), lines(), marks, href)


@cache
def paragraphs() -> st.SearchStrategy[d.Node]:
    """Paragraphs, empty ones too."""
    return st.lists(st.one_of(texts(), texts(), st.just(d.hard_break())), max_size=4).map(
        lambda found: d.paragraph(*found)
    )


@cache
def blocks() -> st.SearchStrategy[d.Node]:
    """Blocks of every kind that a body can have."""
    item = st.recursive(
        paragraphs(),
        lambda inner: st.builds(
            lambda make, items: make(*items),
            st.sampled_from([d.bullet_list, d.ordered_list]),
            st.lists(st.lists(inner, min_size=1, max_size=2), min_size=1, max_size=3),
        ),
        max_leaves=4,
    )
    heading = st.builds(d.heading, st.sampled_from([2, 3]), lines())
    said = st.one_of(st.just(""), lines(40))
    quote = st.builds(lambda words, speaker, role: d.blockquote(words, speaker=speaker, role=role), lines(), said, said)
    url = st.sampled_from(PAGES)
    card = st.builds(lambda u, t, s, n: d.article_card(u, t, summary=s, label=n), url, lines(), said, said)
    return st.one_of(paragraphs(), paragraphs(), item, heading, quote, card, st.just(d.divider()))


@cache
def raw_bodies() -> st.SearchStrategy[e.Body]:
    """Bodies that `document.parse` accepts, not yet in their normal form."""
    return st.lists(blocks(), min_size=1, max_size=4).map(lambda found: d.doc(*found))


@cache
def bodies() -> st.SearchStrategy[e.Body]:
    """Bodies in their normal form, which say something."""
    return raw_bodies().map(d.parse).filter(lambda body: d.words(body) > 0)


@cache
def json_values() -> st.SearchStrategy[Any]:
    """Any JSON, with the key and type names of our schema mixed in, for hostile documents."""
    names = [*d.BLOCKS, *d.INLINE, *d.MARKS, "doc", "list_item", "erased", "type", "attrs", "content", "marks", "text"]
    words = st.one_of(st.sampled_from([*names, "href", "level", "url", "title"]), st.text(max_size=8))
    leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words)
    return st.recursive(
        leaf,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
        max_leaves=20,
    )
