"""What a newsroom sets of its pages itself: logo, colours, bylines, what stands at their foot. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal, get_args

from standfirst.press.colours import PAPER, Colour, properties

BylineStyle = Literal["names", "by"]
BYLINE_STYLES: tuple[BylineStyle, ...] = get_args(BylineStyle)
"""`Ada Vale and Bo Lind`, or `By Ada Vale and Bo Lind`."""

_NONE: Mapping[str, Colour] = MappingProxyType({})


@dataclass(frozen=True)
class Logo:
    """A PNG that was judged (see `accounts.logo`), `width` by `height` pixels."""

    data: bytes = field(repr=False)
    width: int
    height: int

    @cached_property
    def digest(self) -> str:
        """Eight hexadecimal digits: another picture has another name, so that caches may keep it for good."""
        return hashlib.sha256(self.data).hexdigest()[:8]

    @property
    def file(self) -> str:
        """Its name below /static/."""
        return f"logo.{self.digest}.png"


@dataclass(frozen=True, kw_only=True)
class Look:
    """`corrections_policy` and `principles` are https addresses, `legal` is plain text, `domains` are host names.

    `colours` are by token and have no faults.
    """

    logo: Logo | None = None
    colours: Mapping[str, Colour] = field(default_factory=lambda: _NONE)
    byline: BylineStyle = "names"
    corrections_policy: str = ""
    principles: str = ""
    legal: str = ""
    domains: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """All of it as text, for the edition's id."""
        colours = sorted(self.colours.items())
        logo = self.logo.file if self.logo else ""
        return repr((logo, colours, self.byline, self.corrections_policy, self.principles, self.legal, self.domains))

    @property
    def legal_lines(self) -> list[str]:
        return [line for line in self.legal.splitlines() if line.strip()]

    @cached_property
    def css(self) -> str:
        """What comes after the reader's style sheet; "" for nothing."""
        light: dict[str, str] = {}
        dark: dict[str, str] = {}
        for token, colour in sorted(self.colours.items()):
            by_day, by_night = properties(token, colour)
            light |= by_day
            dark |= by_night
        parts = []
        if light:
            night = f"@media(prefers-color-scheme:dark){{:root{{{_declared(dark.items())}}}}}"
            parts.append(f":root{{{_declared(light.items())}}}{night}")
        if "accent" in self.colours:
            parts.append(".mast .brand{color:var(--accent)}")
        if self.logo:  # it was drawn for light paper
            parts.append(
                ".brand img{display:block;width:auto;height:auto;max-width:min(100%,300px);max-height:40px}"
                f"@media(prefers-color-scheme:dark){{.brand img{{background:{PAPER};padding:4px;border-radius:3px}}}}"
            )
        return "".join(parts)


def _declared(pairs: Iterable[tuple[str, str]]) -> str:
    return ";".join(f"{name}:{value}" for name, value in pairs)
