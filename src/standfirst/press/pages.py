"""Whole pages: the front page as a sheet; numbered pages, lists, permalinks and corrections; the feed."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from standfirst.press import data, runs
from standfirst.press.edition import Edition
from standfirst.press.feed import feed
from standfirst.press.fragments import Fragments
from standfirst.press.runs import Run
from standfirst.press.sheet import Sheet
from standfirst.press.view import View
from standfirst.story.story import Update

_MARK = "\x00"  # parts slots from literal text in a rendered frame; no text of ours holds it


@dataclass(frozen=True)
class Printed:
    """What was printed, with the headers that belong to it."""

    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


def front(view: View, fragments: Fragments) -> Sheet:
    """The page of the story."""
    updates = [view.update(id) for id in view.front.ids]
    url = view.edition.absolute(view.base)
    ld = data.blog(view, [fragments.post(view, update) for update in updates], url)
    return Sheet(
        seq=view.story.seq,
        frame=_frame(view),
        slots=fragments.slots(view),
        updates=tuple(fragments.article(view, update) for update in updates),
        machine={"meta": _render(view, "meta.html.j2", url=url), "data": data.script(ld)},
    )


def page(view: View, fragments: Fragments, run: Run[str], name: str, number: int | None) -> Printed | None:
    """A list of updates: `name` is `""` for all, `key-events`, `kind/…` or `tag/…`. None if it has no such page."""
    part = run.front if number is None else run.page(number)
    if part is None:
        return None
    updates = [view.update(id) for id in part.ids]
    path = run.base if number is None else f"{run.base}/page/{number}"
    url = view.edition.absolute(path)
    ld = data.blog(view, [fragments.post(view, update) for update in updates], url)
    articles = [Markup(fragments.article(view, update).html) for update in updates]  # noqa: S704  # our own fragments
    return html(
        view.edition,
        _render(
            view,
            "list.html.j2",
            run=run,
            part=part,
            name=name,
            number=number,
            articles=articles,
            url=url,
            heading=_heading(view, name),
            data=Markup(data.script(ld)),  # noqa: S704  # escaped for HTML
        ),
    )


def permalink(view: View, fragments: Fragments, update: Update) -> Printed:
    """One update for itself, with all its versions and what changed between them."""
    url = view.edition.absolute(view.href(update))
    thing = {"@context": "https://schema.org", **data.post(view, update)}
    thing["isPartOf"] = {"@type": "LiveBlogPosting", "@id": view.edition.absolute(view.base)}
    gone = update.retraction is not None or update.erased
    return html(
        view.edition,
        _render(
            view,
            "update.html.j2",
            u=update,
            url=url,
            history=[] if gone else fragments.history(view, update),
            article=Markup(fragments.article(view, update).html),  # noqa: S704  # our own fragment
            context=view.run.href(-(-update.ordinal // runs.PAGE)),
            data=Markup(data.script(thing)),  # noqa: S704  # escaped
        ),
    )


def corrections(view: View, number: int | None) -> Printed | None:
    """A page of the story's corrections and retractions. None if there is no such page."""
    run = view.changes
    part = run.front if number is None else run.page(number)
    if part is None:
        return None
    url = view.edition.absolute(run.base if number is None else f"{run.base}/page/{number}")
    told = [view.told(change) for change in part.ids]
    return html(
        view.edition, _render(view, "corrections.html.j2", run=run, part=part, number=number, told=told, url=url)
    )


def feed_of(view: View, changed: Iterable[Update]) -> Printed:
    """The story's Atom feed."""
    return Printed(feed(view, changed), "application/atom+xml; charset=utf-8", (("X-Content-Type-Options", "nosniff"),))


def html(edition: Edition, text: str) -> Printed:
    """A page with the headers that every page has."""
    return Printed(text.encode(), "text/html; charset=utf-8", edition.headers)


def _frame(view: View) -> tuple[str, ...]:
    """What is the same on every sheet of the story, in parts; at odd places stands the name of a slot."""
    known = view.edition.frames
    key = (view.story.slug, view.story.language, view.story.zone)
    if key not in known:
        text = _render(
            view, "page.html.j2", slot=lambda name: f"{_MARK}{name}{_MARK}", base=view.base, zone=view.story.zone
        )
        known[key] = tuple(text.split(_MARK))
    return known[key]


def _render(view: View, template: str, **context: object) -> str:
    return view.edition.environment(view.story.language).get_template(template).render(v=view, **context)


def _heading(view: View, name: str) -> str:
    if name == "":
        return ""
    if name == "key-events":
        return view.words.gettext("Key events")
    kind, _, value = name.partition("/")
    return view.kind(value, "many") if kind == "kind" else view.tag(value)
