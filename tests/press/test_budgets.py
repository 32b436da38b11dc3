"""What a reader downloads, and what publishing costs however long the story is."""

import gzip
import re
from importlib.resources import files
from pathlib import Path

from standfirst.press.printer import Printer
from tests.press.newsroom import EDITION, Log, corrected

DIST = Path(str(files("standfirst"))) / "static" / "dist"


def packed(text: str) -> int:
    return len(gzip.compress(text.encode(), 9))


def test_a_page_of_20_updates_is_20_kb_at_most() -> None:
    log = Log().posts(20)(corrected(3))
    assert packed(log.page().replace(EDITION.css, "")) <= 20 * 1024


def test_the_style_sheet_is_6_kb_at_most() -> None:
    assert packed(EDITION.css) <= 6 * 1024


def test_the_fonts_are_90_kb_at_most_and_carry_their_licences() -> None:
    fonts = list(DIST.glob("fonts/*.woff2"))
    assert sum(font.stat().st_size for font in fonts) <= 90 * 1024
    assert {path.name for path in DIST.glob("fonts/*.txt")} == {"OFL-Newsreader.txt", "OFL-LibreFranklin.txt"}


def test_the_style_sheet_names_the_fonts_that_are_there_and_the_page_preloads_two() -> None:
    named = set(re.findall(r"/static/(fonts/[\w.-]+)", EDITION.css))
    assert named == {f"fonts/{path.name}" for path in DIST.glob("fonts/*.woff2")}
    assert len(EDITION.preloads) == 2
    assert {address.removeprefix("/static/") for address in EDITION.preloads} < named


def rendered(printer: Printer) -> int:
    """Fragments of updates that the printer has rendered so far."""
    return len(printer._fragments._articles) + len(printer._fragments._posts)


def test_publishing_renders_the_new_update_only() -> None:
    for length in (30, 150):
        log = Log().posts(length)
        before = rendered(log.printer)
        log.posts(1)
        assert rendered(log.printer) - before == 2, "one update, for people and for machines"


def test_a_message_does_not_grow_with_the_story() -> None:
    short, long = Log().posts(25), Log().posts(185)
    assert len(long.messages[-1]) <= 1.2 * len(short.messages[-1])
    assert max(map(len, long.messages)) <= 16 * 1024
