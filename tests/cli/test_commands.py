"""The commands in this process, on the test's own database."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from standfirst.accounts.newsroom import change
from standfirst.cli import main, running
from standfirst.record.journal import heads

pytestmark = pytest.mark.django_db


def run(*args: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, list(args), input=typed)


def ok(*args: str, typed: str = "") -> str:
    result = run(*args, typed=typed)
    assert result.exit_code == 0, result.output
    return result.stdout


def told(*args: str, typed: str = "") -> object:
    return json.loads(ok(*args, "--json", typed=typed))


def refused(*args: str, typed: str = "") -> str:
    """The one line on standard error."""
    result = run(*args, typed=typed)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("standfirst: ")
    return line.removeprefix("standfirst: ")


@pytest.fixture
def story() -> str:
    ok("story", "open", "ferry", "--headline", "Ferry aground", "--standfirst", "Off Skell.", "--byline", "Ada Moor")
    return "ferry"


def post(**options: str) -> str:
    args = [part for name, value in options.items() for part in (f"--{name}", value)]
    answer = told("update", "post", "ferry", *args)
    assert isinstance(answer, dict)
    return str(answer["update"])


def test_a_storys_life(story: str) -> None:
    ok("story", "change", "ferry", "--standfirst", "Off Skell, on sand.")
    one = post(headline="Two tugs", text="They left.\n\nAt noon.", tag="tugs", kind="analysis")
    ok("story", "summary", "ferry", "--known", f"Two tugs are under way [{one}]", "--unconfirmed", "Their names.")
    shown = ok("story", "show", "ferry")
    assert "Off Skell, on sand." in shown
    assert f"  - Two tugs are under way [{one}]" in shown
    ok("story", "status", "ferry", "ended")
    assert "reopen" in refused("update", "post", "ferry", "--text", "Late.")
    ok("story", "reopen", "ferry")
    ok("story", "summary", "ferry", "--clear")
    found = told("story", "show", "ferry")
    assert isinstance(found, dict)
    assert (found["status"], found["headline"], "summary" in found) == ("live", "Ferry aground", False)
    listed = told("story", "list")
    assert isinstance(listed, list)
    assert [(row["slug"], row["updates"]) for row in listed] == [("ferry", 1)]
    assert "Ferry aground" in ok("story", "list")


def test_a_story_opens_in_the_newsroom_s_language_and_zone(story: str) -> None:
    change("cli:test", "", datetime.now(UTC), languages=["de"], zone="Europe/Berlin")
    ok("story", "open", "zug", "--headline", "Zug steht")
    ok("story", "open", "train", "--headline", "A train", "--language", "en", "--zone", "UTC")
    listed = told("story", "list")
    assert isinstance(listed, list)
    found = {row["slug"]: (row["language"], row["zone"]) for row in listed}
    assert found == {"ferry": ("en", "UTC"), "zug": ("de", "Europe/Berlin"), "train": ("en", "UTC")}


def test_an_updates_life(story: str) -> None:
    one = post(headline="Two tugs", text="They left.")
    ok("update", "edit", "ferry", one, "--minor", "--text", "They have left.")
    ok("update", "edit", "ferry", one, "--correction", "There are three.", "--headline", "Three tugs")
    ok("update", "pin", "ferry", one)
    ok("update", "key", "ferry", one)
    ok("update", "tag", "ferry", one, "tugs", "sea")
    shown = ok("update", "show", "ferry", one)
    assert shown.startswith("Three tugs (pinned, key, corrected)")
    assert "There are three." in shown
    found = told("update", "show", "ferry", one)
    assert isinstance(found, dict)
    assert (found["tags"], found["rev"], found["key"]) == (["tugs", "sea"], 3, True)
    ok("update", "unpin", "ferry")
    ok("update", "key", "ferry", one, "--off")
    assert "nothing to unpin" in refused("update", "unpin", "ferry")
    ok("update", "retract", "ferry", one, "--reason", "No tugs.")
    assert run("update", "erase", "ferry", one, typed="n\n").exit_code == 130
    ok("update", "erase", "ferry", one, "--yes")
    listed = told("update", "list", "ferry")
    assert isinstance(listed, list)
    assert [(row["id"], row["erased"], row["headline"]) for row in listed] == [(one, True, "")]
    assert "retracted, erased" in ok("update", "list", "ferry")


def test_an_updates_words_come_from_the_line_a_file_or_standard_input(story: str, tmp_path: Path) -> None:
    typed = told("update", "post", "ferry", typed="Typed words.\n")
    assert isinstance(typed, dict)
    assert "Typed words." in ok("update", "show", "ferry", typed["update"])
    text = tmp_path / "words.txt"
    text.write_text("Filed words.")
    ok("update", "post", "ferry", "--file", str(text))
    document = tmp_path / "body.json"
    document.write_text('{"type": "doc", "content": [{"type": "divider"}, {"type": "paragraph", "content": []}]}')
    ok("update", "post", "ferry", "--headline", "A line", "--file", str(document))
    text.write_bytes(b"\xff\xfe\xfa")
    assert "save it as UTF-8" in refused("update", "post", "ferry", "--file", str(text))
    document.write_text("{")
    assert "is no JSON" in refused("update", "post", "ferry", "--file", str(document))
    assert "No such file" in refused("update", "post", "ferry", "--file", str(tmp_path / "nowhere"))


def test_tokens() -> None:
    text = ok("token", "create", "--scope", "edit")
    assert text.startswith("sf_")
    assert text.count("\n") == 1
    listed = told("token", "list")
    assert isinstance(listed, list)
    assert text.strip() not in json.dumps(listed)
    assert "revoked" in ok("token", "revoke", listed[0]["public_id"])
    assert "choose from read" in refused("token", "create", "--scope", "king")
    assert "`standfirst token list`" in refused("token", "revoke", "nope")


def test_verify_and_rebuild(story: str) -> None:
    whole, trail = ok("verify").splitlines()
    assert whole == "the record is whole: 1 entry in 1 story"
    found = told("verify")
    assert isinstance(found, dict)
    root = found.pop("root")
    assert re.fullmatch(r"[0-9a-f]{64}", root)
    assert trail == f"1 in the audit trail; root {root}"
    assert found == {"whole": True, "stories": 1, "entries": 1, "audit": 1, "faults": []}
    assert "1 story" in ok("rebuild")
    assert told("rebuild") == {"stories": 1}


def test_verify_names_every_fault_and_says_so_by_its_status(story: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from standfirst.record import audit
    from standfirst.record.seal import Fault

    fault = Fault("ferry", 1, "its hash is not that of its words", "restore it")
    monkeypatch.setattr(audit, "audit", lambda: iter([fault]))
    result = run("verify")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "ferry/1: its hash is not that of its words; restore it",
        "1 fault among 1 entry in 1 story",
    ]
    assert json.loads(run("verify", "--json").stdout)["faults"][0]["seq"] == 1


def test_import_reports_and_repeats(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(
        "Ferry aground\nOff Skell.\nTwo tugs leave\nThey left at noon.\nPlease subscribe to support our work\n"
    )
    said = ok("import", str(page), "--slug", "ferry", "--at", "2031-05-04T10:00:00Z")
    assert "read as plain text: 1 posted, 0 there already" in said
    assert "line 5: left out: an appeal for support" in said
    report = told("import", str(page), "--slug", "ferry")
    assert isinstance(report, dict)
    assert (len(report["posted"]), len(report["present"])) == (0, 1)
    before = heads()
    assert told("import", "-", "--slug", "ferry", typed=page.read_text())["posted"] == []  # type: ignore[call-overload, index]
    assert heads() == before


def test_import_refuses_by_name(tmp_path: Path) -> None:
    assert "No such file" in refused("import", str(tmp_path / "nowhere.html"))
    assert "Europe/Paris" in refused("import", "-", "--zone", "Mars/Base")
    assert "is empty" in refused("import", "-", typed="")
    assert "not on the open internet" in refused("import", "http://127.0.0.1:1/")


def test_export_and_its_report(story: str, tmp_path: Path) -> None:
    done = told("export", str(tmp_path / "out"))
    assert isinstance(done, dict)
    assert done["stories"] == 1
    assert (tmp_path / "out" / "ferry" / "index.html").is_file()
    assert "0 written" in ok("export", str(tmp_path / "out"))
    assert "has other files" in refused("export", str(tmp_path))


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["story", "show", "nope"], "no story 'nope'"),
        (["story", "open", "api", "--headline", "x"], "'api' is an address of the house"),
        (["story", "open", "x"], "Missing option '--headline'"),
        (["story", "open", "x", "--headline", "h", "--starts", "soon"], "--starts 'soon' is no time"),
        (["story", "summary", "x"], "nothing to write"),
        (["story", "summary", "x", "--clear", "--known", "a"], "give no --known"),
        (["update", "edit", "x", "y"], "--correction NOTE"),
        (["update", "show", "x", "y"], "no story 'x'"),
        (["update", "post", "x", "--text", "a"], "there is no story 'x'"),
        (["sing"], "No such command 'sing'"),
        (["verify", "--loud"], "No such option"),
        (["serve", "--port", "0"], "'--port'"),
        (["--home", "/dev/null/x", "verify"], "/dev/null"),
    ],
)
def test_every_mistake_is_one_line_that_names_it(args: list[str], named: str) -> None:
    assert named in refused(*args)


def test_a_bug_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    from standfirst.desk import lookups

    monkeypatch.setattr(lookups, "rebuild", lambda: [][0])
    result = run("rebuild")
    assert isinstance(result.exception, IndexError)


def test_every_listing_and_report_speaks_json() -> None:
    silent = {"serve", "demo", "edge"}
    for name, command in main.commands.items():
        for leaf in getattr(command, "commands", {name: command}).values():
            names = {option for item in leaf.params for option in item.opts}
            assert leaf.name in silent or "--json" in names, leaf.name
            assert {"--home", "--database"} <= names, leaf.name


def test_serve_says_that_a_port_is_taken() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"port {port} of 127.0.0.1 is taken" in refused("serve", "--port", str(port))
        assert running.next_free("127.0.0.1", port) > port
    assert "cannot listen on 192.0.2.1" in refused("serve", "--host", "192.0.2.1")
