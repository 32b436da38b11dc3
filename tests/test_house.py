"""The house rules that a machine can hold: layers, purity, size, and nothing of one machine in the tree."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "standfirst"
PURE = (
    "story",
    "press",
    "edge/audience.py",
    "edge/budgets.py",
    "edge/channel.py",
    "edge/deadlines.py",
    "edge/histogram.py",
    "edge/hub.py",
    "edge/ring.py",
    "edge/wire.py",
    "load/answer.py",
    "load/figures.py",
    "load/reader.py",
    "record/entry.py",
    "record/seal.py",
)
LONGEST = 300

CLOCKS = {"now", "utcnow", "today"}
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|root|home/\w+|tmp/(?!\.X))[/\w.-]*")
REGISTRY_HOST = re.compile(r"\b(?:registry\.npmjs|pypi|files\.pythonhosted|deb\.debian)\.\w+\b")
LOCKS = {"uv.lock"}


def tracked() -> list[Path]:
    """Every text file that is committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def contracts(root: Path) -> subprocess.CompletedProcess[str]:
    """The import contracts, checked against the sources under `root`."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-cache", "--config", root / ".importlinter"],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_hold() -> None:
    answer = contracts(ROOT)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("story/decide.py", "import time", "The rule book imports no framework"),
        ("press/printer.py", "import django.utils.timezone", "The rule book imports no framework"),
        ("edge/hub.py", "import asyncio", "The rule book imports no framework"),
        ("record/seal.py", "import sqlite3", "The rule book imports no framework"),
        ("edge/routes.py", "import standfirst.desk.execute", "The edge knows sockets"),
        ("edge/board.py", "import standfirst.story.story", "The edge knows sockets"),
        ("desk/execute.py", "import standfirst.site.asgi", "Rooms import downward only"),
        ("record/journal.py", "import standfirst.desk.models", "Rooms import downward only"),
        ("desk/lookups.py", "import standfirst.record.models", "Only the record touches"),
        ("story/events.py", "import standfirst.story.fold", "import each other in a circle"),
    ],
)
def test_a_planted_violation_is_caught(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copy(ROOT / ".importlinter", tmp_path)
    shutil.copytree(
        SOURCE, tmp_path / "src" / "standfirst", ignore=shutil.ignore_patterns("static", "locale", "__pycache__")
    )
    planted = tmp_path / "src" / "standfirst" / module
    planted.write_text(f"{planted.read_text()}\n{line}\n")
    answer = contracts(tmp_path)
    assert answer.returncode == 1
    assert re.search(rf"{contract}[^\n]*\n?[^\n]*BROKEN", answer.stdout), answer.stdout


def clock_readings(tree: ast.AST) -> list[int]:
    """Lines that ask `datetime` or `date` for the current time, which no import contract can see."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in CLOCKS]


def test_the_rule_book_reads_no_clock() -> None:
    for room in PURE:
        for path in (SOURCE / room).rglob("*.py") if (SOURCE / room).is_dir() else [SOURCE / room]:
            assert not clock_readings(ast.parse(path.read_text())), (
                f"{path} reads the clock: take the time as an argument"
            )


def test_a_clock_reading_is_seen() -> None:
    assert clock_readings(ast.parse("from datetime import UTC, datetime\n\nwhen = datetime.now(UTC)\n")) == [3]


def test_no_module_is_longer_than_a_person_reads() -> None:
    tests = ROOT / "tests"
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix in {".py", ".ts", ".mjs"}
        and tests not in path.parents
        and (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert not long, f"over {LONGEST} lines, split them: {long}"


def machine_traces(text: str) -> list[str]:
    return [match.group() for pattern in (MACHINE_PATH, REGISTRY_HOST) for match in pattern.finditer(text)]


def test_the_tree_names_no_machine_and_no_registry() -> None:
    found = {}
    for path in tracked():
        if path.name in LOCKS or path == Path(__file__):
            continue
        try:
            traces = machine_traces(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:  # a font or a picture
            continue
        if traces:
            found[str(path.relative_to(ROOT))] = traces
    assert not found


@pytest.mark.parametrize(
    "text", ["see /root/x", "in /tmp/house/clone", "https://registry.npmjs.org/esbuild", "/work/main"]
)
def test_a_machine_trace_is_seen(text: str) -> None:
    assert machine_traces(text)


@pytest.mark.parametrize("text", ["/{slug}/live", "https://news.example/work/1", "framework/root/x", "./tmp/x"])
def test_an_innocent_path_is_not(text: str) -> None:
    assert not machine_traces(text)


def test_a_fresh_machine_needs_no_node_to_run_or_test() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("demo", "serve", "test"):
        rule = re.search(rf"^{target}:.*\n(?:\t.*\n)*", makefile, re.MULTILINE)
        assert rule, target
        assert not re.search(r"\b(npm|node|built)\b", rule.group())
