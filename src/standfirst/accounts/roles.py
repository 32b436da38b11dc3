"""Who may do what: one function, asked by every route, page and stream. Pure.

`docs/reference/permissions.md` is printed from these tables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

Role = Literal["owner", "editor", "reporter", "contributor", "moderator", "viewer", "machine"]
ROLES: tuple[Role, ...] = get_args(Role)
PEOPLE: tuple[Role, ...] = tuple(role for role in ROLES if role != "machine")
"""The roles that a person can have."""

Action = Literal[
    "read",
    "story.open",
    "story.change",
    "story.status",
    "story.reopen",
    "story.invite",
    "summary.write",
    "update.post",
    "update.edit",
    "update.correct",
    "update.retract",
    "update.erase",
    "update.pin",
    "update.key",
    "update.tag",
    "draft.write",
    "draft.read",
    "draft.edit",
    "draft.return",
    "draft.discard",
    "audit.read",
    "burst.undo",
    "freeze",
    "thaw",
    "pause.lift",
    "people.manage",
    "token.manage",
    "settings.change",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

MEANING: Mapping[Action, str] = {
    "read": "read stories and updates, and how many follow them",
    "story.open": "open a story",
    "story.change": "change a story's own words and settings",
    "story.status": "take a story live, pause it, end it",
    "story.reopen": "take an ended story live again",
    "story.invite": "invite people to a single story",
    "summary.write": "write the pinned summary",
    "update.post": "publish an update",
    "update.edit": "edit a published update, as a minor edit",
    "update.correct": "correct a published update, which readers are told",
    "update.retract": "withdraw a published update",
    "update.erase": "remove a withdrawn update's words from the record",
    "update.pin": "pin an update",
    "update.key": "make an update a key event",
    "update.tag": "tag an update",
    "draft.write": "begin a draft, and file it to the desk",
    "draft.read": "read a draft",
    "draft.edit": "change a draft's words",
    "draft.return": "send a filed draft back with a word",
    "draft.discard": "throw a draft away",
    "audit.read": "read and export who did what",
    "burst.undo": "undo what somebody published in a burst, by new entries",
    "freeze": "stop all writing",
    "thaw": "let writing go on",
    "pause.lift": "let somebody whom the publish-rate breaker paused go on",
    "people.manage": "invite people, change their roles, end their sessions, let them go",
    "token.manage": "make and revoke tokens of machines",
    "settings.change": "change the newsroom's settings",
}

Scope = Literal["read", "file", "publish", "curate", "edit", "retract", "story", "drafts", "erase", "audit", "freeze"]
SCOPES: Mapping[Scope, frozenset[Action]] = {
    "read": frozenset({"read"}),
    "file": frozenset({"read", "draft.write"}),
    "publish": frozenset({"read", "update.post"}),
    "curate": frozenset({"read", "summary.write", "update.pin", "update.key", "update.tag"}),
    "edit": frozenset({"read", "update.edit", "update.correct"}),
    "retract": frozenset({"read", "update.retract"}),
    "story": frozenset({"read", "story.open", "story.change", "story.status", "story.reopen"}),
    "drafts": frozenset({"read", "draft.write", "draft.read", "draft.edit", "draft.return", "draft.discard"}),
    "erase": frozenset({"read", "update.erase"}),
    "audit": frozenset({"audit.read"}),
    "freeze": frozenset({"freeze"}),
}
"""What a machine's token may do to anything. People, tokens and settings are for people alone."""

_OWNERS_ONLY: frozenset[Action] = frozenset(
    {"update.erase", "thaw", "pause.lift", "people.manage", "token.manage", "settings.change"}
)
_ANY: Mapping[Role, frozenset[Action]] = {
    "owner": frozenset(ACTIONS),
    "editor": frozenset(ACTIONS) - _OWNERS_ONLY,
    "reporter": frozenset({"read", "draft.write"}),
    "contributor": frozenset({"read", "draft.write"}),
    "moderator": frozenset({"read"}),
    "viewer": frozenset({"read"}),
    "machine": frozenset(),
}
"""What a role may do to anything in its reach: the newsroom, or the stories it was given for."""

_FILED: frozenset[Action] = frozenset({"draft.read", "draft.edit", "draft.discard"})
_OWN: Mapping[Role, frozenset[Action]] = {
    "reporter": _FILED,
    "contributor": _FILED,
    "machine": frozenset(),
}
"""What a role may do only to what it filed itself."""

_PUBLISHES: frozenset[Action] = frozenset({"update.post"})
_PUBLISHED: frozenset[Action] = frozenset({"update.edit"})
"""Besides, for a reporter who may publish: to anything, and to what it filed itself."""

NEWSROOM_ONLY: frozenset[Action] = frozenset(
    {
        "story.open",
        "audit.read",
        "burst.undo",
        "freeze",
        "thaw",
        "pause.lift",
        "people.manage",
        "token.manage",
        "settings.change",
    }
)
"""Actions on the newsroom as a whole: a role on a single story gives none of them."""

_NO_STORIES: Mapping[str, Role] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who asks.

    `id` is what the record commits to: `person:<public id>`, `token:<public id>`, `cli:<user>`; `name` is for people.
    `role` holds in the whole newsroom, None: nowhere; `stories` are the roles given for single ones, by slug. `session`
    is the public id of the session it came with, for the audit; "" for none.
    """

    id: str
    name: str
    role: Role | None
    stories: Mapping[str, Role] = field(default_factory=lambda: _NO_STORIES)
    scopes: frozenset[Scope] = frozenset()
    publishes: bool = False
    session: str = ""

    @property
    def is_machine(self) -> bool:
        """Whether it came with a token, not with a session."""
        return self.role == "machine"


@dataclass(frozen=True, slots=True)
class Thing:
    """What is acted on: something of `story` ("": of the newsroom itself), filed by the actor `by` ("": by nobody)."""

    story: str = ""
    by: str = ""


NEWSROOM = Thing()


def can(actor: Actor, action: Action, thing: Thing = NEWSROOM) -> bool:
    """Whether `actor` may do `action` to `thing`. What is hidden from it is what it may not `read`."""
    roles = {actor.role, actor.stories.get(thing.story)} if action not in NEWSROOM_ONLY else {actor.role}
    own = thing.by == actor.id and bool(thing.by)
    return any(action in _may(role, actor, own=own) for role in roles if role is not None)


def ever(actor: Actor, action: Action) -> bool:
    """Whether there can be anything that `actor` may do `action` to: asked before the object is looked up."""
    places = ("", *actor.stories)
    return any(can(actor, action, Thing(story, by)) for story in places for by in ("", actor.id))


def _may(role: Role, actor: Actor, *, own: bool) -> frozenset[Action]:
    """What a role gives this actor, to something of its own or of others."""
    if role == "machine":
        return _scoped(actor.scopes, own=own)
    allowed = _ANY[role] | _OWN.get(role, frozenset()) if own else _ANY[role]
    if role == "reporter" and actor.publishes:
        allowed |= _PUBLISHES | (_PUBLISHED if own else frozenset())
    return allowed


def _scoped(scopes: Iterable[Scope], *, own: bool) -> frozenset[Action]:
    """What a token's scopes give it: what it files it may see to, what it publishes it may mend."""
    allowed: frozenset[Action] = frozenset().union(*(SCOPES[scope] for scope in scopes))
    if own:
        allowed |= _FILED if "draft.write" in allowed else frozenset()
        allowed |= _PUBLISHED if "update.post" in allowed else frozenset()
    return allowed
