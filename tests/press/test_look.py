"""What a newsroom sets of its pages: colours that can be read, its logo, what stands at the foot, bylines."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.press.colours import CONTRAST, DARK_PAPER, PAPER, Colour, contrast, faults, tint
from standfirst.press.edition import Edition
from standfirst.press.look import Logo, Look
from standfirst.press.printer import Printer
from tests.press.newsroom import EDITION, Log

GREEN = Colour("#1b5e20", "#81c784")
HEX = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


def page(edition: Edition, log: Log | None = None) -> str:
    """The front page in another edition."""
    made = Printer(edition)
    made.resume((log or Log().posts(2)).printer)
    printed = made.print("")
    assert printed is not None
    return printed.body.decode()


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#ff0000", "#ffffff") == pytest.approx(4.0, abs=0.01)


@given(HEX, HEX)
def test_a_colour_without_faults_can_be_read_on_paper_and_on_its_tint(light: str, dark: str) -> None:
    if not list(faults("key", Colour(light, dark))):
        for value, paper in ((light, PAPER), (dark, DARK_PAPER)):
            assert contrast(value, paper) >= CONTRAST
            assert contrast(value, tint(value, paper)) >= CONTRAST


@pytest.mark.parametrize(
    ("token", "colour", "said"),
    [
        ("key", Colour("#9e9e9e", "#81c784"), "make it darker"),
        ("key", Colour("#1b5e20", "#303030"), "make it lighter"),
        ("live", Colour("red", "#81c784"), "'red' is no colour"),
        ("live", Colour("#1b5e20", "#fff}body{display:none"), "is no colour"),
        ("paper", GREEN, "there is no colour 'paper'"),
    ],
)
def test_a_fault_names_the_colour_and_the_remedy(token: str, colour: Colour, said: str) -> None:
    assert said in " ".join(faults(token, colour))
    assert not list(faults("key", GREEN))


def test_our_own_colours_and_papers_are_those_of_the_style_sheet() -> None:
    assert f"--paper:{PAPER}" in EDITION.css
    assert f"light-dark({PAPER},{DARK_PAPER})" in EDITION.css.replace(", ", ",")


def test_colours_are_in_the_style_whose_hash_the_policy_names() -> None:
    edition = replace(EDITION, look=Look(colours={"key": GREEN, "live": GREEN, "accent": GREEN}))
    style = re.search("<style>(.*?)</style>", page(edition), re.DOTALL)
    assert style is not None
    assert "--key:#1b5e20" in style[1]
    assert "--live-fill:#1b5e20" in style[1]
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in dict(edition.headers)["Content-Security-Policy"]
    assert edition.id != EDITION.id


def test_the_logo_stands_in_the_masthead_and_in_the_structured_data() -> None:
    logo = Logo(b"not looked at here", 320, 80)
    edition = replace(EDITION, look=Look(logo=logo))
    text = page(edition)
    assert f'<img src="/static/{logo.file}" width="320" height="80" alt="Gazette">' in text
    assert edition.files == {logo.file: logo.data}
    assert logo.digest in logo.file
    assert publisher(text)["logo"]["url"] == f"https://gazette.example/static/{logo.file}"


def test_policies_and_legal_words_stand_at_the_foot_and_are_no_markup() -> None:
    look = Look(
        corrections_policy="https://gazette.example/corrections",
        principles="https://gazette.example/principles",
        legal="Gazette Ltd\n<script>1</script> https://x.example",
        domains=("gazette.test",),
    )
    text = page(replace(EDITION, look=look))
    foot = text[text.index("<footer") :]
    assert 'href="https://gazette.example/corrections"' in foot
    assert 'href="https://gazette.example/principles"' in foot
    assert "Gazette Ltd<br>&lt;script&gt;1&lt;/script&gt; https://x.example" in foot
    said = publisher(text)
    assert said["correctionsPolicy"] == look.corrections_policy
    assert said["publishingPrinciples"] == look.principles
    assert said["sameAs"] == ["https://gazette.test/"]


def test_bylines_follow_the_newsroom_s_style() -> None:
    log = Log().posts(1, bylines=("Ada Vale", "Bo Lind"))
    assert ">Ada Vale and Bo Lind<" in page(EDITION, log)
    assert ">By Ada Vale and Bo Lind<" in page(replace(EDITION, look=Look(byline="by")), log)


def publisher(text: str) -> dict[str, object] | dict[str, dict[str, str]]:
    data = re.search('<script type="application/ld.json">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    found: dict[str, object] = json.loads(data[1])["publisher"]
    return found
