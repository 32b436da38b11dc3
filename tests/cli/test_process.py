"""The command line as a process: its own home, its own Django."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-c", "from standfirst.cli import main; main()"]


def environment(**given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STANDFIRST_")}
    return {**kept, **given}


def run(*args: str, at: Path, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args], cwd=at, env=environment(**given), capture_output=True, text=True, check=False
    )


def test_the_home_may_stand_before_or_after_or_in_the_environment(tmp_path: Path) -> None:
    home = str(tmp_path / "newsroom")
    assert run("--home", home, "story", "open", "ferry", "--headline", "Ferry", at=tmp_path).returncode == 0
    assert "ferry" in run("story", "list", "--home", home, at=tmp_path).stdout
    assert "ferry" in run("story", "list", at=tmp_path, STANDFIRST_HOME=home).stdout
    assert run("story", "list", at=tmp_path).stdout == ""
    assert (tmp_path / "standfirst-data").is_dir()
    assert oct((tmp_path / "newsroom").stat().st_mode)[-3:] == "700"


def test_bad_settings_and_a_database_that_is_not_there_are_one_line(tmp_path: Path) -> None:
    for given, named in [
        ({"STANDFIRST_PORT": "many"}, "STANDFIRST_PORT='many'"),
        ({"STANDFIRST_DATABASE": "mysql://x/y"}, "is no PostgreSQL address"),
        ({"STANDFIRST_DATABASE": "postgresql://u:p@127.0.0.1:1/x"}, "the database cannot be used"),
    ]:
        result = run("verify", at=tmp_path, **given)
        assert result.returncode == 2, result
        (line,) = result.stderr.splitlines()
        assert named in line
        assert ":p@" not in line


def test_help_sets_nothing_up(tmp_path: Path) -> None:
    assert "Commands:" in run("--help", at=tmp_path).stdout
    loaded = "import sys, standfirst.cli; print('django' in sys.modules, 'httpx' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert result.stdout == "False False\n"
    assert list(tmp_path.iterdir()) == []


def test_the_demo_says_its_address_first_goes_on_by_itself_and_leaves_nothing(tmp_path: Path) -> None:
    args = ["demo", "--speed", "100"]
    environ = environment(TMPDIR=str(tmp_path))
    with subprocess.Popen(
        [*COMMAND, *args], cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[a-z-]+", address)
        told = []
        for line in process.stderr:
            told.append(line)
            if "has ended" in line:
                break
        (home,) = tmp_path.iterdir()
        listed = run("story", "list", "--json", "--home", str(home), at=tmp_path)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(listed.stdout)[0]["status"] == "ended"
    assert any("removed at the end" in line for line in told)
    assert not home.exists()


def test_a_file_that_is_no_database_any_more_is_a_fault_of_the_record(tmp_path: Path) -> None:
    home = tmp_path / "standfirst-data"
    assert run("story", "open", "ferry", "--headline", "Ferry", at=tmp_path).returncode == 0
    database = home / "standfirst.sqlite3"
    for extra in home.glob("standfirst.sqlite3-*"):
        extra.unlink()
    database.write_bytes(b"torn" * 1024 + database.read_bytes()[4096:])
    result = run("verify", at=tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    assert "the database cannot be read" in result.stdout
