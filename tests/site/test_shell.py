"""The page that holds the desk: at each of its addresses, and nowhere else; and what browsers keep of it."""

import json
import re
import struct
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from standfirst.accounts import newsroom
from standfirst.edge.static import Static
from standfirst.site.shell import kept_page
from tests.site.visits import person, signed_in

SCREENS = [
    "/desk/",
    "/desk/open/",
    "/desk/waiting/",
    "/desk/settings/",
    "/desk/story/sea-wall-2/",
    "/desk/story/sea-wall-2/summary/",
    "/desk/story/sea-wall-2/schedule/",
    "/desk/story/sea-wall-2/settings/",
    "/desk/story/sea-wall-2/update/k4k4k4k4k4/",
    "/desk/story/sea-wall-2/draft/k4k4k4k4k4/",
]


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_has_an_address_that_can_be_opened(db: None, path: str) -> None:
    answer = signed_in(person()).get(path)
    assert answer.status_code == 200
    assert b'<div id="desk">' in answer.content


@pytest.mark.parametrize(
    "path",
    [
        "/desk/opened/",
        "/desk/story/",
        "/desk/story/Sea/",
        "/desk/story/sea--wall/",
        "/desk/story/sea/wall/",
        "/desk/story/sea/update/",
        "/desk/story/sea/update/k4/",
        "/desk/story/sea/summary/more/",
        "/desk/story/sea/%0A",
    ],
)
def test_no_other_address_is_the_desk(db: None, path: str) -> None:
    assert signed_in(person()).get(path).status_code == 404


def kept(answer: Any) -> dict[str, Any]:
    """What a worker keeps, as written before its code."""
    first = answer.content.decode().partition("\n")[0]
    found: dict[str, Any] = json.loads(first.removeprefix("const KEPT = ").removesuffix(";"))
    return found


def test_the_worker_is_for_everybody_and_always_asked_for_again(db: None) -> None:
    answer = Client().get("/desk/worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert "connect-src 'self'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "Set-Cookie" not in answer
    assert (
        Client().get("/desk/worker.js").content == answer.content == signed_in(person()).get("/desk/worker.js").content
    )


def test_what_is_kept_is_the_page_as_it_is_answered(db: None) -> None:
    page = kept(Client().get("/desk/worker.js"))
    answer = signed_in(person("owner", name="Ines Marsh")).get("/desk/")
    source = re.search(r"'nonce-([^']+)'", answer["Content-Security-Policy"])
    assert source
    assert page["page"].replace(page["nonce"], source[1]) == answer.content.decode()
    headers = {name: value.replace(page["nonce"], source[1]) for name, value in page["headers"].items()}
    assert headers == {name: text for name, text in answer.items() if name not in ("Vary", "Content-Length")}
    assert page["page"].count(page["nonce"]) == 2
    assert page["headers"]["Content-Security-Policy"].count(page["nonce"]) == 1
    assert kept_page() == kept_page(), "no new version without anything new"


def test_what_is_kept_says_nothing_of_anybody(db: None) -> None:
    newsroom.change("someone", "", timezone.now(), name="The Marrow Courier")
    text = Client().get("/desk/worker.js").content.decode()
    assert "Marrow" not in text
    assert "csrf" not in text
    assert "Marrow" in Client().get("/desk/manifest.webmanifest").content.decode(), "its control"


def test_every_file_that_is_kept_exists_and_the_page_needs_no_other(db: None) -> None:
    page = kept(Client().get("/desk/worker.js"))
    static = Static(Path(str(files("standfirst"))) / "static" / "dist")
    for path in page["files"]:
        assert static.get(path.removeprefix("/static/")), path
    sheet = static.get(next(path for path in page["files"] if path.endswith(".css")).removeprefix("/static/"))
    assert sheet
    needed = set(re.findall(r"/static/[^\"')]+", page["page"] + sheet.body.decode()))
    assert needed - set(page["files"]) == {"/static/icons/desk-180.png"}, "which is read when it is installed"


def test_a_worker_may_be_told_to_end_itself(db: None, settings: Any) -> None:
    settings.CONFIG = replace(settings.CONFIG, desk_offline=0)
    answer = Client().get("/desk/worker.js")
    assert b"registration.unregister()" in answer.content
    assert b"fetch" not in answer.content
    assert b"indexedDB" not in answer.content


def test_an_installed_desk_has_the_newsrooms_name_and_pictures(db: None) -> None:
    newsroom.change("someone", "", timezone.now(), name="The Marrow Courier")
    answer = Client().get("/desk/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    said = answer.json()
    assert (said["name"], said["scope"], said["start_url"]) == ("The Marrow Courier desk", "/desk/", "/desk/")
    static = Static(Path(str(files("standfirst"))) / "static" / "dist")
    for icon in said["icons"]:
        picture = static.get(icon["src"].removeprefix("/static/"))
        assert picture
        assert picture.content_type == icon["type"]
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", picture.body[16:24])
            assert icon["sizes"] == f"{width}x{height}"
