"""Hypothesis strategies for stories: words of any language, bodies, commands, and whole histories."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from standfirst.record import entry as record
from standfirst.story import commands as c
from standfirst.story import document as d
from standfirst.story import events as e
from standfirst.story import fields
from standfirst.story.decide import decide
from standfirst.story.fold import fold
from standfirst.story.refusals import Refusal
from standfirst.story.story import Story

START = datetime(2026, 3, 1, 11, 42, tzinfo=UTC)
LANGUAGES = ("en", "fr", "de", "pt-BR", "ar", "he", "fa", "ur", "zh-Hant", "ja", "hi", "sr-Latn", "es-419")
ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Africa/Cairo")
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


class Step(NamedTuple):
    """An event with the entry number and the time that carried it."""

    event: e.Event
    seq: int
    at: datetime


def lines(longest: int = 60) -> st.SearchStrategy[str]:
    """One line of words that shows something, in its normal form."""
    characters = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\ufffe\uffff")
    free = st.text(characters, max_size=longest - 1).map(lambda text: f"w{text}"[:longest].strip())
    return st.one_of(st.sampled_from([sample for sample in SAMPLES if len(sample) <= longest]), free)


def tags() -> st.SearchStrategy[tuple[str, ...]]:
    """Tags in their normal form."""
    one = lines(fields.TAG).map(fields.slugged).filter(lambda tag: 0 < len(tag) <= fields.TAG)
    return st.lists(one, max_size=3, unique=True).map(tuple)


def bylines() -> st.SearchStrategy[tuple[str, ...]]:
    """Public names."""
    return st.lists(lines(40), max_size=3, unique=True).map(tuple)


def times(around: datetime = START) -> st.SearchStrategy[datetime]:
    """Moments up to a day from `around`, to the microsecond, in UTC."""
    return st.integers(-86_400_000_000, 86_400_000_000).map(lambda n: around + timedelta(microseconds=n))


def texts() -> st.SearchStrategy[d.Node]:
    """Text nodes with any marks."""
    marks = st.lists(st.sampled_from(["strong", "em"]), max_size=2)
    href = st.one_of(st.none(), st.sampled_from(HREFS))
    return st.builds(lambda words, marks, href: d.text(words, *marks, href=href), lines(), marks, href)


def paragraphs() -> st.SearchStrategy[d.Node]:
    """Paragraphs, empty ones too."""
    return st.lists(st.one_of(texts(), texts(), st.just(d.hard_break())), max_size=4).map(
        lambda found: d.paragraph(*found)
    )


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


def raw_bodies() -> st.SearchStrategy[e.Body]:
    """Bodies that `document.parse` accepts, not yet in their normal form."""
    return st.lists(blocks(), min_size=1, max_size=4).map(lambda found: d.doc(*found))


def bodies() -> st.SearchStrategy[e.Body]:
    """Bodies in their normal form, which say something."""
    return raw_bodies().map(d.parse).filter(lambda body: d.words(body) > 0)


@st.composite
def posts(draw: st.DrawFn, id: str, now: datetime = START) -> c.PostUpdate:
    """An update, complete."""
    return c.PostUpdate(
        id=id,
        body=draw(bodies()),
        published=draw(st.one_of(st.just(now), times(now))),
        headline=draw(st.one_of(st.just(""), lines())),
        bylines=draw(bylines()),
        kind=draw(st.sampled_from(fields.KINDS)),
        tags=draw(tags()),
        key=draw(st.booleans()),
        happened=draw(st.one_of(st.none(), times(now))),
        filed=draw(st.one_of(st.none(), times(now))),
        source=draw(st.one_of(st.none(), st.sampled_from(PAGES))),
    )


def openings() -> st.SearchStrategy[c.OpenStory]:
    """A story, live or scheduled."""
    return st.builds(
        c.OpenStory,
        slug=st.sampled_from(["flood", "harbour-2026", "a"]),
        headline=lines(),
        standfirst=st.one_of(st.just(""), lines()),
        language=st.sampled_from(LANGUAGES),
        zone=st.sampled_from(ZONES),
        status=st.sampled_from(["live", "live", "scheduled"]),
        topic=st.one_of(st.just(""), lines()),
        bylines=bylines(),
        starts=st.one_of(st.none(), times()),
    )


@st.composite
def commands(draw: st.DrawFn, story: Story, now: datetime = START) -> c.Command:
    """A command that fits the story as it stands, most of the time."""
    new = next_id(story)
    if not story.order or draw(st.integers(0, 2)) == 0:
        if story.status in ("live", "paused") or draw(st.booleans()):
            return draw(posts(new, now))
        return c.ReopenStory() if story.status == "ended" else c.SetStatus(status="live")
    id = st.sampled_from(story.order)
    point = st.builds(e.Point, text=lines(), update=st.one_of(st.none(), id))
    points = st.lists(point, max_size=3).map(tuple)
    maybe = st.none()
    found: c.Command = draw(
        st.one_of(
            st.builds(c.EditUpdate, id=id, headline=maybe | lines(), body=maybe | bodies(), bylines=maybe | bylines()),
            st.builds(
                c.EditUpdate,
                id=id,
                mode=st.just("correction"),
                note=lines(),
                body=maybe | bodies(),
                kind=maybe | st.sampled_from(fields.KINDS),
                happened=maybe | times(now),
            ),
            st.builds(c.RetractUpdate, id=id, reason=lines()),
            st.builds(c.EraseUpdate, id=id),
            st.builds(c.PinUpdate, id=id),
            st.builds(c.UnpinUpdate, id=st.just(story.pinned) if story.pinned else id),
            st.builds(c.MarkKey, id=id, key=st.booleans()),
            st.builds(c.TagUpdate, id=id, tags=tags()),
            st.builds(c.WriteSummary, known=points, unconfirmed=points),
            st.just(c.ClearSummary()),
            st.builds(c.ChangeStory, headline=maybe | lines(), language=maybe | st.sampled_from(LANGUAGES)),
            st.builds(
                c.ChangeStory, standfirst=lines(), zone=maybe | st.sampled_from(ZONES), bylines=maybe | bylines()
            ),
            st.builds(c.SetStatus, status=st.sampled_from(fields.STATUSES)),
            st.just(c.ReopenStory()),
        )
    )
    return found


@st.composite
def histories(draw: st.DrawFn, max_size: int = 25) -> list[Step]:
    """A story's log from its opening on, as `decide` wrote it; up to `max_size` entries."""
    history = _follow([], draw(openings()))
    for _ in range(draw(st.integers(0, max_size - 1))):
        history = _follow(history, draw(commands(last(history), history[-1].at)), draw(st.integers(0, 86_400)))
    return history


@st.composite
def histories_to(draw: st.DrawFn, kind: str, max_size: int = 12) -> list[Step]:
    """A log whose last event is of this kind (a name in `events.EVENTS`)."""
    history = _follow([], draw(openings())) if kind == "StoryOpened" else draw(histories(max_size))
    for command in _road(kind, last(history), draw):
        history = _follow(history, command(last(history)), draw(st.integers(0, 3600)))
    assert type(history[-1].event).__name__ == kind
    return history


_Road = Iterator[Callable[[Story], c.Command]]


def _road(kind: str, story: Story, draw: st.DrawFn) -> _Road:
    """What leads to an event of this kind from any story, step by step."""
    if kind == "StoryOpened":
        return
    if kind == "StoryChanged":
        yield lambda story: c.ChangeStory(headline=f"{story.headline[:200]} {draw(lines(60))}")
        return
    if kind == "SummaryWritten" or kind == "SummaryCleared":
        point = e.Point(text=f"{draw(lines())} {story.seq}")
        yield lambda story: c.WriteSummary(known=(point,))
        if kind == "SummaryCleared":
            yield lambda story: c.ClearSummary()
        return
    yield lambda story: c.ReopenStory() if story.status == "ended" else c.SetStatus(status="live")
    if kind == "StatusChanged":
        yield lambda story: c.SetStatus(status=draw(st.sampled_from(["paused", "ended"])))
    elif kind == "StoryReopened":
        yield lambda story: c.SetStatus(status="ended")
        yield lambda story: c.ReopenStory()
    else:
        yield from _update_road(kind, draw)


def _update_road(kind: str, draw: st.DrawFn) -> _Road:
    """The same for events of an update: an old one is taken if one stands, else a new one is posted."""
    id = ""

    def post(story: Story) -> c.Command:
        nonlocal id
        standing = [i for i in story.order if story.updates[i].retraction is None]
        if kind != "UpdatePosted" and standing and draw(st.booleans()):
            id = draw(st.sampled_from(standing))
            return c.UnpinUpdate(id=id)
        id = next_id(story)
        return draw(posts(id, story.modified))

    yield post
    if kind == "UpdateEdited":
        yield lambda story: c.EditUpdate(id=id, headline=f"{story.updates[id].headline[:200]} {draw(lines())}")
    elif kind == "UpdateCorrected":
        yield lambda story: c.EditUpdate(
            id=id, mode="correction", note=f"{draw(lines())} {story.seq}", body=draw(bodies())
        )
    elif kind in ("UpdateRetracted", "UpdateErased"):
        yield lambda story: c.RetractUpdate(id=id, reason=draw(lines()))
        if kind == "UpdateErased":
            yield lambda story: c.EraseUpdate(id=id)
    elif kind in ("UpdatePinned", "UpdateUnpinned"):
        yield lambda story: c.UnpinUpdate(id=id)
        yield lambda story: c.PinUpdate(id=id)
        if kind == "UpdateUnpinned":
            yield lambda story: c.UnpinUpdate(id=id)
    elif kind in ("UpdateMarkedKey", "UpdateUnmarkedKey"):
        yield lambda story: c.MarkKey(id=id, key=kind == "UpdateUnmarkedKey")
        yield lambda story: c.MarkKey(id=id, key=kind == "UpdateMarkedKey")
    elif kind == "UpdateTagged":
        yield lambda story: c.TagUpdate(id=id, tags=(*story.updates[id].tags[:2], f"n{story.seq}"))


def last(history: Sequence[Step]) -> Story:
    """The story as it stands at the end of a history."""
    story: Story | None = None
    for event, seq, at in history:
        story = fold(story, event, seq=seq, at=at)
    assert story is not None
    return story


def next_id(story: Story) -> str:
    """An update id that the story does not have yet."""
    return f"u{len(story.order) + 1:09d}"


def _follow(history: list[Step], command: c.Command, after: int = 0) -> list[Step]:
    """The history with what a command leads to, `after` seconds later; as it was if the command is refused."""
    at = history[-1].at + timedelta(seconds=after) if history else START
    try:
        events = decide(last(history) if history else None, command)
    except Refusal:
        return history
    return [*history, *(Step(event, len(history) + n, at) for n, event in enumerate(events, 1))]


def sealed(
    history: Sequence[Step], *, stream: str = "", actor: str = "reporter", erase: bool = True
) -> list[record.Entry]:
    """The history as entries of the record, with salts that are always the same.

    With `erase`, the words of erased updates are gone from the entries that carried them, as in a real record.
    """
    entries: list[record.Entry] = []
    salts = (hashlib.sha256(str(n).encode()).digest()[: record.SALT_BYTES] for n in range(1_000_000))
    story: Story | None = None
    for event, seq, at in history:
        story = fold(story, event, seq=seq, at=at)
        erases = story.updates[event.id].worded if isinstance(event, e.UpdateErased) and erase else ()
        prev = entries[-1].hash if entries else record.START
        kind, version, payload = e.dump(event)
        entry = record.seal(
            stream or story.slug, seq, at, kind, version, "reporter", payload, prev, lambda: next(salts), erases=erases
        )
        entries.append(entry)
        for number in erases:
            entries[number - 1] = without_words(entries[number - 1])
    return entries


def without_words(entry: record.Entry) -> record.Entry:
    """The entry after its words were erased; only who wrote it can still be opened."""
    return replace(entry, openings={k: v for k, v in entry.openings.items() if k == entry.actor})


def loaded(entries: Sequence[record.Entry]) -> list[Step]:
    """Entries as the steps that they carry."""
    return [Step(e.load(entry.kind, entry.version, entry.data()), entry.seq, entry.at) for entry in entries]


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


def hostile_commands(story: Story | None = None) -> st.SearchStrategy[c.Command]:
    """Commands with any value in any field, of the wrong type too."""
    ids = st.sampled_from(story.order) if story and story.order else st.nothing()
    value = st.one_of(
        json_values(),
        lines(),
        ids,
        st.datetimes(),
        st.datetimes(timezones=st.timezones()),
        st.sampled_from([*fields.STATUSES, *fields.KINDS, "minor", "correction", "Europe", "../../etc/passwd", 1, -1]),
        st.lists(st.one_of(st.text(), st.builds(e.Point, text=st.text())), max_size=14).map(tuple),
        raw_bodies(),
    )
    return st.one_of(
        [st.builds(cls, **dict.fromkeys(cls.__dataclass_fields__, value)) for cls in c.Command.__subclasses__()]
    )
