"""What each of a newsroom's settings may be. Every function gives the value in its one form, or raises ValueError."""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from standfirst.accounts.logo import judged
from standfirst.press.colours import Colour, faults
from standfirst.press.look import BYLINE_STYLES, Logo
from standfirst.press.words import words

NAME, URL, LEGAL, LANGUAGES, DOMAINS = 100, 500, 1000, 10, 20
"""Characters of the first three, members of the others."""
FACTORS = ("auto", "always", "never")
LIMITS = {"breaker_posts": (1, 10_000), "breaker_seconds": (1, 3600), "mass_retraction": (1, 1000)}
"""The least and the most of each number."""

_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8}){0,4}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def name(value: object) -> str:
    text = _text(value, NAME).strip()
    if not text or not text.isprintable():
        raise ValueError("a newsroom has a name: give 1 to 100 printable characters")
    return text


def logo(value: object) -> Logo | None:
    """A file's bytes, a Logo that was judged before, or None for none."""
    if value is None or isinstance(value, Logo):
        return value
    if not isinstance(value, bytes):
        raise ValueError("a logo is a PNG file")
    return judged(value)


def colours(value: object) -> dict[str, Colour]:
    """By token; one that is not there stays ours."""
    if not isinstance(value, Mapping):
        raise ValueError("colours are given by token")
    found = {str(token): Colour(*pair) for token, pair in value.items()}
    for token, colour in found.items():
        for fault in faults(token, colour):
            raise ValueError(fault)
    return found


def languages(value: object) -> tuple[str, ...]:
    tags = _members(value, LANGUAGES, 35)
    for tag in tags:
        if not _TAG.fullmatch(tag) or words(tag).spoken != tag:
            raise ValueError(f"our pages have no words in {tag!r}: give one like en, de, es-MX, fr-CA or ar")
    if not tags:
        raise ValueError("a newsroom writes in some language: give one or more, the main one first")
    return tags


def zone(value: object) -> str:
    text = _text(value, 64)
    if text not in available_timezones():
        raise ValueError(f"there is no time zone {text!r}: give one like Europe/Paris or UTC")
    return text


def byline_style(value: object) -> str:
    return _one_of(value, BYLINE_STYLES)


def publish_factor(value: object) -> str:
    return _one_of(value, FACTORS)


def https(value: object) -> str:
    """An https address, or "" for none."""
    text = _text(value, URL).strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        named = parts.scheme == "https" and _is_host(parts.hostname or "") and not parts.username and parts.port != 0
    except ValueError:  # brackets or a port that cannot be
        named = False
    if not named or not text.isascii() or not text.isprintable() or any(mark in text for mark in " \"'<>\\`"):
        raise ValueError(f"{text[:80]!r} is no https address: give one like https://news.example/corrections")
    return text


def legal_footer(value: object) -> str:
    lines = _text(value, LEGAL).replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    if not all(line.isprintable() for line in lines):
        raise ValueError("there are characters in it that cannot be printed: type it instead of pasting it")
    return "\n".join(lines)


def domains(value: object) -> tuple[str, ...]:
    hosts = tuple(host.lower().rstrip(".") for host in _members(value, DOMAINS, 253))
    for host in hosts:
        if not _is_host(host):
            raise ValueError(f"{host!r} is no host name: give one like news.example, without https:// and path")
    return hosts


def number(field: str) -> Callable[[object], int]:
    """The rule of a setting that is a number."""
    least, most = LIMITS[field]

    def judge(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"{str(value)[:20]!r} is out of range: give a whole number from {least} to {most}")
        return value

    return judge


RULES: Mapping[str, Callable[[object], object]] = {
    "name": name,
    "logo": logo,
    "colours": colours,
    "languages": languages,
    "zone": zone,
    "byline_style": byline_style,
    "corrections_policy": https,
    "principles": https,
    "legal_footer": legal_footer,
    "domains": domains,
    "publish_factor": publish_factor,
    **{field: number(field) for field in LIMITS},
}
"""By setting."""


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        raise ValueError("give text")
    if len(value) > most:
        raise ValueError(f"it has {len(value)} characters, and {most} are the most: make it shorter")
    return value


def _members(value: object, most: int, longest: int) -> tuple[str, ...]:
    """A list without repetitions."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError("give a list")
    found = tuple(dict.fromkeys(_text(member, longest).strip() for member in value))
    if len(found) > most:
        raise ValueError(f"there are {len(found)} of them, and {most} are the most: leave some out")
    return found


def _one_of(value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(f"{str(value)[:20]!r} is none of {', '.join(choices)}")
    return str(value)


def _is_host(host: str) -> bool:
    labels = host.split(".")
    return len(host) <= 253 and len(labels) > 1 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
