"""`standfirst freeze`, `thaw`, `pause` and `undo`: what stops and mends, for whoever is at the server."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from standfirst.cli import newsroom

if TYPE_CHECKING:
    from standfirst.accounts.brakes import State
    from standfirst.accounts.roles import Actor


@click.command()
@click.option("--why", default="", metavar="WORDS", help="Shown to those who are refused; not to strangers.")
@newsroom.as_json
@newsroom.where
def freeze(why: str, as_json: bool) -> None:
    """Stop all writing, at once; reading goes on. Freezing again changes nothing."""
    newsroom.ready()
    from standfirst.accounts import brakes

    _told(brakes.freeze(_operator(), why, now=newsroom.now()), as_json=as_json)


@click.command()
@newsroom.as_json
@newsroom.where
def thaw(as_json: bool) -> None:
    """Let writing go on."""
    newsroom.ready()
    from standfirst.accounts import brakes

    _told(brakes.thaw(_operator(), now=newsroom.now()), as_json=as_json)


@click.group()
def pause() -> None:
    """See and lift the pauses of those who published far above their norm."""


@pause.command(name="list")
@newsroom.as_json
@newsroom.where
def list_(as_json: bool) -> None:
    """List who is paused, the newest first."""
    newsroom.ready()
    from standfirst.accounts import brakes

    found = brakes.paused()
    if as_json:
        newsroom.write_json([{"actor": one.actor, "why": one.why, "at": one.at} for one in found])
    else:
        newsroom.table([(one.actor, one.at, one.why) for one in found], ("ACTOR", "SINCE", "WHY"))


@pause.command()
@click.argument("actor")
@newsroom.as_json
@newsroom.where
def lift(actor: str, as_json: bool) -> None:
    """Let ACTOR, as `pause list` names it, go on."""
    newsroom.ready()
    from standfirst.accounts import brakes

    gone = brakes.lift(actor, by=_operator(), now=newsroom.now())
    if as_json:
        newsroom.write_json({"actor": gone.actor, "lifted": gone.lifted})
    else:
        click.echo(f"{gone.actor} may go on")


@click.command()
@click.argument("actor")
@click.option("--since", required=True, callback=newsroom.moment, metavar="TIME", help="What was made before it stays.")
@click.option("--reason", metavar="WORDS", help="What readers are told.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@newsroom.as_json
@newsroom.where
def undo(actor: str, since: datetime, reason: str | None, dry_run: bool, as_json: bool) -> None:
    """Take back, by new entries, what ACTOR (such as token:0a1b2c3d4e5f) published since TIME. Works under a freeze."""
    newsroom.ready()
    from standfirst.desk import undo as undoing

    steps = undoing.undo(
        actor, since, by=_operator(), reason=undoing.REASON if reason is None else reason, dry_run=dry_run
    )
    if as_json:
        newsroom.write_json(
            [{"story": s.story, "update": s.update, "what": s.what, "outcome": s.outcome} for s in steps]
        )
    elif steps:
        newsroom.table([(s.story, s.what, s.outcome) for s in steps], ("STORY", "WHAT", "OUTCOME"))
    else:
        newsroom.warn(f"nothing by {actor!r} since {since.isoformat()} is left to undo")


def _operator() -> "Actor":
    from standfirst.accounts.roles import Actor

    return Actor(id=newsroom.who(), name="the server's operator", role="owner")


def _told(state: "State", *, as_json: bool) -> None:
    if as_json:
        newsroom.write_json({"frozen": state.frozen, "by": state.by, "why": state.why, "at": state.at})
    else:
        click.echo("all writing is stopped; `standfirst thaw` lets it go on" if state.frozen else "writing goes on")
