"""Who may do what: one function, asked by every route."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

Role = Literal["owner", "editor", "reporter", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)

Action = Literal[
    "read",
    "story.open",
    "story.change",
    "story.status",
    "story.reopen",
    "summary.write",
    "update.post",
    "update.edit",
    "update.correct",
    "update.retract",
    "update.erase",
    "update.pin",
    "update.key",
    "update.tag",
]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks. `id` is what the record commits to, `token:<public id>`; `name` is for people."""

    id: str
    name: str
    role: Role


class Filed(Protocol):
    """Something that somebody filed: `poster` is that actor's id."""

    @property
    def poster(self) -> str: ...


_ANY: Mapping[Role, frozenset[Action]] = {
    "owner": frozenset(ACTIONS),
    "editor": frozenset(ACTIONS) - {"update.erase"},
    "reporter": frozenset({"read", "update.post"}),
    "viewer": frozenset({"read"}),
}
"""What a role may do to anything."""

_OWN: Mapping[Role, frozenset[Action]] = {"reporter": frozenset({"update.edit"})}
"""What a role may do only to what it filed itself."""


def can(actor: Actor, action: Action, filed: Filed | None = None) -> bool:
    """Whether `actor` may do `action` to `filed` (None: to something that nobody in particular filed)."""
    if action in _ANY[actor.role]:
        return True
    return filed is not None and filed.poster == actor.id and action in _OWN.get(actor.role, ())


def ever(actor: Actor, action: Action) -> bool:
    """Whether there can be anything that `actor` may do `action` to: asked before the object is looked up."""
    return action in _ANY[actor.role] or action in _OWN.get(actor.role, ())
