"""Documentation cannot lag: the reference is what the code says, links lead somewhere, named files exist."""

import importlib.util
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import click
import msgspec
import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "benchmarks" / "README.md"])

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#([^)\s]+))?\)")
NAMED = re.compile(r"`((?:src|frontend|docs|tests|benchmarks)/[\w./-]+)`")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name", ["settings.md", "events.md", "command-line.md", "http-api.md", "metrics.md", "openapi.json"]
)
def test_the_reference_is_what_the_code_says(generate: ModuleType, name: str) -> None:
    made = generate.PAGES[name]()
    assert made == (DOCS / "reference" / name).read_text(encoding="utf-8"), "run `make docs` and commit"


def test_a_setting_without_a_sentence_is_refused(generate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Undocumented:
        quorum: int = field(default=2, metadata={"doc": ""})

    monkeypatch.setattr(generate, "Config", Undocumented)
    with pytest.raises(generate.UndocumentedError, match="quorum"):
        generate.settings()


def test_an_event_without_a_sentence_is_refused(generate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = type("UpdateSilenced", (msgspec.Struct,), {"__module__": __name__})
    monkeypatch.setitem(generate.events.EVENTS, "UpdateSilenced", silent)
    with pytest.raises(generate.UndocumentedError, match="UpdateSilenced"):
        generate.story_events()


def test_a_command_or_an_option_without_a_sentence_is_refused(
    generate: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    from standfirst import cli

    monkeypatch.setitem(cli.main.commands, "silent", click.Command("silent"))
    with pytest.raises(generate.UndocumentedError, match="standfirst silent"):
        generate.command_line()
    option = click.Command("silent", help="Say nothing.", params=[click.Option(["--loud"])])
    monkeypatch.setitem(cli.main.commands, "silent", option)
    with pytest.raises(generate.UndocumentedError, match="--loud"):
        generate.command_line()


def test_a_metric_without_a_sentence_is_refused(generate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    from standfirst.edge import metrics

    silent = metrics.Metric("standfirst_silent", "gauge", (), "", lambda seen: ())
    monkeypatch.setattr(metrics, "METRICS", (*metrics.METRICS, silent))
    with pytest.raises(generate.UndocumentedError, match="standfirst_silent"):
        generate.metrics()


def test_a_stale_page_fails_the_check(generate: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(generate, "REFERENCE", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"settings.md": generate.settings})
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def dead_links(page: Path) -> list[str]:
    """Links of a page to files that are not there, or to headings that the file does not have."""
    dead = []
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        there = (page.parent / target).resolve()
        if not there.exists() or (anchor and anchor not in anchors(there)):
            dead.append(f"{target}#{anchor}" if anchor else target)
    return dead


def anchors(page: Path) -> set[str]:
    """The anchors of a Markdown page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_named_files_are_there(page: Path) -> None:
    assert not dead_links(page)
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    assert not [name for name in named if not (ROOT / name).exists()]


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](there.md) [b](page.md#nowhere) [c](page.md#here) [d](https://news.example)\n")
    assert dead_links(page) == ["there.md", "page.md#nowhere"]


def test_each_runtime_dependency_has_its_line_in_the_decisions() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[\[<>=,~ ]", wanted)[0] for wanted in project["dependencies"]]
    told = (DOCS / "adr" / "0018-dependencies.md").read_text(encoding="utf-8")
    assert not [name for name in names if not re.search(rf"^\| .*\b{re.escape(name)}\b", told, re.MULTILINE)]


def test_where_a_correction_looks_is_still_there() -> None:
    told = (DOCS / "explanation" / "how-a-word-travels.md").read_text(encoding="utf-8")
    table = told.split("## Where to change what a correction looks like")[1].split("##")[0]
    assert "macro `correction`" in table
    assert "class `.corr`" in table
    macros = (ROOT / "src" / "standfirst" / "press" / "templates" / "fragments.html.j2").read_text(encoding="utf-8")
    assert "{% macro correction(" in macros
    assert "\n.corr" in (ROOT / "frontend" / "reader" / "reader.css").read_text(encoding="utf-8")
