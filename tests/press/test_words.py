"""The page's own words: catalogues, plurals, times; and the diff that readers hear."""

import gettext
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import unescape
from importlib.resources import files
from io import BytesIO
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from jinja2.ext import babel_extract

from standfirst.press import diff
from standfirst.press.diff import changes
from standfirst.press.view import KIND_NAMES
from standfirst.press.words import direction, words, zone_name

PRESS = Path(str(files("standfirst"))) / "press"
LOCALE = PRESS.parent / "locale"
LANGUAGES = sorted(path.name for path in LOCALE.iterdir() if path.is_dir())


def messages() -> set[str]:
    """Every message of the templates and the modules, in English."""
    found = {name for names in KIND_NAMES.values() for name in names} | {"# new update"}  # `words.counted`, in the page
    for template in PRESS.glob("templates/*.j2"):
        for _, _, message, _ in babel_extract(BytesIO(template.read_bytes()), ["_", "ngettext"], [], {}):
            found.add(message[0] if isinstance(message, tuple) else message)
    for module in PRESS.glob("*.py"):
        found |= set(re.findall(r'gettext\("([^"]+)"\)', module.read_text("utf-8")))
    return found


def test_there_are_catalogues() -> None:
    assert LANGUAGES == ["ar", "de", "es", "fr"]
    assert len(messages()) > 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_message_and_no_other(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "standfirst.po").open("rb") as file:
        catalogue = read_po(file)
    had = {message.id[0] if isinstance(message.id, tuple) else message.id for message in catalogue if message.id}
    assert had == messages()
    for message in catalogue:
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said), message.id
        assert not list(message.check(catalogue)), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    folder = LOCALE / language / "LC_MESSAGES"
    compiled = BytesIO()
    with (folder / "standfirst.po").open("rb") as file:
        write_mo(compiled, read_po(file))
    with (folder / "standfirst.mo").open("rb") as file:
        shipped = gettext.GNUTranslations(file)
    compiled.seek(0)
    assert shipped._catalog == gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]  # to compare


@pytest.mark.parametrize(
    ("tag", "forms"),
    [("en", {"one", "other"}), ("ar", {"zero", "one", "two", "few", "many", "other"}), ("ja", {"one", "other"})],
)
def test_a_script_gets_every_plural_of_the_language(tag: str, forms: set[str]) -> None:
    assert words(tag).counted("# new update", "# new updates").keys() == forms


@pytest.mark.parametrize(
    ("tag", "day"),
    [("en", "Sunday 2 March 2031"), ("fr", "dimanche 2 mars 2031"), ("de-AT", "Sonntag, 2. März 2031")],
)
def test_days_are_written_as_the_language_writes_them(tag: str, day: str) -> None:
    assert words(tag).day(datetime(2031, 3, 2, 12, tzinfo=UTC), ZoneInfo("UTC")) == day


@pytest.mark.parametrize("tag", ["is", "zh-Hant", "sr-Latn", "xx", "de-1996", "en-ZZ", "es-419", "fr-Latn-CA", "eng"])
def test_any_language_tag_has_words(tag: str) -> None:
    spoken = words(tag)
    assert spoken.gettext("Live")
    assert spoken.day(datetime(2031, 3, 2, tzinfo=UTC), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Europe/London", "BST"), ("Asia/Riyadh", "UTC+3"), ("America/St_Johns", "NDT"), ("Asia/Kathmandu", "UTC+5:45")],
)
def test_a_zone_has_the_name_of_that_day(zone: str, name: str) -> None:
    assert zone_name(datetime(2031, 7, 1, tzinfo=UTC), ZoneInfo(zone)) == name


def marked(before: str, after: str) -> str:
    """What changed, as `-gone-` and `+come+`."""
    html = re.sub(r'<span class="vh">[^<]*</span>', "", changes(before, after, str))
    return re.sub("</?del>", "-", re.sub("</?ins>", "+", html))


def test_a_diff_is_of_words_within_paragraphs() -> None:
    assert (
        marked("One two.\n\nThree four.", "One two.\n\nThree five.") == "<p>One two.</p>\n<p>Three -four.- +five.+</p>"
    )


def test_a_diff_of_paragraphs_put_in_and_taken_out() -> None:
    assert marked("A.\n\nB.", "A.\n\nB.\n\nC.") == "<p>A.</p>\n<p>B.</p>\n<p>+C.+</p>"
    assert marked("A.\n\nB.", "B.") == "<p>-A.-</p>\n<p>B.</p>"


def test_a_diff_escapes_both_sides() -> None:
    assert marked("<b>", "<i>") == "<p>-&lt;b&gt;- +&lt;i&gt;+</p>"


@pytest.mark.parametrize(
    ("tag", "way"),
    [
        *((tag, "rtl") for tag in ("ar", "AR", "he-IL", "syr", "nqo", "pa-Arab-PK", "ff-Adlm", "rhg-Rohg", "man-Nkoo")),
        *((tag, "ltr") for tag in ("en", "ar-Latn", "ar-latn-EG", "sr-Cyrl", "ff", "az", "en-x-Arab", "de-1996")),
    ],
)
def test_the_script_of_a_tag_says_which_way_it_reads_then_its_language(tag: str, way: str) -> None:
    assert direction(tag) == words(tag).dir == way


@pytest.mark.parametrize(("tag", "spoken"), [("fr-CA", "fr-CA"), ("ru", "en"), ("pl", "en"), ("en-ZA", "en-ZA")])
def test_plurals_are_told_in_the_language_that_is_spoken(tag: str, spoken: str) -> None:
    assert words(tag).spoken == spoken
    assert words(tag).counted("# new update", "# new updates").keys() <= words(spoken).counted("#", "#").keys()


def without(kind: str, html: str) -> list[str]:
    """The words of a diff without those put in (`ins`) or taken out (`del`)."""
    html = re.sub(r'<span class="vh">[^<]*</span>', "", html)
    return unescape(re.sub("<[^>]*>", " ", re.sub(f"<{kind}>.*?</{kind}>", " ", html, flags=re.DOTALL))).split()


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "<", "\n\n"])).map(" ".join)


@pytest.mark.parametrize("work", [0, 40, diff.WORK])
@given(before=TEXTS, after=TEXTS)
def test_a_diff_holds_both_texts_however_much_is_compared(work: int, before: str, after: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diff, "WORK", work)
        html = changes(before, after, str)
    assert without("ins", html) == before.split()
    assert without("del", html) == after.split()


def laboured(before: str, after: str, patch: pytest.MonkeyPatch) -> int:
    """Steps that `difflib` may take for a diff, at worst."""
    asked: list[int] = []

    class Asked:
        """Counts, and finds nothing alike."""

        def __init__(self, junk: None, old: Sequence[str], new: Sequence[str]) -> None:
            asked.append(diff.worst(old, new))
            self.whole = ("replace", 0, len(old), 0, len(new))

        def get_opcodes(self) -> list[tuple[str, int, int, int, int]]:
            return [self.whole]

    patch.setattr(diff, "SequenceMatcher", Asked)
    changes(before, after, str)
    return sum(asked)


def alternating(joint: str, mark: str) -> str:
    """`x y1 x y2 …`, 24 kB: what `difflib` is slowest at."""
    return joint.join(chain.from_iterable(("x", f"{mark}{n}") for n in range(3500)))


@pytest.mark.parametrize("joint", [" ", "\n\n", " \n\n "])
def test_the_work_of_a_diff_is_bounded(joint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = alternating(joint, "y"), alternating(joint, "z")
    assert laboured(*texts, monkeypatch) <= diff.WORK
    monkeypatch.setattr(diff, "WORK", 10**15)  # the negative control
    assert laboured(*texts, monkeypatch) > 2_000_000


def test_a_long_text_with_a_small_edit_is_compared_word_by_word() -> None:
    text = alternating(" ", "y")
    html = marked(f"{text} one {text}", f"{text} two {text}")
    assert html == f"<p>{text} -one- +two+ {text}</p>"
