"""`standfirst bench`: a crowd of readers for a server of one's own."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from standfirst.cli import newsroom

if TYPE_CHECKING:
    from standfirst.load.bench import Report
    from standfirst.load.figures import Figures

INTERRUPTED = 130
"""Exit status after Ctrl-C."""
READERS_MOST, SECONDS_MOST, RATE_MOST, UPDATES_MOST = 50_000, 3600, 5000, 1000


@click.command()
@click.argument("address")
@click.option(
    "--readers",
    type=click.IntRange(1, READERS_MOST),
    default=100,
    show_default=True,
    help="Event streams to hold, 50,000 at most.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(1, SECONDS_MOST),
    default=20.0,
    show_default=True,
    help="How long to listen once the streams are open, an hour at most.",
)
@click.option(
    "--rate",
    type=click.FloatRange(1, RATE_MOST),
    default=200.0,
    show_default=True,
    help="Streams to open in a second, 5,000 at most.",
)
@click.option(
    "--updates",
    type=click.IntRange(0, UPDATES_MOST),
    default=0,
    help="Post so many updates, 1,000 at most, and time their way to each reader. They are published. Needs a token.",
)
@click.option("--token", envvar="STANDFIRST_TOKEN", default="", help="Token to post with; STANDFIRST_TOKEN is better.")
@click.option("--yes", is_flag=True, help="Post the updates without asking.")
@click.option("--gzip", is_flag=True, help="Ask for compressed streams, as browsers do.")
@click.option("--ca", type=click.Path(path_type=Path), help="PEM file of the authority that signed the certificate.")
@click.option("--allow-remote", is_flag=True, help="Load a server on another machine. Only one that is yours.")
@newsroom.as_json
@newsroom.where
def bench(
    address: str,
    readers: int,
    seconds: float,
    rate: float,
    updates: int,
    token: str,
    yes: bool,
    gzip: bool,
    ca: Path | None,
    allow_remote: bool,
    as_json: bool,
) -> None:
    """Hold many readers of a story's page at ADDRESS, and see what they get and how fast.

    Checks that each reader has every entry once and in order. Exit status 1: one had not, or could not
    follow to the end; the last line says why. After Ctrl-C the figures so far, and 130.
    """
    from standfirst.load import bench as load
    from standfirst.load.target import Page, Target

    load.room_for(readers)
    target = Target(Page.of(address), remote=allow_remote, ca=ca)
    try:
        if updates:
            _may_post(token, f"{updates} updates to {address}", clear=target.tls is None and not target.local, yes=yes)
        plan = load.Plan(readers=readers, seconds=seconds, rate=rate, updates=updates, token=token, gzip=gzip)
        with _bar() as tell:
            report = load.run(target, plan, tell)
    finally:
        target.close()
    if as_json:
        newsroom.write_json({**asdict(report), "sound": report.sound, "faults": report.faults})
    else:
        _write(report)
    if report.interrupted:
        sys.exit(INTERRUPTED)
    if not report.sound:
        sys.exit(1)


def _may_post(token: str, what: str, *, clear: bool, yes: bool) -> None:
    """Raises Refused."""
    if not token:
        raise newsroom.Refused("--updates needs a token: make one with `standfirst token create --scope publish`")
    if clear:
        raise newsroom.Refused("--updates would send the token over the network in the clear: give an https:// address")
    if not yes and not _confirmed(f"This publishes {what}. They stay on the record. Go on?"):
        raise newsroom.Refused("nothing was posted: give --yes, or leave out --updates")


def _confirmed(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort:  # nobody there to answer
        click.echo(err=True)
        return False


@contextmanager
def _bar() -> Iterator[Callable[[str, float, float], None]]:
    """A line on standard error, if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    hidden = not sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=None)

        def tell(doing: str, done: float, total: float) -> None:
            bar.update(task, description=doing, completed=int(done), total=int(total))

        yield tell


def _write(report: "Report") -> None:
    from standfirst.load.bench import explained
    from standfirst.load.figures import drawn

    click.echo(f"{report.address}: {report.opened:,} of {report.readers:,} streams open for {report.seconds:g} s")
    click.echo(f"{len(report.entries)} entries came, {report.deliveries:,} deliveries, {report.bytes:,} bytes")
    if report.publish is not None:
        _line("from sending an update to having it", report.publish)
    if report.spread is not None:
        _line("from the first reader to each other", report.spread)
    for line in drawn(report.histogram):
        click.echo(line)
    if report.publish is None:
        rows = [(entry.seq, entry.readers, f"{entry.spread_ms:.1f} ms") for entry in report.entries]
        newsroom.table(rows, ("ENTRY", "READERS", "FIRST TO LAST"))
    click.echo(f"{report.missing} missing, {report.doubled} twice, {report.unreadable} unreadable, {report.late} late")
    click.echo(
        f"{report.broken:,} streams broke off, {report.resumed:,} were resumed, {report.without:,} have none at the end"
    )
    if report.reloads or report.turned_away:
        click.echo(f"{report.reloads:,} told to load the page again, {report.turned_away:,} told to poll")
    for why, times in sorted(report.trouble.items(), key=lambda item: -item[1]):
        click.echo(f"{times:,} times: {explained(why)}")
    if report.deliveries:
        newsroom.warn(
            f"This program used {report.busy:.0%} of a processor, and took up to {report.slowest_ms:.1f} ms to read "
            "what had come: so much of the times may be its own."
        )
    if not report.sound:
        click.echo(f"Not sound: {'; '.join(report.faults)}")


def _line(what: str, figures: "Figures") -> None:
    cuts = f"p50 {figures.p50_ms:.1f}  p90 {figures.p90_ms:.1f}  p99 {figures.p99_ms:.1f}  max {figures.max_ms:.1f} ms"
    click.echo(f"{what}: {cuts}")
