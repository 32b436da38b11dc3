"""The command line. Each group is a module; importing this sets up nothing, so that `--help` is instant."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from standfirst import __version__
from standfirst.cli import (
    audit,
    backup,
    bench,
    brakes,
    edge,
    newsroom,
    running,
    stories,
    syndicating,
    tokens,
    updates,
    upkeep,
    users,
)


class Root(click.Group):
    """Writes every error as one line on standard error and leaves with status 2. A bug still shows its traceback."""

    def main(  # type: ignore[override]  # click tells two signatures apart by standalone_mode
        self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any
    ) -> Any:  # Any: click's own
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        try:
            sys.exit(super().main(args, standalone_mode=False, **extra))
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(2)
        except click.ClickException as error:
            newsroom.fail(_line(error))
        except click.Abort:
            sys.exit(130)
        except Exception as error:
            line = newsroom.said(error)
            if line is None:
                raise
            newsroom.fail(line)


def _line(error: click.ClickException) -> str:
    line = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{line.rstrip('.')}: see `{error.ctx.command_path} --help`"
    return line


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@newsroom.where
@click.version_option(__version__, prog_name="standfirst")
def main() -> None:
    """The system behind a newspaper's live page."""


main.add_command(running.serve)
main.add_command(running.demo)
main.add_command(edge.edge)
main.add_command(bench.bench)
main.add_command(syndicating.import_page)
main.add_command(syndicating.export_pages)
main.add_command(upkeep.verify)
main.add_command(upkeep.rebuild)
main.add_command(backup.backup)
main.add_command(backup.restore)
main.add_command(audit.audit)
main.add_command(stories.story)
main.add_command(updates.update)
main.add_command(tokens.token)
main.add_command(users.user)
for command in (brakes.freeze, brakes.thaw, brakes.pause, brakes.undo):
    main.add_command(command)
