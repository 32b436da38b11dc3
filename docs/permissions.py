"""The page docs/reference/permissions.md, from the same rules that every request is judged by."""

from collections.abc import Callable

from standfirst.accounts.roles import (
    ACTIONS,
    MEANING,
    NEWSROOM_ONLY,
    PEOPLE,
    SCOPES,
    Action,
    Actor,
    Role,
    Scope,
    Thing,
    can,
)

ME, OTHER, STORY = "person:me", "person:other", "story"

_ABOUT = """# Permissions

One rule book, `accounts/roles.py`, is asked by every route, page and stream; this page is printed from it, and a test
tries every route with every role against it. The object comes from the address, never from a body. What somebody may
not read is answered as what is not there: 404, the same bytes.

A person has one role in the newsroom, and may have another for single stories, until a day if one is set. A role for a
story gives nothing of the newsroom as a whole. A reporter files; one who may publish publishes too. A machine bears a
token with scopes.

- **yes**: to anything
- **own**: only to what they filed or published themselves
- empty: never
"""


def page(routes: list[tuple[str, str, Action, Action | None]]) -> str:
    """The tables; `routes` are method, path, action, and the action that it is for a draft that changes an update."""
    parts = [_ABOUT, "\n## People\n\n", _people(), "\n## Machines\n\n", _machines(), "\n## Addresses\n\n"]
    parts.append("| address | action |\n|---|---|\n")
    parts += [f"| `{method} {path}` | {_asked(action, instead)} |\n" for method, path, action, instead in routes]
    return "".join(parts)


def _asked(action: Action, instead: Action | None) -> str:
    return f"{action}; {instead} for a draft that changes an update" if instead else action


def _people() -> str:
    heads: list[tuple[str, Callable[[Action], str]]] = []
    for role in PEOPLE:
        heads.append((role, _cell(_person(role))))
        if role == "reporter":
            heads.append(("reporter who may publish", _cell(_person(role, publishes=True))))
    rows = [
        "| action | " + " | ".join(name for name, _ in heads) + " | may be given for one story |\n",
        "|---" * (len(heads) + 2) + "|\n",
    ]
    for action in ACTIONS:
        cells = " | ".join(cell(action) for _, cell in heads)
        alone = "" if action in NEWSROOM_ONLY else "yes"
        rows.append(f"| **{action}**: {MEANING[action]} | {cells} | {alone} |\n")
    return "".join(rows)


def _machines() -> str:
    rows = ["| scope | may | to its own only |\n|---|---|---|\n"]
    for scope in SCOPES:
        machine = Actor(id=ME, name="", role="machine", scopes=frozenset[Scope]({scope}))
        anything = [action for action in ACTIONS if can(machine, action, Thing(STORY, OTHER))]
        own = [action for action in ACTIONS if can(machine, action, Thing(STORY, ME)) and action not in anything]
        rows.append(f"| {scope} | {', '.join(anything)} | {', '.join(own)} |\n")
    return "".join(rows)


def _person(role: Role, *, publishes: bool = False) -> Actor:
    if role == "contributor":  # who has nothing but a story
        return Actor(id=ME, name="", role=None, stories={STORY: role})
    return Actor(id=ME, name="", role=role, publishes=publishes)


def _cell(actor: Actor) -> Callable[[Action], str]:
    def said(action: Action) -> str:
        if can(actor, action, Thing(STORY, OTHER)):
            return "yes"
        return "own" if can(actor, action, Thing(STORY, ME)) else ""

    return said
