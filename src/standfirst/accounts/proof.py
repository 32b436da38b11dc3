"""How surely an action must be known to come from the person it is said to come from. Pure.

`LEVELS` places every action. "factor": somebody who publishes signed in to this session with a passkey, as the newsroom
asks. "fresh": whoever asks has proved who they are in these minutes, by the strongest means they have. Only people are
asked: a machine has nothing to prove itself with but its token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from standfirst.accounts.roles import Action, Role

Level = Literal["none", "factor", "fresh"]
Policy = Literal["auto", "always", "never"]
Means = Literal["webauthn", "totp", "password", "other"]

LEVELS: Mapping[Action, Level] = {
    "read": "none",
    "story.open": "factor",
    "story.change": "factor",
    "story.status": "factor",
    "story.reopen": "factor",
    "story.invite": "fresh",
    "summary.write": "factor",
    "update.post": "factor",
    "update.edit": "factor",
    "update.correct": "factor",
    "update.retract": "factor",
    "update.erase": "fresh",
    "update.pin": "factor",
    "update.key": "factor",
    "update.tag": "factor",
    "draft.write": "none",
    "draft.read": "none",
    "draft.edit": "none",
    "draft.return": "none",
    "draft.discard": "none",
    "audit.read": "none",
    "burst.undo": "fresh",
    "freeze": "none",
    "thaw": "fresh",
    "pause.lift": "fresh",
    "people.manage": "fresh",
    "token.manage": "fresh",
    "settings.change": "fresh",
}
"""Stopping is never held up; a draft is seen by the newsroom alone."""

PUBLISH_FRESH = 12 * 3600
"""Seconds that a passkey, shown to this session, is good for publishing."""
FRESH = 300
"""Seconds that proving who one is holds."""
_AHEAD = 60
"""Seconds that the clocks of two machines may differ."""
_DESK: frozenset[Role] = frozenset({"owner", "editor"})

Record = Mapping[str, Any]  # Any: as django-allauth keeps it in the session: method, at (seconds), type ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Has:
    """What somebody can prove themselves with."""

    passkey: bool = False
    totp: bool = False
    password: bool = False

    @property
    def strongest(self) -> Means:
        if self.passkey:
            return "webauthn"
        if self.totp:
            return "totp"
        return "password" if self.password else "other"


def needed(action: Action, roles: frozenset[Role], policy: Policy, has: Has) -> Level:
    """What the action needs of a person with these roles, where it is about to happen."""
    level = LEVELS[action]
    if level != "factor" or policy == "always":
        return level
    return "factor" if policy == "auto" and has.passkey and roles & _DESK else "none"


def held(level: Level, has: Has, records: Sequence[Record], now: float) -> bool:
    """Whether the proofs given to this session are enough; `now` and the records' `at` are seconds since 1970."""
    if level == "none":
        return True
    if level == "factor":
        return any(_means(record) == "webauthn" and _within(record, now, PUBLISH_FRESH) for record in records)
    asked = has.strongest
    return any((asked == "other" or _means(record) == asked) and _within(record, now, FRESH) for record in records)


def changes(has: Has, records: Sequence[Record], now: float) -> bool:
    """Whether these proofs let somebody change what they sign in with: their strongest, or what was made for its loss.

    That is one of their recovery codes, or the link that let them in again (its record says `recovered`).
    """
    lost = (one for one in records if one.get("type") == "recovery_codes" or one.get("recovered") is True)
    return held("fresh", has, records, now) or any(_within(one, now, FRESH) for one in lost)


def _means(record: Record) -> str:
    """A recovery code stands in for the authenticator app that it was made for."""
    if record.get("method") == "mfa":
        return "totp" if record.get("type") == "recovery_codes" else str(record.get("type"))
    return str(record.get("method"))


def _within(record: Record, now: float, seconds: int) -> bool:
    at = record.get("at")
    return isinstance(at, int | float) and -_AHEAD <= now - at < seconds
