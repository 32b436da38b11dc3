"""`standfirst update`: post updates, mend them, withdraw them, and see how they stand."""

import json
import sys
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from standfirst.cli import newsroom

if TYPE_CHECKING:
    from standfirst.story.story import Story, Update


@click.group()
def update() -> None:
    """Post, edit, retract and list the updates of a story."""


@update.command(name="list")
@click.argument("slug")
@newsroom.as_json
@newsroom.where
def list_(slug: str, as_json: bool) -> None:
    """List a story's updates, oldest first."""
    newsroom.ready()
    story = newsroom.story_of(slug)
    updates = [story.updates[id] for id in story.order]
    if as_json:
        newsroom.write_json([_told(item, words=False) for item in updates])
        return
    rows = [(u.id, u.published, u.kind, _marks(story, u), u.headline) for u in updates]
    newsroom.table(rows, ("ID", "PUBLISHED", "KIND", "", "HEADLINE"))


@update.command()
@click.argument("slug")
@click.argument("id")
@newsroom.as_json
@newsroom.where
def show(slug: str, id: str, as_json: bool) -> None:
    """Show an update with its words and what was corrected."""
    newsroom.ready()
    from standfirst.story import document

    story = newsroom.story_of(slug)
    item = story.updates.get(id)
    if item is None:
        raise newsroom.Refused(f"story {slug!r} has no update {id!r}: `standfirst update list {slug}` shows them")
    if as_json:
        newsroom.write_json(_told(item, words=True))
        return
    click.echo(
        " ".join(part for part in (item.headline, f"({_marks(story, item)})" * bool(_marks(story, item))) if part)
    )
    click.echo(f"{item.published:%Y-%m-%d %H:%M:%S} UTC, {item.kind}" + "".join(f", {name}" for name in item.bylines))
    click.echo(f"\n{document.plain(item.body)}")
    for correction in item.corrections:
        click.echo(f"\nCorrected {correction.at:%Y-%m-%d %H:%M:%S} UTC: {correction.note}")
    if item.retraction:
        click.echo(f"\nRetracted {item.retraction.at:%Y-%m-%d %H:%M:%S} UTC: {item.retraction.reason}")


@update.command()
@click.argument("slug")
@click.option("--headline", default="", help="The update's headline, if it has one.")
@click.option("--text", help="Its words; a blank line parts paragraphs. Read from standard input if not given.")
@click.option("--file", type=click.Path(path_type=Path), help="A file with its words; *.json holds a document.")
@click.option("--kind", default="report", show_default=True, help="As report, analysis, opinion or explainer.")
@click.option("--byline", "bylines", multiple=True, metavar="NAME", help="Who wrote it; may be given again.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given again.")
@click.option("--key", is_flag=True, help="Mark it as a key event.")
@click.option("--published", callback=newsroom.moment, metavar="TIME", help="When it was published, if not now.")
@click.option("--happened", callback=newsroom.moment, metavar="TIME", help="When what it tells of happened.")
@click.option("--source", metavar="URL", help="Where it was published first.")
@newsroom.as_json
@newsroom.where
def post(
    slug: str, text: str | None, file: Path | None, published: datetime | None, as_json: bool, **given: Any
) -> None:  # Any: the other options, as PostUpdate has them
    """Post an update. Its id is printed."""
    newsroom.ready()
    from standfirst.desk.execute import new_id
    from standfirst.story.commands import PostUpdate

    body = _body(text, file, needed=True)
    answer = newsroom.do(slug, PostUpdate(id=new_id(), body=body or {}, published=published or newsroom.now(), **given))
    newsroom.answered(answer, f"posted {answer.update}", as_json=as_json)


@update.command()
@click.argument("slug")
@click.argument("id")
@click.option("--minor", is_flag=True, help="A slip that readers need not be told of.")
@click.option("--correction", metavar="NOTE", help="What was wrong; readers see it.")
@click.option("--headline", help="The headline as it should be.")
@click.option("--text", help="The words as they should be.")
@click.option("--file", type=click.Path(path_type=Path), help="A file with the words; *.json holds a document.")
@click.option("--kind", help="As report, analysis, opinion or explainer.")
@click.option("--byline", "bylines", multiple=True, metavar="NAME", help="Who wrote it; may be given again.")
@click.option("--rev", "expected_rev", type=int, help="Refuse if the update is not at this revision any more.")
@newsroom.as_json
@newsroom.where
def edit(
    slug: str, id: str, minor: bool, correction: str | None, text: str | None, file: Path | None,
    bylines: tuple[str, ...], as_json: bool, **given: Any,
) -> None:  # Any: the other options, as EditUpdate has them  # fmt: skip
    """Change an update: say --minor, or --correction with what was wrong."""
    if minor == (correction is not None):
        raise click.UsageError("an edit is minor or a correction: give --minor, or --correction NOTE")
    newsroom.ready()
    from standfirst.story.commands import EditUpdate

    command = EditUpdate(
        id=id,
        mode="minor" if minor else "correction",
        note=correction or "",
        body=_body(text, file, needed=False),
        bylines=bylines or None,
        **given,
    )
    newsroom.answered(newsroom.do(slug, command), f"{'edited' if minor else 'corrected'} {id}", as_json=as_json)


@update.command()
@click.argument("slug")
@click.argument("id")
@click.option("--reason", required=True, help="Why; readers see it where the update stood.")
@newsroom.as_json
@newsroom.where
def retract(slug: str, id: str, reason: str, as_json: bool) -> None:
    """Withdraw an update. A dated note with the reason stays."""
    newsroom.ready()
    from standfirst.story.commands import RetractUpdate

    answer = newsroom.do(slug, RetractUpdate(id=id, reason=reason))
    newsroom.answered(answer, f"retracted {id}", as_json=as_json)


@update.command()
@click.argument("slug")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@newsroom.as_json
@newsroom.where
def erase(slug: str, id: str, yes: bool, as_json: bool) -> None:
    """Remove a retracted update's words from the record itself. They cannot be brought back."""
    if not yes:
        click.confirm(f"Remove the words of {id} from the record for good?", abort=True, err=True)
    newsroom.ready()
    from standfirst.story.commands import EraseUpdate

    newsroom.answered(newsroom.do(slug, EraseUpdate(id=id)), f"erased {id}", as_json=as_json)


@update.command()
@click.argument("slug")
@click.argument("id")
@newsroom.as_json
@newsroom.where
def pin(slug: str, id: str, as_json: bool) -> None:
    """Put an update above all others."""
    newsroom.ready()
    from standfirst.story.commands import PinUpdate

    newsroom.answered(newsroom.do(slug, PinUpdate(id=id)), f"pinned {id}", as_json=as_json)


@update.command()
@click.argument("slug")
@newsroom.as_json
@newsroom.where
def unpin(slug: str, as_json: bool) -> None:
    """Let the pinned update go back to its place."""
    newsroom.ready()
    from standfirst.story.commands import UnpinUpdate

    pinned = newsroom.story_of(slug).pinned
    if pinned is None:
        raise newsroom.Refused(f"story {slug!r} has no pinned update: there is nothing to unpin")
    newsroom.answered(newsroom.do(slug, UnpinUpdate(id=pinned)), f"unpinned {pinned}", as_json=as_json)


@update.command()
@click.argument("slug")
@click.argument("id")
@click.option("--off", is_flag=True, help="It is no key event any more.")
@newsroom.as_json
@newsroom.where
def key(slug: str, id: str, off: bool, as_json: bool) -> None:
    """Mark an update as a key event."""
    newsroom.ready()
    from standfirst.story.commands import MarkKey

    answer = newsroom.do(slug, MarkKey(id=id, key=not off))
    newsroom.answered(answer, f"{id} is {'no' if off else 'a'} key event", as_json=as_json)


@update.command()
@click.argument("slug")
@click.argument("id")
@click.argument("tags", nargs=-1)
@newsroom.as_json
@newsroom.where
def tag(slug: str, id: str, tags: tuple[str, ...], as_json: bool) -> None:
    """Set all the tags of an update; none given leaves it with none."""
    newsroom.ready()
    from standfirst.story.commands import TagUpdate

    answer = newsroom.do(slug, TagUpdate(id=id, tags=tags))
    newsroom.answered(answer, f"tagged {id} {' '.join(tags)}".rstrip(), as_json=as_json)


def _body(text: str | None, file: Path | None, *, needed: bool) -> dict[str, Any] | None:  # Any: ProseMirror JSON
    """The words as a document. Raises Refused for a file that is none, DocumentRefused for what cannot be published."""
    from standfirst.story import document

    if text is not None and file is not None:
        raise click.UsageError("the words come from one place: give --text or --file")
    if file is not None:
        return _filed(file)
    if text is None and needed:
        if sys.stdin.isatty():
            newsroom.warn("Write the update; end with Ctrl-D on a line of its own.")
        text = sys.stdin.read()
    return None if text is None else document.from_plain(text)


def _filed(file: Path) -> dict[str, Any]:  # Any: ProseMirror JSON
    from standfirst.story import document

    try:
        words = file.read_text("utf-8")
        return document.parse(json.loads(words)) if file.suffix == ".json" else document.from_plain(words)
    except UnicodeDecodeError:
        raise newsroom.Refused(f"{file} is no UTF-8 text: save it as UTF-8") from None
    except json.JSONDecodeError as error:
        raise newsroom.Refused(f"{file} is no JSON ({error}): give a document, or a text file") from None


def _marks(story: "Story", item: "Update") -> str:
    marks = {
        "pinned": story.pinned == item.id,
        "key": item.key,
        "corrected": bool(item.corrections),
        "retracted": item.retraction is not None,
        "erased": item.erased,
    }
    return ", ".join(name for name, there in marks.items() if there)


def _told(item: "Update", *, words: bool) -> dict[str, Any]:  # Any: an update's fields
    """An update's fields; its history is in the log."""
    left_out = {"history"} if words else {"history", "body"}
    told = {field.name: getattr(item, field.name) for field in fields(item) if field.name not in left_out}
    told["corrections"] = [{"at": c.at, "rev": c.rev, "note": c.note} for c in item.corrections]
    told["retraction"] = {"at": item.retraction.at, "reason": item.retraction.reason} if item.retraction else None
    return told
