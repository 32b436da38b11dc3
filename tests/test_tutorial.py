"""The tutorial's commands, run as they stand there against a server of their own."""

import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial" / "first-story.md"
BIN = Path(sys.executable).parent
SAMPLE_ID = "k3v9x02m1q"


@contextmanager
def serving(environ: dict[str, str]) -> Iterator[str]:
    """The address of a server of the newsroom in `environ`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [BIN / "standfirst", "serve", "--port", str(port)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        while not answers(f"{address}/healthz"):
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"the server ended with {process.wait(0.1)}")
        yield address
    finally:
        process.terminate()
        process.wait(30)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def commands() -> list[str]:
    """The tutorial's blocks that are marked as commands to run."""
    return re.findall(r"^```sh\n(.*?)^```$", TUTORIAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="the tutorial uses bash and curl"
)
def test_the_tutorial_works(tmp_path: Path) -> None:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("STANDFIRST_", "DJANGO_"))}
    environ |= {"PATH": f"{BIN}:{environ['PATH']}", "STANDFIRST_HOME": str(tmp_path / "newsroom")}
    first, *others = commands()
    run(first, environ, tmp_path)
    with serving(environ) as address:
        update = SAMPLE_ID
        for block in others:
            said = run(block.replace("http://127.0.0.1:8000", address).replace(SAMPLE_ID, update), environ, tmp_path)
            if update == SAMPLE_ID and (posted := re.match(r"posted (\w+) ", said)):
                update = posted.group(1)
        with urllib.request.urlopen(f"{address}/harbour-flood", timeout=10) as answer:
            page = answer.read().decode()
    assert "Flood in the harbour" in page
    assert "First pump arrives" in page
    assert "An earlier version gave the gauge as 4.1 metres." in page
    assert (tmp_path / "lifeboat" / "harbour-flood" / "index.html").exists()


def run(block: str, environ: dict[str, str], folder: Path) -> str:
    """What the commands print; they must succeed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block], env=environ, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{block}\n{done.stderr}"
    return done.stdout
