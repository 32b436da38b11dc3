"""The checks of a command's fields: lengths, characters, times, tags. They collect what is wrong, for one answer.

Words are trimmed; everything else stands as it was typed. Lengths are in characters.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args
from zoneinfo import available_timezones

from standfirst.story.characters import blank, forbidden, shown, slugged
from standfirst.story.document import DocumentRefused, parse
from standfirst.story.events import NO_WORDS, Body, Kind, Point, Status
from standfirst.story.refusals import Invalid

HEADLINE, STANDFIRST, TOPIC, BYLINE, TAG, NOTE, POINT, SOURCE, SLUG = 300, 1000, 80, 120, 40, 1000, 500, 2000, 80
BYLINES, TAGS, POINTS = 20, 20, 12  # most of each
FIRST_YEAR, LAST_YEAR = 1900, 2200

KINDS: tuple[Kind, ...] = get_args(Kind)
STATUSES: tuple[Status, ...] = get_args(Status)
_HOUSE = "account|accounts|admin|api|desk|favicon|feed|forum|healthz|index|live|media|newsroom|robots|sitemap|static"
RESERVED = frozenset(_HOUSE.split("|"))
"""First parts of paths that belong to the house."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ID = re.compile(r"[a-z][a-z0-9]{9}")
_LANGUAGE = re.compile(  # RFC 5646 without extensions, private use and what is deprecated
    r"(?P<language>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.IGNORECASE | re.ASCII,
)
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class Check:
    """One command's fields. Every method gives the value in its normal form, or notes an error and gives a stand-in."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, str]] = []

    def wrong(self, field: str, message: str) -> None:
        """Note an error."""
        self.errors.append((field, message))

    def done(self) -> None:
        """Raises Invalid if anything was wrong."""
        if self.errors:
            raise Invalid(self.errors)

    def line(self, field: str, value: object, longest: int, *, needed: bool = False) -> str:
        """One line of words."""
        if not isinstance(value, str):
            self.wrong(field, f"{shown(value)} is no text: give a string")
            return ""
        words = value.strip()
        if (name := forbidden(words)) is not None:
            self.wrong(field, f"{name}: remove it, this is one line of text")
        elif len(words) > longest:
            self.wrong(field, f"{shown(words)} has {len(words)} characters: shorten it to {longest}")
        elif needed and blank(words):
            self.wrong(field, f"{shown(words)} shows nothing: write 1 to {longest} characters")
        return words

    def lines(self, field: str, values: object, longest: int, most: int) -> tuple[str, ...]:
        """Several lines of words, doubles left out."""
        found = [self.line(f"{field}[{n}]", v, longest, needed=True) for n, v in self._items(field, values, most)]
        return tuple(dict.fromkeys(found))

    def tags(self, field: str, values: object) -> tuple[str, ...]:
        """Tags as they were typed; of those that are the same in a URL (see `slugged`) the first."""
        found: dict[str, str] = {}
        for n, value in self._items(field, values, TAGS):
            words = self.line(f"{field}[{n}]", value, HEADLINE)
            tag = slugged(words)
            if isinstance(value, str) and not tag:
                self.wrong(f"{field}[{n}]", f"{shown(value)} has no letter or digit: write 1 to {TAG} characters")
            elif max(len(tag), len(words)) > TAG:
                self.wrong(
                    f"{field}[{n}]", f"{shown(words)} has {max(len(tag), len(words))} characters: shorten it to {TAG}"
                )
            found.setdefault(tag, words)
        return tuple(found.values())

    def points(self, field: str, values: object, refuse: Callable[[str], str | None]) -> tuple[Point, ...]:
        """Lines of a summary; `refuse` says why a point cannot rest on an update, or None."""
        found = []
        for n, point in self._items(field, values, POINTS):
            if not isinstance(point, Point):
                self.wrong(
                    f"{field}[{n}]", f"{shown(point)} is no point: give a text, and an update's id if it has one"
                )
                continue
            text = self.line(f"{field}[{n}].text", point.text, POINT, needed=True)
            if point.update is not None and (why := refuse(point.update)) is not None:
                self.wrong(f"{field}[{n}].update", f"{why}: name an update of this story, or none")
            found.append(Point(text=text, update=point.update))
        return tuple(found)

    def body(self, field: str, raw: object) -> Body:
        """A body that `document.parse` accepts."""
        try:
            return parse(raw)
        except DocumentRefused as refused:
            self.wrong(f"{field}.{refused.path}" if refused.path else field, f"{refused.value}: {refused.remedy}")
            return NO_WORDS

    def time(self, field: str, value: object) -> datetime:
        """A moment, in UTC."""
        if not isinstance(value, datetime) or value.utcoffset() is None:
            self.wrong(field, f"{shown(value)} has no offset from UTC: give a time such as 2026-03-01T11:42:00Z")
            return _NEVER
        utc = value.astimezone(UTC) if 1 < value.year < 9999 else _NEVER  # the ends of the calendar cannot be converted
        if not FIRST_YEAR <= utc.year < LAST_YEAR:
            self.wrong(field, f"{value.isoformat()} cannot be: give a time from {FIRST_YEAR} to {LAST_YEAR - 1}")
        return utc

    def moment(self, field: str, value: object) -> datetime | None:
        """A moment, or None."""
        return None if value is None else self.time(field, value)

    def choice(self, field: str, value: Any, allowed: Sequence[str]) -> Any:  # Any: a Literal of the allowed
        """One of the allowed words."""
        if not isinstance(value, str) or value not in allowed:
            self.wrong(field, f"{shown(value)} is unknown: choose one of {', '.join(allowed)}")
            return allowed[0]
        return value

    def flag(self, field: str, value: object) -> bool:
        """Yes or no."""
        if not isinstance(value, bool):
            self.wrong(field, f"{shown(value)} is neither true nor false")
        return value is True

    def slug(self, field: str, value: object) -> str:
        """A story's address."""
        if not isinstance(value, str) or len(value) > SLUG or not _SLUG.fullmatch(value):
            self.wrong(field, f"{shown(value)} is no address: use a-z, 0-9 and single hyphens, 1 to {SLUG} characters")
        elif value in RESERVED:
            self.wrong(field, f"{shown(value)} is an address of the house: choose another")
        return str(value)

    def id(self, field: str, value: object) -> str:
        """An update's id."""
        if not isinstance(value, str) or not _ID.fullmatch(value):
            self.wrong(field, f"{shown(value)} is no id: use ten of a-z and 0-9, a letter first")
        return str(value)

    def language(self, field: str, value: object) -> str:
        """A language tag of BCP 47, in its usual spelling: `pt-BR`, `zh-Hant`."""
        found = _LANGUAGE.fullmatch(value) if isinstance(value, str) and len(value) <= 35 else None
        if found is None:
            self.wrong(field, f"{shown(value)} is no language tag: give one of BCP 47 such as en, pt-BR or zh-Hant")
            return "en"
        script, region = (found["script"] or "").title(), (found["region"] or "").upper()
        parts = (found["language"].lower(), script, region, found["variants"].lower().removeprefix("-"))
        return "-".join(part for part in parts if part)

    def zone(self, field: str, value: object) -> str:
        """A time zone by its IANA name."""
        if not isinstance(value, str) or value not in _zones():
            self.wrong(field, f"{shown(value)} is no time zone: give an IANA name such as Europe/Paris, or UTC")
            return "UTC"
        return value

    def _items(self, field: str, values: object, most: int) -> list[tuple[int, object]]:
        if not isinstance(values, list | tuple):
            self.wrong(field, f"{shown(values)} is no list: give a list")
            return []
        if len(values) > most:
            self.wrong(field, f"{len(values)} are too many: give at most {most}")
            return []
        return list(enumerate(values))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime", "posixrules"})


Rule = Callable[[Check, str, Any], Any]  # Any: a field of a command as given, and as it is published

STORY: dict[str, Rule] = {
    "headline": lambda check, name, value: check.line(name, value, HEADLINE, needed=True),
    "standfirst": lambda check, name, value: check.line(name, value, STANDFIRST),
    "language": lambda check, name, value: check.language(name, value),
    "zone": lambda check, name, value: check.zone(name, value),
    "topic": lambda check, name, value: check.line(name, value, TOPIC),
    "bylines": lambda check, name, value: check.lines(name, value, BYLINE, BYLINES),
    "starts": lambda check, name, value: check.moment(name, value),
}
"""The rule of each field that opening and changing a story have in common."""

UPDATE: dict[str, Rule] = {
    "headline": lambda check, name, value: check.line(name, value, HEADLINE),
    "body": lambda check, name, value: check.body(name, value),
    "bylines": lambda check, name, value: check.lines(name, value, BYLINE, BYLINES),
    "kind": lambda check, name, value: check.choice(name, value, KINDS),
    "happened": lambda check, name, value: check.moment(name, value),
}
"""The rule of each field that posting and editing an update have in common."""
