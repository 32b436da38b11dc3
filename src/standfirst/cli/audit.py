"""`standfirst audit`: who did what."""

import base64
import json
from datetime import datetime
from pathlib import Path

import click

from standfirst.cli import newsroom

MOST = 10_000


@click.group(invoke_without_command=True)
@click.option("--since", callback=newsroom.moment, metavar="TIME", help="From this time on, ISO 8601.")
@click.option("--actor", default="", metavar="ID", help="What this one did: person:…, token:… or cli:….")
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="How many at most, of the newest."
)
@newsroom.as_json
@newsroom.where
@click.pass_context
def audit(context: click.Context, since: datetime | None, actor: str, limit: int, as_json: bool) -> None:
    """Show who did what, the newest last. Nothing is kept about readers."""
    if context.invoked_subcommand is not None:
        return
    newsroom.ready()
    from standfirst.accounts import audit as trail

    found = trail.entries(since=since, actor=actor, limit=limit)[::-1]
    if as_json:
        fields = ("seq", "at", "actor", "session", "action", "thing", "detail", "hash")
        newsroom.write_json([{field: getattr(entry, field) for field in fields} for entry in found])
        return
    rows = [(e.seq, e.at, e.actor, e.session, e.action, e.thing, _detail(e.detail)) for e in found]
    newsroom.table(rows, ("SEQ", "AT", "ACTOR", "SESSION", "ACTION", "THING", "DETAIL"))


@audit.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@newsroom.as_json
@newsroom.where
def export(file: Path, as_json: bool) -> None:
    """Write the whole trail to FILE, an entry a line, each with the bytes that were hashed (base64) and their hash."""
    newsroom.ready()
    from standfirst.accounts import audit as trail

    try:
        out = file.open("xb")
    except FileExistsError:
        raise newsroom.Refused(f"{file} is there already: give another name") from None
    count = 0
    with out:
        for entry in trail.every():
            line = {"form": base64.b64encode(entry.form).decode(), "hash": entry.hash}
            out.write(json.dumps({"entry": json.loads(entry.form), **line}, ensure_ascii=False).encode() + b"\n")
            count += 1
    if as_json:
        newsroom.write_json({"file": str(file), "entries": count})
        return
    click.echo(f"{count} entries in {file}")


def _detail(detail: dict[str, object]) -> str:
    return " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in detail.items())
