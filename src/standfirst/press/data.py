"""Structured data: the story as schema.org LiveBlogPosting, for machines that read pages."""

import json
from datetime import datetime
from typing import Any

from standfirst.press.view import View
from standfirst.story.document import plain
from standfirst.story.story import Story, Update

Thing = dict[str, Any]  # Any: JSON-LD


def script(thing: Thing | str) -> str:
    """A data block for a page; nothing in it can end the block or open a comment."""
    text = thing if isinstance(thing, str) else dumps(thing)
    return f'<script type="application/ld+json">{text}</script>'


def dumps(thing: Thing) -> str:
    """Compact JSON in which `<`, `>` and `&` are escaped, so that it can stand in HTML as it is."""
    text = json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def blog(view: View, updates: list[str], url: str) -> str:
    """A page's LiveBlogPosting as JSON; `updates` are its updates, already dumped."""
    story = view.story
    thing: Thing = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "@id": view.edition.absolute(view.base),
        "url": url,
        "mainEntityOfPage": url,
        "headline": story.headline,
        "description": story.standfirst or story.headline,
        "inLanguage": story.language,
        "datePublished": view.iso(_began(story)),
        "dateModified": view.iso(story.updated),
        "coverageStartTime": view.iso(_began(story)),
        **({"coverageEndTime": view.iso(story.ended)} if story.ended else {}),
        **({"about": {"@type": "Thing", "name": story.topic}} if story.topic else {}),
        "publisher": publisher(view),
        "author": people(story.bylines) or [publisher(view)],
        "isAccessibleForFree": True,
    }
    return dumps(thing)[:-1] + ',"liveBlogUpdate":[' + ",".join(updates) + "]}"


def post(view: View, update: Update) -> Thing:
    """An update as BlogPosting; one that was retracted keeps its place and says so."""
    url = view.edition.absolute(view.href(update))
    base: Thing = {
        "@type": "BlogPosting",
        "@id": url,
        "url": url,
        "inLanguage": view.story.language,
        "datePublished": view.iso(update.published),
    }
    if update.retraction or update.erased:
        at = update.retraction.at if update.retraction else update.changed or update.published
        words = view.words.gettext("This update has been retracted")
        reason = update.retraction.reason if update.retraction else ""
        told = [] if update.erased else [_notice(view, c.note, c.at) for c in update.corrections]
        told.append(_notice(view, reason or words, at))
        body = {"headline": words, "articleBody": reason or words, "correction": told}
        return base | {"dateModified": view.iso(at), "author": [publisher(view)]} | body
    notes = [{**_notice(view, c.note, c.at), "url": f"{url}#rev-{c.rev}"} for c in update.corrections]
    return base | {
        "headline": view.title(update),
        "dateModified": view.iso(update.changed or update.published),
        "author": people(update.bylines) or people(view.story.bylines) or [publisher(view)],
        "publisher": publisher(view),
        "articleBody": plain(update.body),
        **({"correction": notes} if notes else {}),
        **({"keywords": list(update.tags)} if update.tags else {}),
    }


def _notice(view: View, words: str, at: datetime) -> Thing:
    return {"@type": "CorrectionComment", "text": words, "datePublished": view.iso(at)}


def people(names: tuple[str, ...]) -> list[Thing]:
    """Bylines. A desk is an organisation, and so is an agency written in capitals; the others are people."""
    return [{"@type": "Organization" if _is_desk(name) else "Person", "name": name} for name in names]


def publisher(view: View) -> Thing:
    """The newsroom, with what it says of how it works."""
    edition, look = view.edition, view.edition.look
    logo: Thing = {"@type": "ImageObject", "url": edition.absolute("/static/favicon.svg")}
    if look.logo:
        logo = {"@type": "ImageObject", "url": edition.absolute(f"/static/{look.logo.file}")}
        logo |= {"width": look.logo.width, "height": look.logo.height}
    return {
        "@type": "NewsMediaOrganization",
        "name": edition.name,
        "url": edition.absolute("/"),
        "logo": logo,
        "correctionsPolicy": look.corrections_policy or edition.absolute(view.list_href("corrections")),
        **({"publishingPrinciples": look.principles} if look.principles else {}),
        **({"sameAs": [f"https://{domain}/" for domain in look.domains]} if look.domains else {}),
    }


def _is_desk(name: str) -> bool:
    words = name.split()
    return words[-1:] in (["desk"], ["Desk"], ["team"], ["staff"]) or (len(words) == 1 and name.isupper())


def _began(story: Story) -> datetime:
    """When coverage began: an imported story's updates are older than its first entry here."""
    times = [story.began or story.starts or story.opened]
    if story.order:
        times.append(story.updates[story.order[0]].published)
    return min(times)
