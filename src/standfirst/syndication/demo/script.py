"""The demonstration's script: what the invented newsroom does, and when. Pure; a reader of `story.toml`."""

import hashlib
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from standfirst.story import commands as c
from standfirst.story.events import Point
from standfirst.syndication.demo import markup

_TIME = re.compile(r"\{([+-]\d+)m\}")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the newsroom does, `at` seconds into the story. `says` is its table in the script."""

    at: int
    kind: str
    says: dict[str, Any]  # Any: a table of the script


@dataclass(frozen=True, slots=True)
class Script:
    """The story's own fields, and the acts in order of time."""

    story: dict[str, Any]  # Any: as above
    acts: tuple[Act, ...]

    @property
    def slug(self) -> str:
        return str(self.story["slug"])

    @property
    def posts(self) -> tuple[Act, ...]:
        return tuple(act for act in self.acts if act.kind == "post")


def load() -> Script:
    """The script that comes with Standfirst."""
    return read((files(__package__) / "story.toml").read_text("utf-8"))


def read(source: str) -> Script:
    """A script from TOML. Raises ValueError for what is not one."""
    tables = tomllib.loads(source)
    story = tables.pop("story")
    acts = [Act(says["at"], kind, says) for kind, several in tables.items() for says in several]
    return Script(story, tuple(sorted(acts, key=lambda act: act.at)))


def update_id(name: str) -> str:
    """The id of the update that the script calls `name`: the same in every run."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest())
    return "d" + "".join(digits[number // 36**place % 36] for place in range(9))


class Writer:
    """Turns acts into commands. Remembers when each update was published, since later acts print its times."""

    def __init__(self, script: Script, base_url: str) -> None:
        self._script = script
        self._base = base_url
        self._zone = ZoneInfo(script.story["zone"])
        self._published: dict[str, datetime] = {}

    def opening(self) -> c.OpenStory:
        """The command that opens the story."""
        story = self._script.story
        return c.OpenStory(**{**story, "bylines": tuple(story["bylines"])}, status="live")

    def remember(self, id: str, published: datetime) -> None:
        """Note when an update was published."""
        self._published[id] = published

    def command(self, act: Act, now: datetime) -> c.Command:
        """What the newsroom asks for at `now`. Raises KeyError for an act the script's grammar does not have."""
        return _COMMANDS[act.kind](self, act.says, now)

    def _post(self, says: dict[str, Any], now: datetime) -> c.Command:
        self.remember(update_id(says["name"]), now)
        return c.PostUpdate(
            id=update_id(says["name"]),
            headline=says["headline"],
            body=self._body(says["body"], now),
            bylines=tuple(says["bylines"]),
            kind=says.get("kind", "report"),
            tags=tuple(says.get("tags", ())),
            key=says.get("key", False),
            published=now,
        )

    def _edit(self, says: dict[str, Any], now: datetime) -> c.Command:
        then = self._published.get(update_id(says["update"]), now)
        return c.EditUpdate(
            id=update_id(says["update"]),
            mode="correction" if "note" in says else "minor",
            note=says.get("note", ""),
            headline=says.get("headline"),
            body=self._body(says["body"], then) if "body" in says else None,
        )

    def _retract(self, says: dict[str, Any], now: datetime) -> c.Command:
        return c.RetractUpdate(id=update_id(says["update"]), reason=says["reason"])

    def _pin(self, says: dict[str, Any], now: datetime) -> c.Command:
        return c.PinUpdate(id=update_id(says["update"]))

    def _unpin(self, says: dict[str, Any], now: datetime) -> c.Command:
        return c.UnpinUpdate(id=update_id(says["update"]))

    def _key(self, says: dict[str, Any], now: datetime) -> c.Command:
        return c.MarkKey(id=update_id(says["update"]))

    def _tag(self, says: dict[str, Any], now: datetime) -> c.Command:
        return c.TagUpdate(id=update_id(says["update"]), tags=tuple(says["tags"]))

    def _summary(self, says: dict[str, Any], now: datetime) -> c.Command:
        return c.WriteSummary(known=_points(says["known"]), unconfirmed=_points(says.get("unconfirmed", [])))

    def _status(self, says: dict[str, Any], now: datetime) -> c.Command:
        return c.SetStatus(status=says["status"])

    def _body(self, source: str, at: datetime) -> dict[str, Any]:  # Any: ProseMirror JSON
        def clock(found: re.Match[str]) -> str:
            return (at + timedelta(minutes=int(found[1]))).astimezone(self._zone).strftime("%H:%M")

        return markup.read(_TIME.sub(clock, source), address=self._address)

    def _address(self, target: str) -> str:
        kind, _, name = target.partition(":")
        return f"{self._base}/{self._script.slug}/updates/{update_id(name)}" if kind == "update" else target


_COMMANDS: dict[str, Callable[[Writer, dict[str, Any], datetime], c.Command]] = {
    "post": Writer._post,
    "edit": Writer._edit,
    "correct": Writer._edit,
    "retract": Writer._retract,
    "pin": Writer._pin,
    "unpin": Writer._unpin,
    "key": Writer._key,
    "tag": Writer._tag,
    "summary": Writer._summary,
    "status": Writer._status,
}


def _points(lines: list[dict[str, str]]) -> tuple[Point, ...]:
    return tuple(
        Point(text=line["text"], update=update_id(line["update"]) if "update" in line else None) for line in lines
    )
