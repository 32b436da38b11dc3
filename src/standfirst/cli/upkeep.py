"""`standfirst verify` and `standfirst rebuild`: is the record what was written, and the lookups what it says?"""

import sys
from contextlib import nullcontext
from dataclasses import asdict

import click
from rich.console import Console

from standfirst.cli import newsroom
from standfirst.record.seal import Fault


@click.command()
@newsroom.as_json
@newsroom.where
def verify(as_json: bool) -> None:
    """Check every byte of the record and of the audit trail. Exit status 1, with each fault named, if any is wrong.

    The root hash stands for all of it: the same as that of a backup, if nothing was written since.
    """
    from standfirst.record.errors import RecordBroken

    heads: dict[str, int] = {}
    noted, root = 0, ""
    faults: list[Fault] = []
    try:
        newsroom.ready()
        from standfirst.site import whole

        with Console(stderr=True).status("verifying the record") if sys.stderr.isatty() else nullcontext():
            faults.extend(whole.faults())
        ends = whole.now()
        heads = {name: head.seq for name, head in ends.streams.items()}
        noted, root = ends.audit.seq, ends.root()
    except RecordBroken as error:  # any other error of the database says nothing of the record
        faults.append(Fault("", None, f"the database cannot be read ({error})"))
    if as_json:
        listed = [asdict(fault) for fault in faults]
        newsroom.write_json(
            {
                "whole": not faults,
                "stories": len(heads),
                "entries": sum(heads.values()),
                "audit": noted,
                "root": root,
                "faults": listed,
            }
        )
    else:
        for fault in faults:
            click.echo(str(fault))
        counted = f"{_many(sum(heads.values()), 'entry', 'entries')} in {_many(len(heads), 'story', 'stories')}"
        found = f"{_many(len(faults), 'fault', 'faults')} among {counted}"
        click.echo(found if faults else f"the record is whole: {counted}")
        if root:
            click.echo(f"{noted} in the audit trail; root {root}")
    if faults:
        raise click.exceptions.Exit(1)


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


@click.command()
@newsroom.as_json
@newsroom.where
def rebuild(as_json: bool) -> None:
    """Throw the lookup tables away and derive them from the record anew."""
    newsroom.ready()
    from standfirst.desk import lookups

    count = lookups.rebuild()
    if as_json:
        newsroom.write_json({"stories": count})
    else:
        click.echo(f"rebuilt the lookups of {count} {'story' if count == 1 else 'stories'}")
