"""A story as an Atom feed (RFC 4287): its last changes, newest change first."""

from collections.abc import Iterable
from datetime import datetime
from xml.etree import ElementTree as ET  # writes XML, reads none

from standfirst.press.view import View
from standfirst.story.characters import slugged
from standfirst.story.story import Update

ATOM = "http://www.w3.org/2005/Atom"
ET.register_namespace("", ATOM)


def feed(view: View, changed: Iterable[Update]) -> bytes:
    """The feed of a story with these updates."""
    story, edition = view.story, view.edition
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": story.language})
    _add(root, "id", edition.absolute(view.base))
    _add(root, "title", story.headline)
    if story.standfirst:
        _add(root, "subtitle", story.standfirst)
    _add(root, "updated", view.iso(story.modified))
    _person(root, edition.name)
    _link(root, "self", edition.absolute(view.list_href("feed.atom")), "application/atom+xml")
    _link(root, "alternate", edition.absolute(view.base), "text/html")
    for update in changed:
        _entry(root, view, update)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: ET.Element, view: View, update: Update) -> None:
    entry = _add(root, "entry")
    url = view.edition.absolute(view.href(update))
    gone = update.retraction is not None or update.erased
    _add(entry, "id", url)
    _add(entry, "title", view.words.gettext("This update has been retracted") if gone else view.title(update))
    _add(entry, "published", view.iso(update.published))
    _add(entry, "updated", view.iso(_touched(update)))
    _link(entry, "alternate", url, "text/html")
    for name in update.bylines if not gone else ():
        _person(entry, name)
    for tag in update.tags if not gone else ():
        ET.SubElement(entry, f"{{{ATOM}}}category", {"term": slugged(tag), "label": tag})
    _add(entry, "content", _content(view, update)).set("type", "html")


def _content(view: View, update: Update) -> str:
    """HTML: corrections first, for whoever has read the update already."""
    fragments = view.edition.environment(view.story.language).get_template("fragments.html.j2").module
    return str(fragments.syndicated(view, update))  # type: ignore[attr-defined]  # a macro


def _touched(update: Update) -> datetime:
    """When readers last had something new in it."""
    return max(
        update.published, update.changed or update.published, *((update.retraction.at,) if update.retraction else ())
    )


def _person(parent: ET.Element, name: str) -> None:
    _add(_add(parent, "author"), "name", name)


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": href, "type": kind})


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = text
    return element
