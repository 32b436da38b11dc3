"""What happens in an evening, made from a seed: the same seed, the same evening."""

from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal[
    "write",  # so many words of an update; with `at`: the browser is killed after so many letters of them
    "finish",  # publish or file it; `how`: "" | "answer lost" | "killed"
    "arrive",  # its words are at the server
    "network",  # `how`: calm | lossy | refused | hole | offline
    "editor",  # an editor works on it meanwhile; `how`: edits | publishes; `choice`: what the author then chooses
    "clock",  # `hours` from the true time
    "expire",  # the session ends at the server
    "disk",  # `how`: full | room
    "tab",  # the next words are written in another tab
]
CHOICES = ("both", "mine", "theirs")
CUTS = ("refused", "hole", "offline")


@dataclass(frozen=True, slots=True)
class Step:
    kind: Kind
    update: int = 0
    words: int = 0
    at: int = 0
    how: str = ""
    choice: str = ""
    hours: float = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """`publishes`: the author is an editor who publishes; else a reporter who files."""

    seed: int
    publishes: bool
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = (" ".join(f"{name}={value}" for name, value in _said(step)) for step in self.steps)
        return f"seed {self.seed}, {'an editor' if self.publishes else 'a reporter'} writes:\n  " + "\n  ".join(lines)


def plan(seed: int) -> Plan:
    """Two or three updates, each with troubles; in most evenings an editor works on one of them meanwhile."""
    chance = Random(f"{seed}/plan")
    updates = chance.choice((2, 3, 3))
    disputed = chance.randrange(updates) if chance.random() < 0.7 else None
    troubles = list(_TROUBLES)
    steps: list[Step] = []
    for update in range(updates):
        steps.append(Step("write", update, words=chance.randint(4, 8)))
        for _ in range(chance.randint(1, 2)):
            steps += _TROUBLES[chance.choice(troubles)](chance, update)
        if update == disputed:
            steps += _dispute(chance, update)
        if chance.random() < 0.85:
            steps.append(Step("finish", update, how=chance.choice(("", "", "answer lost", "killed"))))
    return Plan(seed, chance.random() < 0.5, tuple(steps))


def _dispute(chance: Random, update: int) -> list[Step]:
    how, choice = chance.choice(("edits", "edits", "publishes")), chance.choice(CHOICES)
    return [
        Step("network", how="calm"),
        Step("arrive", update),
        Step("network", how=chance.choice(CUTS)),
        Step("editor", update, how=how, choice=choice),
        Step("write", update, words=chance.randint(3, 6)),
        *(_killed(chance, update) if chance.random() < 0.3 else []),
        Step("network", how=chance.choice(("calm", "lossy"))),
    ]


def _cut(chance: Random, update: int) -> list[Step]:
    return [Step("network", how=chance.choice(CUTS)), _more(chance, update)]


def _lossy(chance: Random, update: int) -> list[Step]:
    return [Step("network", how="lossy"), _more(chance, update)]


def _killed(chance: Random, update: int) -> list[Step]:
    words = chance.randint(4, 7)
    return [Step("write", update, words=words, at=chance.randint(5, words * 8))]


def _clock(chance: Random, update: int) -> list[Step]:
    hours = chance.choice((-1, 1)) * round(chance.uniform(0.5, 40), 2)
    return [Step("clock", hours=hours), _more(chance, update)]


def _expired(chance: Random, update: int) -> list[Step]:
    return [Step("expire"), _more(chance, update)]


def _full(chance: Random, update: int) -> list[Step]:
    return [Step("disk", how="full"), _more(chance, update), Step("disk", how="room"), _more(chance, update)]


def _tab(chance: Random, update: int) -> list[Step]:
    return [Step("tab"), _more(chance, update), _more(chance, update)]


def _more(chance: Random, update: int) -> Step:
    return Step("write", update, words=chance.randint(2, 5))


_TROUBLES = {
    "cut": _cut,
    "lossy": _lossy,
    "killed": _killed,
    "clock": _clock,
    "expired": _expired,
    "full": _full,
    "tab": _tab,
}


def _said(step: Step) -> list[tuple[str, object]]:
    found = [(name, getattr(step, name)) for name in Step.__slots__ if name != "kind" and getattr(step, name)]
    return (
        [("", step.kind), *found]
        if step.kind not in ("write", "finish", "arrive", "editor")
        else [("", step.kind), ("update", step.update), *((name, value) for name, value in found if name != "update")]
    )
