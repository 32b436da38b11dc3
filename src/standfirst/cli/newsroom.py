"""What every command shares: which newsroom is meant, Django at first need, and how answers and errors are written."""

import getpass
import json
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from standfirst import config as settings

if TYPE_CHECKING:
    from standfirst.desk.execute import Answer
    from standfirst.story.commands import Command
    from standfirst.story.story import Story

F = TypeVar("F", bound=Callable[..., Any])  # Any: a command's own parameters

HOME = "Folder with everything the newsroom has; STANDFIRST_HOME or ./standfirst-data if not given."
DATABASE = "PostgreSQL address; STANDFIRST_DATABASE, or SQLite in the home folder, if not given."


class Refused(click.ClickException):
    """An error of the person's own: one line that names the value and the remedy; exit status 2."""

    exit_code = 2


def where(function: F) -> F:
    """`--home` and `--database`, which may stand before or after a subcommand."""
    function = click.option("--database", metavar="URL", callback=_given, expose_value=False, help=DATABASE)(function)
    return click.option(
        "--home", type=click.Path(path_type=Path), callback=_given, expose_value=False, is_eager=True, help=HOME
    )(function)


def as_json(function: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Write the answer as JSON.")(function)


def _given(context: click.Context, option: click.Parameter, value: object) -> None:
    if value is not None:
        context.find_root().ensure_object(dict)[option.name] = value


def configured(**given: Any) -> settings.Config:  # Any: settings by name
    """The settings: what the command line says, else the environment. Raises ConfigError."""
    root = click.get_current_context().find_root().ensure_object(dict)
    return settings.load(**{**root, **given})


def ready(**given: Any) -> settings.Config:  # Any: settings by name
    """Django set up and the database brought up to date, made if it is not there. Raises ConfigError, RecordUnsafe."""
    from standfirst.site import boot

    config = configured(**given)
    boot.prepare(config)
    return config


def now() -> datetime:
    return datetime.now(UTC)


def do(slug: str, command: "Command") -> "Answer":
    """Carry out one command through the desk's door, as the person at this terminal. Raises Refusal."""
    from standfirst.desk.execute import execute

    return execute(slug, command, who(), uuid.uuid4().hex)


def who() -> str:
    """The person at this terminal, as the record and the audit name them."""
    return f"cli:{_user()}"


def story_of(slug: str) -> "Story":
    """The story as it stands. Raises Refused if there is none."""
    from standfirst.desk.stories import stories

    story = stories.current(slug)
    if story is None:
        raise Refused(f"no story {slug!r}: `standfirst story list` shows those there are")
    return story


def answered(answer: "Answer", said: str, *, as_json: bool) -> None:
    """Report what a command did."""
    if as_json:
        write_json(asdict(answer))
    else:
        click.echo(f"{said} (entry {answer.seq} of {answer.story})")


def write_json(value: Any) -> None:  # Any: what JSON can hold, and datetimes
    """JSON on standard output, indented, in UTF-8."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def table(rows: Sequence[Sequence[object]], heads: Sequence[str]) -> None:
    """Columns for a person to read; cut with the usual tools, so no lines are drawn. Nothing for no rows."""
    texts = [[_shown(cell) for cell in row] for row in rows]
    if not texts:
        return
    widths = [max(map(len, column)) for column in zip(*texts, heads, strict=True)]
    for row in [list(heads), *texts]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def moment(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """A time on the command line, ISO 8601; one without an offset is UTC."""
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(f"{option.opts[0]} {value!r} is no time: give one such as 2026-03-01T11:42:00Z") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def warn(line: str) -> None:
    """A line for a person, on standard error."""
    click.echo(line, err=True)


def said(error: Exception) -> str | None:
    """One line for an error that a person can do something about; None for one that is our own fault."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error as DatabaseError

    first = str(error).strip().split("\n", 1)[0]
    if type(error).__module__.startswith("standfirst."):
        return first
    if isinstance(error, DatabaseError):
        return f"the database cannot be used ({first}): check --home, or the address in --database"
    if isinstance(error, ImproperlyConfigured):
        return f"{first}: check the STANDFIRST_ settings"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}: check the path and its permissions"
    return None


def fail(line: str) -> NoReturn:
    """Say why in one line, and leave with status 2."""
    click.echo(f"standfirst: {line}", err=True)
    sys.exit(2)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        return "unknown"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _shown(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(cell, bool):
        return "yes" if cell else ""
    return "" if cell is None else str(cell)
