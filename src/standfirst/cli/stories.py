"""`standfirst story`: open stories, change them, and see how they stand."""

import re
from typing import TYPE_CHECKING, Any

import click

from standfirst.cli import newsroom

if TYPE_CHECKING:
    from standfirst.story.events import Point
    from standfirst.story.story import Story

_RESTS_ON = re.compile(r"\s*\[([a-z][a-z0-9]{9})\]$")
_FIELDS = (
    "slug", "headline", "standfirst", "status", "topic", "language", "zone", "bylines", "opened", "began", "ended",
    "starts", "modified", "seq", "rev", "pinned", "keys", "order",
)  # fmt: skip


@click.group()
def story() -> None:
    """Open, change and list stories."""


@story.command(name="list")
@newsroom.as_json
@newsroom.where
def list_(as_json: bool) -> None:
    """List the stories, the one with the newest activity first."""
    newsroom.ready()
    from standfirst.desk.models import StoryRow

    fields = ("slug", "status", "updates", "modified", "headline")
    rows = list(StoryRow.objects.order_by("-modified", "slug").values(*fields, "language", "zone", "seq"))
    if as_json:
        newsroom.write_json(rows)
    else:
        newsroom.table([[row[field] for field in fields] for row in rows], [field.upper() for field in fields])


@story.command(name="open")
@click.argument("slug")
@click.option("--headline", required=True, help="The story's headline.")
@click.option("--standfirst", default="", help="What stands under the headline.")
@click.option("--language", help="Language of the words, as en or pt-BR; the newsroom's if not given.")
@click.option("--zone", help="Time zone to print times in, as Europe/Paris; the newsroom's if not given.")
@click.option("--status", default="live", show_default=True, help="live or scheduled.")
@click.option("--topic", default="", help="The few words above the headline.")
@click.option("--byline", "bylines", multiple=True, metavar="NAME", help="Who covers it; may be given again.")
@click.option("--starts", callback=newsroom.moment, metavar="TIME", help="When coverage is due, if scheduled.")
@newsroom.as_json
@newsroom.where
def open_(slug: str, as_json: bool, **given: Any) -> None:  # Any: the options, as OpenStory has them
    """Open a story at the address SLUG."""
    config = newsroom.ready()
    from standfirst.desk.newsroom import opening

    answer = newsroom.do(slug, opening(slug=slug, **given))
    newsroom.answered(answer, f"opened {config.base_url}/{slug}", as_json=as_json)


@story.command()
@click.argument("slug")
@click.option("--headline", help="The story's headline.")
@click.option("--standfirst", help="What stands under the headline.")
@click.option("--language", help="Language of the words, as en or pt-BR.")
@click.option("--zone", help="Time zone to print times in, as Europe/Paris.")
@click.option("--topic", help="The few words above the headline.")
@click.option("--byline", "bylines", multiple=True, metavar="NAME", help="Who covers it; may be given again.")
@click.option("--starts", callback=newsroom.moment, metavar="TIME", help="When coverage is due, if scheduled.")
@newsroom.as_json
@newsroom.where
def change(slug: str, as_json: bool, bylines: tuple[str, ...], **given: Any) -> None:  # Any: as ChangeStory has them
    """Change a story's own words or settings; what is not given stays."""
    newsroom.ready()
    from standfirst.story.commands import ChangeStory

    answer = newsroom.do(slug, ChangeStory(bylines=bylines or None, **given))
    newsroom.answered(answer, f"changed {slug}", as_json=as_json)


@story.command()
@click.argument("slug")
@newsroom.as_json
@newsroom.where
def show(slug: str, as_json: bool) -> None:
    """Show how a story stands."""
    newsroom.ready()
    found = newsroom.story_of(slug)
    if as_json:
        newsroom.write_json(_told(found))
        return
    click.echo(f"{found.headline}\n{found.standfirst}\n".rstrip() + "\n")
    standing = sum(1 for id in found.order if found.updates[id].retraction is None)
    retracted = len(found.order) - standing
    click.echo(f"{found.status}, {standing} updates" + (f", {retracted} retracted" if retracted else ""))
    click.echo(f"last changed {found.modified:%Y-%m-%d %H:%M:%S} UTC, entry {found.seq}")
    if found.pinned:
        click.echo(f"pinned: {found.pinned} {found.updates[found.pinned].headline}")
    if found.summary:
        for name, points in (("What we know", found.summary.known), ("Not confirmed", found.summary.unconfirmed)):
            click.echo(f"\n{name}:" if points else "", nl=bool(points))
            for point in points:
                click.echo(f"  - {point.text}" + (f" [{point.update}]" if point.update else ""))


@story.command()
@click.argument("slug")
@click.argument("status", metavar="live|paused|ended")
@newsroom.as_json
@newsroom.where
def status(slug: str, status: Any, as_json: bool) -> None:  # Any: checked by `decide`
    """Say that coverage is live, paused or ended."""
    newsroom.ready()
    from standfirst.story.commands import SetStatus

    newsroom.answered(newsroom.do(slug, SetStatus(status=status)), f"{slug} is {status}", as_json=as_json)


@story.command()
@click.argument("slug")
@newsroom.as_json
@newsroom.where
def reopen(slug: str, as_json: bool) -> None:
    """Take up coverage that had ended."""
    newsroom.ready()
    from standfirst.story.commands import ReopenStory

    newsroom.answered(newsroom.do(slug, ReopenStory()), f"{slug} is live again", as_json=as_json)


@story.command()
@click.argument("slug")
@click.option("--known", multiple=True, metavar="TEXT", help="A thing we know; end with [ID] to rest it on an update.")
@click.option("--unconfirmed", multiple=True, metavar="TEXT", help="A thing that is not confirmed; as --known.")
@click.option("--clear", is_flag=True, help="Take the summary down.")
@newsroom.as_json
@newsroom.where
def summary(slug: str, known: tuple[str, ...], unconfirmed: tuple[str, ...], clear: bool, as_json: bool) -> None:
    """Write the pinned summary anew, or take it down."""
    if clear and (known or unconfirmed):
        raise click.UsageError("--clear takes the summary down: give no --known or --unconfirmed with it")
    if not (clear or known or unconfirmed):
        raise click.UsageError("nothing to write: give --known, --unconfirmed or --clear")
    newsroom.ready()
    from standfirst.story.commands import ClearSummary, WriteSummary

    points = WriteSummary(known=tuple(map(_point, known)), unconfirmed=tuple(map(_point, unconfirmed)))
    answer = newsroom.do(slug, ClearSummary() if clear else points)
    newsroom.answered(answer, "took the summary down" if clear else "wrote the summary", as_json=as_json)


def _point(text: str) -> "Point":
    from standfirst.story.events import Point

    found = _RESTS_ON.search(text)
    return Point(text=text[: found.start()], update=found[1]) if found else Point(text=text)


def _told(found: "Story") -> dict[str, Any]:  # Any: a story's fields
    told = {field: getattr(found, field) for field in _FIELDS}
    points = found.summary
    if points is not None:
        told["summary"] = {
            "at": points.at,
            "known": [{"text": point.text, "update": point.update} for point in points.known],
            "unconfirmed": [{"text": point.text, "update": point.update} for point in points.unconfirmed],
        }
    return told
