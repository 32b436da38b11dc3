"""Under a freeze every command that writes is tried, and every command there is has a place in the tables below."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from standfirst.accounts import audit, brakes, freeze, tokens
from standfirst.accounts.models import Invitation, Pause, Person, Token
from standfirst.accounts.roles import Actor
from standfirst.cli import main
from standfirst.desk import events
from standfirst.record.journal import heads
from tests.desk.conftest import NOW

pytestmark = pytest.mark.django_db
OWNER = Actor(id="person:abc", name="Ada Rook", role="owner")
ID = "abcdefghij"
ONE = ("ferry", ID)
SAYS = ("--text", "Water.")

WRITES: dict[str, tuple[str, ...]] = {
    "story open": ("flood", "--headline", "Flood"),
    "story change": ("ferry", "--headline", "Ferry afloat"),
    "story status": ("ferry", "ended"),
    "story reopen": ("ferry",),
    "story summary": ("ferry", "--known", "It floats."),
    "update post": ("ferry", *SAYS),
    "update edit": (*ONE, "--minor", *SAYS),
    "update retract": (*ONE, "--reason", "Untrue."),
    "update erase": (*ONE, "--yes"),
    "update pin": ONE,
    "update unpin": ("pinned",),
    "update key": ONE,
    "update tag": (*ONE, "tugs"),
    "import": ("page.txt", "--slug", "imported"),
    "token create": ("--scope", "read"),
    "user invite": ("--role", "viewer"),
    "user role": ("bo@paper.example", "viewer"),
    "user remove": ("bo@paper.example",),
    "user return": ("cy@paper.example",),
    "user link": ("bo@paper.example",),
    "pause lift": ("person:x",),
}
"""What is refused, with words that would be taken at another time."""
READS = {
    "story list", "story show", "update list", "update show", "token list", "user list",
    "pause list", "verify", "export", "audit export", "bench", "user sessions",
}  # fmt: skip
STILL = {"freeze", "thaw", "undo", "token revoke", "backup"}
"""They take something away, or mend: see `freeze.STILL`; so does `user sessions --end`."""
BESIDE = {"serve", "demo", "edge", "restore", "rebuild"}
"""Servers, a restore into another home, and what is made of the record anew."""


def commands(group: click.Group = main, before: str = "") -> Iterator[str]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, f"{before}{name} ")
        else:
            yield before + name


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def ok(*args: str) -> str:
    result = run(*args)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page.txt").write_text("Storm\n\n10:00 It begins.\n")
    monkeypatch.chdir(tmp_path)
    ok("story", "open", "ferry", "--headline", "Ferry aground")
    ok("story", "open", "pinned", "--headline", "Ferry afloat")
    made = json.loads(ok("update", "post", "pinned", *SAYS, "--json"))["update"]
    ok("update", "pin", "pinned", made)
    Person.objects.create_user("bo@paper.example", name="Bo Lind", role="reporter")
    Person.objects.create_user("cy@paper.example", name="Cy Marsh", role="reporter", is_active=False)
    Pause.objects.create(actor="person:x", why="far above its norm", at=NOW)


def test_every_command_has_its_place() -> None:
    placed = [*WRITES, *READS, *STILL, *BESIDE]
    assert sorted(placed) == sorted(commands()), "say of a new command whether it is refused under a freeze"


@pytest.mark.usefixtures("newsroom")
@pytest.mark.parametrize("command", WRITES)
def test_no_command_that_writes_passes(command: str) -> None:
    brakes.freeze(OWNER, "odd posts", now=NOW)
    before = _written()
    result = run(*command.split(), *WRITES[command])
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert "all writing is stopped (odd posts)" in result.stderr
    assert _written() == before


@pytest.mark.usefixtures("newsroom")
@pytest.mark.parametrize("command", ["token create", "user invite", "user role", "story status"])
def test_control_without_the_look_at_the_switch_it_is_done(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    brakes.freeze(OWNER, "odd posts", now=NOW)
    monkeypatch.setattr(freeze, "state", freeze.State)
    before = _written()
    ok(*command.split(), *WRITES[command])
    assert _written() != before


@pytest.mark.usefixtures("newsroom")
def test_a_token_is_noted_when_it_is_made_and_revoked_under_a_freeze_too() -> None:
    public_id = ok("token", "create", "--scope", "read", "--scope", "drafts").split("_")[1]
    brakes.freeze(OWNER, "odd posts", now=NOW)
    head = events.head()
    ok("token", "revoke", public_id)
    ok("token", "revoke", public_id)  # again changes nothing
    assert [row.data for row in events.after(head)] == [{"leases": [f"token:{public_id}"]}]
    assert not tokens.stands(Token.objects.get(public_id=public_id), NOW)
    noted = [entry for entry in audit.entries() if entry.action.startswith("token.")]
    assert [(entry.action, entry.thing) for entry in noted] == [
        ("token.revoke", f"token {public_id}"),
        ("token.make", f"token {public_id}"),
    ]
    assert all(entry.actor.startswith("cli:") for entry in noted)
    assert noted[1].detail == {"scopes": ["read", "drafts"]}


def _written() -> tuple[object, ...]:
    people = sorted(Person.objects.values_list("email", "role", "is_active"))
    counts = [model.objects.count() for model in (Token, Invitation)]
    return heads(), people, counts, len(audit.entries())
