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
    """Check every byte of the record. Exit status 1, with each fault named, if anything is wrong."""
    from standfirst.record.errors import RecordBroken

    heads: dict[str, int] = {}
    faults: list[Fault] = []
    try:
        newsroom.ready()
        from standfirst.record import audit, journal

        with Console(stderr=True).status("verifying the record") if sys.stderr.isatty() else nullcontext():
            faults.extend(audit.audit())
        heads = journal.heads()
    except RecordBroken as error:  # any other error of the database says nothing of the record
        faults.append(Fault("", None, f"the database cannot be read ({error})"))
    if as_json:
        listed = [asdict(fault) for fault in faults]
        newsroom.write_json(
            {"whole": not faults, "stories": len(heads), "entries": sum(heads.values()), "faults": listed}
        )
    else:
        for fault in faults:
            click.echo(str(fault))
        counted = f"{sum(heads.values())} entries in {len(heads)} {'story' if len(heads) == 1 else 'stories'}"
        click.echo(f"{len(faults)} faults among {counted}" if faults else f"the record is whole: {counted}")
    if faults:
        raise click.exceptions.Exit(1)


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
