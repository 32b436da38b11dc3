"""Cut the reader's fonts out of the published variable fonts: the axes and characters that the page uses, nothing else.

    python frontend/fonts/build.py SOURCES

SOURCES is a folder that holds the unpacked npm packages `@fontsource-variable/newsreader` and
`@fontsource-variable/libre-franklin` (`npm install` them there). Needs `fonttools` and `brotli`. Writes
`src/standfirst/static/dist/fonts/NAME-HASH.woff2`; name the new hashes in `frontend/reader/reader.css`.
"""

import hashlib
import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).parents[2] / "src" / "standfirst" / "static" / "dist" / "fonts"

BASIC = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
LETTERS = [0x0131, 0x0141, 0x0142, 0x0152, 0x0153, 0x0160, 0x0161, 0x0178, 0x017D, 0x017E]
MARKS = [0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x202F]
SIGNS = [0x2039, 0x203A, 0x20AC]
UNUSED = [
    0xA2,
    0xA4,
    0xA5,
    0xA6,
    0xA8,
    0xAC,
    0xAD,
    0xAE,
    0xAF,
    0xB1,
    0xB2,
    0xB3,
    0xB4,
    0xB5,
    0xB6,
    0xB8,
    0xB9,
    0xBC,
    0xBE,
]
CHARACTERS = sorted({*BASIC, *LETTERS, *MARKS, *SIGNS} - set(UNUSED))
ITALIC = [c for c in CHARACTERS if c < 0x7F or c in MARKS or chr(c) in "\u00a0£«»ÀÉàâäçèéêëíîïñóôöúùûüœßáãåæø€"]


@dataclass(frozen=True)
class Cut:
    """A file to make: its source, where it stands on each axis (a number pins, a pair limits), its characters."""

    name: str
    source: str
    axes: dict[str, float | tuple[float, float]]
    characters: list[int]


NEWSREADER = "@fontsource-variable/newsreader/files/newsreader-latin-opsz-{}.woff2"
FRANKLIN = "@fontsource-variable/libre-franklin/files/libre-franklin-latin-wght-normal.woff2"
CUTS = [
    Cut("news-display", NEWSREADER.format("normal"), {"opsz": 60, "wght": 580}, CHARACTERS),
    Cut("news-text", NEWSREADER.format("normal"), {"opsz": 15, "wght": (400, 700)}, CHARACTERS),
    Cut("news-text-italic", NEWSREADER.format("italic"), {"opsz": 15, "wght": 400}, ITALIC),
    Cut("franklin", FRANKLIN, {"wght": (400, 700)}, CHARACTERS),
]


def main(sources: Path) -> None:
    """Make every cut, sweep away the files of earlier ones, and print what each weighs."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for old in TARGET.glob("*.woff2"):
        old.unlink()
    for licence in Path(__file__).parent.glob("OFL-*.txt"):
        shutil.copy(licence, TARGET)
    total = 0
    for cut in CUTS:
        data = make(cut, sources)
        name = f"{cut.name}-{hashlib.sha256(data).hexdigest()[:8]}.woff2"
        (TARGET / name).write_bytes(data)
        total += len(data)
        print(f"{len(data):>7,} bytes  {name}")
    print(f"{total:>7,} bytes in all")


def make(cut: Cut, sources: Path) -> bytes:
    """The font of one cut as WOFF2. Where weight varies, kerning does not: saves a quarter, shows nowhere."""
    font = instancer.instantiateVariableFont(_subset(cut, sources), cut.axes, inplace=True)
    if "fvar" in font:
        regular = {axis.axisTag: float(axis.defaultValue) for axis in font["fvar"].axes}
        still = instancer.instantiateVariableFont(_subset(cut, sources), cut.axes | regular, inplace=True)
        font["GPOS"], font["GDEF"] = still["GPOS"], still["GDEF"]
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _subset(cut: Cut, sources: Path) -> TTFont:
    font = TTFont(sources / cut.source, recalcTimestamp=False)
    options = subset.Options()
    options.layout_features = ["kern", "liga", "ccmp", "locl", "mark", "tnum"]
    options.name_IDs = [0, 1, 2, 13, 14]
    options.hinting = False
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=cut.characters)
    cutter.subset(font)
    return font


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
