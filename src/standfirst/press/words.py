"""The page's own words in the story's language, and its dates and times.

A language without a catalogue gets English words; the content keeps its own language and direction.
"""

import gettext
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list

RTL_SCRIPTS = frozenset({"Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"})
RTL = frozenset(
    [
        "ar",
        "arc",
        "ary",
        "arz",
        "azb",
        "ckb",
        "dv",
        "fa",
        "glk",
        "he",
        "iw",
        "ks",
        "lrc",
        "mzn",
        "nqo",
        "pnb",
        "ps",
        "sd",
        "skr",
        "syr",
        "ug",
        "ur",
        "yi",
    ]
)
"""Languages that are written from right to left where their tag names no script."""
COUNTS = range(0, 200)
"""Numbers among which every plural category of every language has a sample."""


class Words:
    """Words and formats of one language (`tag` is a BCP 47 tag such as "en" or "pt-BR")."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.dir = direction(tag)
        self.catalogue, self.spoken = _catalogue(tag)
        """`spoken` is the tag of the page's own words, dates and plurals: `tag`, or English without a catalogue."""
        self.locale = _locale(self.spoken)

    def gettext(self, message: str) -> str:
        return self.catalogue.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.catalogue.ngettext(one, many, count)

    def counted(self, one: str, many: str) -> dict[str, str]:
        """A countable phrase for each plural category of this language, for a script that counts for itself."""
        forms: dict[str, str] = {}
        for count in COUNTS:
            forms.setdefault(self.locale.plural_form(count), self.ngettext(one, many, count))
        return forms

    def clock(self, at: datetime, zone: ZoneInfo) -> str:
        """`11:42`"""
        return format_time(at, "HH:mm", tzinfo=zone, locale=self.locale)

    def day(self, at: datetime, zone: ZoneInfo) -> str:
        """`Thursday 19 December 2024`"""
        whole = format_date(at.astimezone(zone), "full", locale=self.locale)
        return whole.replace(", ", " ") if self.locale.language == "en" else whole

    def short_day(self, at: datetime, zone: ZoneInfo) -> str:
        """`19 Dec`"""
        return format_skeleton("MMMd", at, tzinfo=zone, locale=self.locale)

    def listing(self, names: Iterable[str]) -> str:
        """`Ada, Bo and Cy`"""
        return format_list(list(names), locale=self.locale)


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """How the zone is called at that time: `GMT`, `CET`; where it has no letters of its own, `UTC+3`."""
    name = at.astimezone(zone).tzname() or "UTC"
    if name[0] not in "+-":
        return name
    hours, minutes = name[1:3].lstrip("0") or "0", name[3:5]
    return f"UTC{name[0]}{hours}{':' + minutes if minutes not in ('', '00') else ''}"


def direction(tag: str) -> str:
    """`rtl` or `ltr`: by the script that a BCP 47 tag names, else by its language."""
    language, *rest = tag.split("-")
    for part in rest:
        if len(part) == 1:  # what follows is an extension
            break
        if len(part) == 4 and part.isalpha():
            return "rtl" if part.title() in RTL_SCRIPTS else "ltr"
    return "rtl" if language.lower() in RTL else "ltr"


@cache
def words(tag: str) -> Words:
    """The words of a language, read once."""
    return Words(tag)


def _catalogue(tag: str) -> tuple[gettext.NullTranslations, str]:
    folder = files("standfirst") / "locale"
    parts = tag.replace("_", "-").split("-")
    for count in range(len(parts), 0, -1):
        mo = folder / "_".join(parts[:count]) / "LC_MESSAGES" / "standfirst.mo"
        if mo.is_file():
            with mo.open("rb") as file:
                return gettext.GNUTranslations(file), tag
    return gettext.NullTranslations(), tag if parts[0] == "en" else "en"


def _locale(tag: str) -> Locale:
    """Babel's locale for a tag; bare English is written the British way: `19 December`, 24 hours."""
    try:
        return Locale.parse("en_GB" if tag == "en" else tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(tag.split("-")[0])
