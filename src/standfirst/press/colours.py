"""A newsroom's own colours: a few named tokens, and whether words in them can be read on our paper. Pure.

Contrast is that of WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

CONTRAST = 4.5
"""The least contrast of words with what is under them: WCAG 2.2, success criterion 1.4.3, level AA."""
PAPER, DARK_PAPER, ON_LIVE = "#fbfaf7", "#101214", "#ffffff"
"""`--paper` by day and by night, and `--on-live`, as frontend/shared/tokens.css has them."""
TINT = 0.1
"""How much of a colour is in the tint that stands under words in it."""
TOKENS = {"accent": "the newsroom's name", "live": "what is live", "key": "links and key events"}
"""What a newsroom may set, and what is in that colour."""

_HEX = re.compile(r"#[0-9a-f]{6}")


class Colour(NamedTuple):
    """A token by day and by night, as `#rrggbb`."""

    light: str
    dark: str


def is_colour(text: str) -> bool:
    """Whether it is six hexadecimal digits behind a #."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1, the same colour, to 21, black on white. Both as `#rrggbb`."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def faults(token: str, colour: Colour) -> Iterator[str]:
    """What is wrong with a colour for a token, each with its remedy; nothing if it can be used."""
    if token not in TOKENS:
        yield f"there is no colour {token[:20]!r}: set {', '.join(TOKENS)}"
        return
    for value, paper, name, remedy in (
        (colour.light, PAPER, "light", "darker"),
        (colour.dark, DARK_PAPER, "dark", "lighter"),
    ):
        if not is_colour(value):
            yield f"{value[:20]!r} is no colour: give six hexadecimal digits, as #0a4f6e"
            continue
        for under, where in ((paper, f"{name} paper"), (tint(value, paper), f"its own tint on {name} paper")):
            if (found := contrast(value, under)) < CONTRAST:
                yield f"{value} has a contrast of {found:.1f} on {where}, and {CONTRAST} is the least: make it {remedy}"
                break


def tint(colour: str, paper: str) -> str:
    """What is under words in a colour where they are marked: a little of it on the paper."""
    mixed = (round(c * TINT + p * (1 - TINT)) for c, p in zip(_channels(colour), _channels(paper), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def properties(token: str, colour: Colour) -> tuple[dict[str, str], dict[str, str]]:
    """The custom properties that a token sets, by day and by night. Colours that have no faults only.

    Words on the fill of what is live are white, on which its colour by day can be read, so that is the fill.
    """
    light, dark = {f"--{token}": colour.light}, {f"--{token}": colour.dark}
    if token == "live":  # noqa: S105  # a design token
        light["--live-fill"] = dark["--live-fill"] = colour.light
    elif token == "key":  # noqa: S105  # a design token
        light["--key-tint"], dark["--key-tint"] = tint(colour.light, PAPER), tint(colour.dark, DARK_PAPER)
    return light, dark


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[int, ...]:
    """Red, green, blue, 0 to 255."""
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
