"""The newsroom's settings: what each may be, that nothing is changed by halves, and that every process hears of it."""

import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from standfirst.accounts import audit
from standfirst.accounts.logo import BYTES, LogoRefused, judged
from standfirst.accounts.models import NewsroomSettings
from standfirst.accounts.newsroom import SettingsRefused, change, current, version
from standfirst.accounts.settings_rules import RULES
from standfirst.desk.newsroom import edition
from standfirst.press.colours import Colour
from tests.desk.conftest import NOW, Newsroom

WHO = ("person:abc", "0123456789abcdef", NOW)


def png(width: int = 6, height: int = 2, *, rows: int | None = None, more: bytes = b"", interlaced: int = 0) -> bytes:
    """A grey picture; `rows` of pixels, `more` chunks before them."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlaced)
    pixels = zlib.compress((b"\0" + b"\x80" * width) * (height if rows is None else rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.django_db
def test_before_the_first_change_the_name_is_the_setting_s() -> None:
    assert current().name == "Standfirst"
    assert edition(current()).name == "Standfirst"


@pytest.mark.django_db
def test_a_change_holds_at_once_and_the_audit_names_its_fields_alone() -> None:
    before = current()
    assert version() == ""
    change(*WHO, name="The Echo", legal_footer="Echo Ltd", zone="UTC")
    assert (current().name, current().legal_footer, current().publish_factor) == ("The Echo", "Echo Ltd", "auto")
    first = version()
    change(*WHO, name="The Evening Echo")
    assert current() == replace(before, name="The Evening Echo", legal_footer="Echo Ltd")
    assert version() != first
    noted = audit.entries()
    assert [entry.detail for entry in noted] == [{"fields": ["name"]}, {"fields": ["name", "legal_footer"]}]
    assert {(entry.actor, entry.session, entry.action) for entry in noted} == {(*WHO[:2], "settings.change")}


@pytest.mark.django_db
def test_what_changes_nothing_is_not_noted() -> None:
    change(*WHO, name="The Echo")
    before = version()
    change(*WHO, name=" The Echo ")
    assert version() == before
    assert len(audit.entries()) == 1


@pytest.mark.django_db
def test_everything_that_was_changed_is_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    logo = judged(png())
    given: dict[str, Any] = {
        "name": "The Echo",
        "logo": logo,
        "colours": {"key": ("#1b5e20", "#81c784")},
        "languages": ["de", "en"],
        "zone": "Europe/Berlin",
        "byline_style": "by",
        "corrections_policy": "https://echo.example/corrections",
        "principles": "https://echo.example/principles",
        "legal_footer": "Echo Ltd\nHarbour Street 1",
        "domains": ["echo.test"],
        "publish_factor": "always",
        "breaker_posts": 7,
        "breaker_seconds": 20,
        "mass_retraction": 2,
    }
    assert given.keys() == RULES.keys()
    wrote = change(*WHO, **given)
    monkeypatch.setattr("standfirst.accounts.newsroom._known", None)
    assert current() == wrote
    assert current().colours["key"] == Colour("#1b5e20", "#81c784")
    assert edition(current()).files == {logo.file: logo.data}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "a\x00b"),
        ("name", 7),
        ("logo", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("colours", {"key": ("#aaaaaa", "#81c784")}),
        ("colours", {"paper": ("#1b5e20", "#81c784")}),
        ("languages", ["tlh"]),
        ("languages", []),
        ("languages", "en"),
        ("languages", ["en", "x" * 36]),
        ("languages", [f"en-{number:04d}" for number in range(11)]),
        ("zone", "Mars/Olympus"),
        ("byline_style", "loud"),
        ("corrections_policy", "http://echo.example/"),
        ("corrections_policy", "javascript:alert(1)"),
        ("principles", "https://echo.example/" + "x" * 500),
        ("principles", 'https://echo.example/"><script>'),
        ("principles", "https://user:secret@echo.example/"),
        ("legal_footer", "x" * 1001),
        ("legal_footer", "a\x07"),
        ("domains", ["https://echo.example"]),
        ("domains", ["127.0.0.1"]),
        ("domains", [f"echo{number}.example" for number in range(21)]),
        ("publish_factor", "sometimes"),
        ("breaker_posts", 0),
        ("breaker_seconds", True),
        ("mass_retraction", "5"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_changed(field: str, value: object) -> None:
    with pytest.raises(SettingsRefused) as refused:
        change(*WHO, **{"legal_footer": "Echo Ltd", field: value})
    assert refused.value.errors.keys() == {field}
    assert not NewsroomSettings.objects.exists()


@pytest.mark.django_db
def test_there_is_one_newsroom() -> None:
    with pytest.raises(TypeError, match="no such setting: theme"):
        change(*WHO, theme="dark")
    change(*WHO, name="The Echo")
    change(*WHO, name="The Other")
    assert NewsroomSettings.objects.count() == 1


def test_a_change_rings_once_it_is_committed(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's own bell is tried in tests/contracts")
    rung: list[str] = []
    monkeypatch.setattr("standfirst.record.bell.ring", lambda folder, stream, last: rung.append(stream))
    change(*WHO, name="The Echo")
    assert rung == ["(none)"]


def test_a_logo_keeps_its_pixels_and_loses_its_words() -> None:
    told = png(more=chunk(b"tEXt", b"Author\0Ada Vale") + chunk(b"eXIf", b"where it was drawn"))
    logo = judged(told)
    assert (logo.width, logo.height, logo.data) == (6, 2, png())
    assert b"Ada" in told


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no PNG"),
        (b"GIF89a", "no PNG"),
        (png()[:-1], "damaged"),
        (png() + b"<script>", "behind the end"),
        (png(1201, 1), "1201 x 1 pixels"),
        (png(1, 401), "1 x 401 pixels"),
        (png(rows=3), "more or fewer pixels"),
        (png(rows=1), "more or fewer pixels"),
        (png(interlaced=1), "interlaced"),
        (png(more=chunk(b"tEXt", bytes(BYTES))), "are the most"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"short") + chunk(b"IEND", b""), "damaged"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), "damaged"),
    ],
)
def test_what_is_no_such_logo_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(LogoRefused, match=said):
        judged(data)


def test_a_picture_that_unpacks_to_gigabytes_is_never_unpacked() -> None:
    packed = zlib.compressobj(9)
    body = b"".join(packed.compress(bytes(1_000_000)) for _ in range(60)) + packed.flush()
    head = struct.pack(">IIBBBBB", 10, 10, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    assert len(bomb) < BYTES
    with pytest.raises(LogoRefused, match="more or fewer pixels"):
        judged(bomb)


@pytest.mark.django_db
def test_a_new_story_is_in_the_newsroom_s_language_and_zone_unless_it_says(newsroom: Newsroom) -> None:
    newsroom.story("before")
    change(*WHO, languages=["de", "en"], zone="Europe/Berlin")
    newsroom.story("after")
    newsroom.story("given", language="fr", zone="Europe/Paris")
    newsroom.story("null", language=None, zone=None)
    found = [newsroom.ask("GET", f"/stories/{slug}").json() for slug in ("before", "after", "given", "null")]
    german = ("de", "Europe/Berlin")
    assert [(one["language"], one["zone"]) for one in found] == [
        ("en", "UTC"), german, ("fr", "Europe/Paris"), german
    ]  # fmt: skip
    assert newsroom.ask("POST", "/stories", {"slug": "x", "headline": "X", "zone": ""}).status_code == 422
