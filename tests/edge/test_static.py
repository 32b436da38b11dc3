from pathlib import Path

import pytest

from standfirst.edge.static import Static


@pytest.fixture
def static(tmp_path: Path) -> Static:
    dist = tmp_path / "dist"
    (dist / "fonts").mkdir(parents=True)
    (dist / "reader.0a1b2c3d.js").write_text("follow()" * 100)
    (dist / "favicon.svg").write_text("<svg/>")
    (dist / "fonts" / "news-text-12c2bf8f.woff2").write_bytes(b"wOF2")
    (dist / "notes.py").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    return Static(dist)


def test_files_are_served_by_name_and_type(static: Static) -> None:
    script = static.get("reader.0a1b2c3d.js")
    assert script is not None
    assert script.content_type == "text/javascript; charset=utf-8"
    assert script.gzip is not None
    font = static.get("fonts/news-text-12c2bf8f.woff2")
    assert font is not None
    assert font.gzip is None


def test_a_drawing_can_run_nothing(static: Static) -> None:
    drawing = static.get("favicon.svg")
    assert drawing is not None
    assert "sandbox" in dict(drawing.headers)["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "fonts",
        "../secret.txt",
        "fonts/../../secret.txt",
        "fonts/../favicon.svg",
        "./favicon.svg",
        "/etc/passwd",
        "favicon.svg\0",
        "..\\secret.txt",
        "notes.py",
    ],
)
def test_no_other_name_leads_anywhere(static: Static, name: str) -> None:
    assert static.get(name) is None


def test_only_a_name_with_a_hash_in_it_is_for_good() -> None:
    assert "immutable" in Static.cache("reader.0a1b2c3d.js")
    assert "immutable" in Static.cache("fonts/news-text-12c2bf8f.woff2")
    for name in ("favicon.svg", "reader.css", "reader.variable.js"):
        assert Static.cache(name) == "public, max-age=86400"


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert Static(tmp_path / "none").get("reader.js") is None


def test_files_of_packages_stand_beside_ours_and_never_before_them(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "favicon.svg").write_text("<svg id='ours'/>")
    for name in ("base.css", "theirs.svg", "views.py"):
        (tmp_path / name).write_text("theirs")
    found = {"admin/base.css": "base.css", "favicon.svg": "theirs.svg", "views.py": "views.py", "gone.css": "gone.css"}
    static = Static(tmp_path / "dist", {name: tmp_path / file for name, file in found.items()})
    sheet, ours = static.get("admin/base.css"), static.get("favicon.svg")
    assert sheet is not None
    assert sheet.body == b"theirs"
    assert ours is not None
    assert b"ours" in ours.body
    for name in ("base.css", "admin/../favicon.svg", "views.py", "gone.css"):
        assert static.get(name) is None
    assert Static.cache("admin/base.css") == "public, max-age=86400"
