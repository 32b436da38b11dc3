"""Newsrooms that processes of a test run on: each is a copy of one that was made once, which takes less time."""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

_ELSEWHERE = ("STANDFIRST_DATABASE", "DJANGO_SETTINGS_MODULE")
COMMAND = str(Path(sys.executable).with_name("standfirst"))


def begin(env: dict[str, str], *commands: tuple[str, ...]) -> list[str]:
    """Give the empty newsroom of `env` what these commands of `standfirst` make there; what each prints."""
    if env.get("STANDFIRST_DATABASE"):
        return [command(env, *words) for words in commands]
    made, said = _made(commands)
    shutil.copytree(made, env["STANDFIRST_HOME"], dirs_exist_ok=True)
    return said


def command(env: dict[str, str], *words: str) -> str:
    """What `standfirst …` prints; it must succeed."""
    done = subprocess.run([COMMAND, *words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"standfirst {' '.join(words)}: {done.stdout} {done.stderr}"
    return done.stdout.strip()


@cache
def _made(commands: tuple[tuple[str, ...], ...]) -> tuple[Path, list[str]]:
    home = Path(tempfile.mkdtemp(dir=os.environ.get("STANDFIRST_HOME"))) / "home"
    plain = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    return home, [command({**plain, "STANDFIRST_HOME": str(home)}, *words) for words in commands]
