"""The rule book of who may do what."""

import pytest

from standfirst.accounts.roles import ACTIONS, NEWSROOM_ONLY, PEOPLE, SCOPES, Action, Actor, Role, Thing, can, ever

ME = "person:me"
FLOOD, MINE, THEIRS = Thing("flood"), Thing("flood", ME), Thing("flood", "person:other")


def may(actor: Actor, thing: Thing = FLOOD) -> set[str]:
    return {action for action in ACTIONS if can(actor, action, thing)}


def person(role: Role | None, **more: object) -> Actor:
    return Actor(id=ME, name="Me", role=role, **more)  # type: ignore[arg-type]  # every field


def test_an_owner_may_do_everything() -> None:
    assert may(person("owner")) == set(ACTIONS)


def test_an_editor_does_not_erase_nor_run_the_newsroom() -> None:
    kept = {"update.erase", "thaw", "pause.lift", "people.manage", "token.manage", "settings.change"}
    assert may(person("editor")) == set(ACTIONS) - kept


def test_a_reporter_files_and_publishes_only_if_allowed() -> None:
    assert may(person("reporter")) == {"read", "draft.write"}
    assert may(person("reporter"), MINE) == {"read", "draft.write", "draft.read", "draft.edit", "draft.discard"}
    assert may(person("reporter", publishes=True)) == {"read", "draft.write", "update.post"}
    assert "update.edit" in may(person("reporter", publishes=True), MINE)
    assert "update.edit" not in may(person("reporter", publishes=True), THEIRS)
    assert "draft.read" not in may(person("reporter"), THEIRS)


@pytest.mark.parametrize("role", ["moderator", "viewer"])
def test_others_read(role: Role) -> None:
    assert may(person(role)) == may(person(role), MINE) == {"read"}


def test_a_contributor_has_one_story() -> None:
    actor = person(None, stories={"flood": "contributor"})
    assert may(actor) == {"read", "draft.write"}
    assert may(actor, Thing("storm")) == may(actor, Thing()) == set()
    assert ever(actor, "read")
    assert not ever(actor, "update.post")


def test_a_role_on_a_story_adds_to_that_of_the_newsroom_and_gives_nothing_of_the_newsroom() -> None:
    actor = person("viewer", stories={"flood": "owner"})
    assert may(actor) == set(ACTIONS) - NEWSROOM_ONLY
    assert may(actor, Thing("storm")) == {"read"}


def test_a_machine_has_its_scopes_and_mends_what_it_published() -> None:
    machine = Actor(id=ME, name="Wire", role="machine", scopes=frozenset({"publish"}))
    assert may(machine) == may(machine, THEIRS) == {"read", "update.post"}
    assert may(machine, MINE) == {"read", "update.post", "update.edit"}
    assert may(Actor(id=ME, name="Wire", role="machine")) == set()


def test_no_scope_lets_a_machine_run_the_newsroom() -> None:
    everything = Actor(id=ME, name="Wire", role="machine", scopes=frozenset(SCOPES))
    people: set[Action] = {"people.manage", "token.manage", "settings.change", "thaw", "pause.lift", "burst.undo"}
    assert not may(everything) & people


def test_nobody_in_particular_is_nobodys_own() -> None:
    nameless = Actor(id="", name="", role="reporter")
    assert "draft.read" not in may(nameless, Thing("flood", ""))


@pytest.mark.parametrize("role", [None, *PEOPLE])
def test_ever_is_whatever_can_be(role: Role | None) -> None:
    actor = person(role, stories={"flood": "reporter"})
    things = [Thing(), FLOOD, MINE, Thing("", ME), Thing("storm"), Thing("storm", ME)]
    assert {a for a in ACTIONS if ever(actor, a)} >= {a for a in ACTIONS for thing in things if can(actor, a, thing)}
