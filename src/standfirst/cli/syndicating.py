"""`standfirst import` and `standfirst export`: what comes in from other pages, and what goes out as plain files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn

from standfirst.cli import newsroom

if TYPE_CHECKING:
    from standfirst.syndication.importing import Report


@click.command(name="import")
@click.argument("source")
@click.option("--slug", help="Address of the story; made of its headline if not given.")
@click.option("--language", help="Language of the words, if the page does not say.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone to print times in, as Europe/Paris.")
@click.option("--at", callback=newsroom.moment, metavar="TIME", help="When a page without times was last changed.")
@newsroom.as_json
@newsroom.where
def import_page(
    source: str, slug: str | None, language: str | None, zone: str, at: datetime | None, as_json: bool
) -> None:
    """Import a live page: a saved page or text file, gzipped or not, a URL, or - for standard input.

    Reads JSON-LD LiveBlogPosting, microdata, h-entry, or bare text. A second run posts nothing twice.
    """
    if zone not in available_timezones():
        raise newsroom.Refused(f"--zone {zone!r} is no time zone: give an IANA name such as Europe/Paris")
    from standfirst.syndication import importers

    data, address = _read(source)
    page = importers.read(data, name=source, address=address, zone=ZoneInfo(zone))
    config = newsroom.ready()
    from standfirst.syndication import importing

    with _bar(BarColumn(), MofNCompleteColumn()) as tell:

        def told(done: int, total: int) -> None:
            tell(description="importing", completed=done, total=total)

        report = importing.post(page, slug=slug, language=language, zone=zone, at=at, now=newsroom.now(), progress=told)
    if as_json:
        newsroom.write_json(asdict(report))
    else:
        _write(report, f"{config.base_url}/{report.slug}")


def _read(source: str) -> tuple[bytes, str | None]:
    """The bytes, and the address that they came from, if from one."""
    if source.startswith(("http://", "https://")):
        from standfirst.syndication import egress

        fetched = egress.fetch(source)
        return fetched.data, fetched.address
    from standfirst.syndication.importers import MAX_BYTES

    if source == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1), None
    with Path(source).open("rb") as file:
        return file.read(MAX_BYTES + 1), None


def _write(report: "Report", address: str) -> None:
    click.echo(f"{report.headline}\n{address}")
    click.echo(f"read as {report.format}: {len(report.posted)} posted, {len(report.present)} there already")
    if report.status == "ended":
        click.echo("the page says that coverage has ended, and so does the story")
    for note in report.left_out:
        click.echo(str(note))
    for fault in report.faults:
        click.echo(f"not understood: {fault}")


@click.command(name="export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--url", help="Address that the files will have, for feeds and sitemap; STANDFIRST_URL if not given.")
@newsroom.as_json
@newsroom.where
def export_pages(folder: Path, url: str | None, as_json: bool) -> None:
    """Write every page, the feeds and the record into FOLDER, as files that any web server can serve."""
    newsroom.ready(url=url)
    from standfirst.desk.newsroom import current, edition
    from standfirst.syndication import export

    printed = edition(current(), follow=False)
    with _bar() as tell:

        def told(slug: str, files: int) -> None:
            tell(description=f"exporting {slug}: {files} files")

        done = export.export(printed, folder, progress=told)
    if as_json:
        newsroom.write_json(asdict(done))
        return
    click.echo(f"{done.files} files of {done.stories} {'story' if done.stories == 1 else 'stories'} in {done.folder}")
    click.echo(f"{done.written} written, {done.removed} removed, the others were as they should be")


@contextmanager
def _bar(*columns: ProgressColumn) -> Iterator[Callable[..., None]]:
    """A line on standard error, if that is a terminal; gives what changes it (see `Progress.update`)."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), *columns)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        yield partial(bar.update, bar.add_task("", total=None))
