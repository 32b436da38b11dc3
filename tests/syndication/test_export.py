"""The lifeboat: plain files that a server with no idea of us can serve."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import httpx
import pytest

from standfirst.desk.execute import execute
from standfirst.press.edition import Edition
from standfirst.record import journal
from standfirst.record.entry import read_public
from standfirst.record.seal import verify
from standfirst.story import document
from standfirst.story.commands import OpenStory, PostUpdate, RetractUpdate
from standfirst.syndication.export import Exported, ExportRefused, export

pytestmark = pytest.mark.django_db

EDITION = Edition(name="The Echo", base_url="https://echo.example", follow=False)
AT = datetime(2031, 5, 4, 10, tzinfo=UTC)


def do(command: object, key: str) -> None:
    execute("ferry", command, "t", key, now=lambda: AT)  # type: ignore[arg-type]


def post(first: int, last: int) -> None:
    for number in range(first, last + 1):
        command = PostUpdate(
            id=f"a{number:09}",
            headline=f"Update {number}",
            body=document.doc(document.paragraph(f"Words {number}.")),
            published=AT,
            tags=("sea",),
        )
        do(command, f"p{number}")


@pytest.fixture
def newsroom(db: None) -> None:
    do(OpenStory(slug="ferry", headline="Ferry aground"), "open")
    post(1, 4)
    do(RetractUpdate(id="a000000003", reason="It was wrong."), "r")


@pytest.fixture
def folder(newsroom: None, tmp_path: Path) -> Path:
    export(EDITION, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def server(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as httpd:
        thread = Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


def test_every_link_works_from_the_root_of_a_plain_file_server(folder: Path, server: str) -> None:
    post(5, 42)
    export(EDITION, folder)
    seen: set[str] = set()
    pending = [f"{server}/"]
    with httpx.Client(follow_redirects=True) as client:
        while pending:
            url = pending.pop()
            if url in seen:
                continue
            seen.add(url)
            answer = client.get(url)
            assert answer.status_code == 200, url
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            found = re.findall(r'(?:href|src)="([^"#]+)', answer.text)
            own = (urljoin(str(answer.url), link.replace(EDITION.base_url, server)) for link in found)
            pending += [link for link in own if urlsplit(link).netloc == urlsplit(server).netloc]
    assert f"{server}/ferry/page/1" in seen
    assert len(seen) > 50


def test_a_page_follows_nothing(folder: Path) -> None:
    page = (folder / "ferry" / "index.html").read_text("utf-8")
    assert "Update 4" in page
    assert "data-live" not in page
    assert not re.search(r"<script(?![^>]*ld\+json)", page)
    assert not list(folder.rglob("*.js"))


def test_the_record_is_there_and_can_be_verified(folder: Path) -> None:
    files = sorted((folder / "ferry" / "log").iterdir(), key=lambda path: int(path.stem))
    assert len(files) == journal.heads()["ferry"]
    assert not list(verify(read_public(path.read_bytes()) for path in files))


def test_sitemap_and_robots(folder: Path) -> None:
    tree = ElementTree.fromstring((folder / "sitemap.xml").read_text())
    assert [item.text for item in tree.iter() if item.tag.endswith("loc")] == ["https://echo.example/ferry"]
    assert "Sitemap: https://echo.example/sitemap.xml" in (folder / "robots.txt").read_text()


def again(folder: Path) -> Exported:
    return export(EDITION, folder)


def test_a_second_export_writes_nothing_and_a_later_one_only_what_changed(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert again(folder).written == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == before
    (folder / "ferry" / "index.html").write_text("defaced")
    assert again(folder).written == 1
    assert "Update 4" in (folder / "ferry" / "index.html").read_text("utf-8")


def test_what_is_no_more_is_removed_and_what_is_not_ours_stays(folder: Path) -> None:
    (folder / "ours").mkdir()
    (folder / "ours" / "note.txt").write_text("kept")
    kept = folder / ".standfirst-export.json"
    kept.write_text(kept.read_text().replace("[", '["gone/deep/index.html", "../outside",', 1))
    (folder / "gone" / "deep").mkdir(parents=True)
    (folder / "gone" / "deep" / "index.html").write_text("old")
    outside = folder.parent / "outside"
    outside.write_text("not ours")
    assert again(folder).removed == 1
    assert not (folder / "gone").exists()
    assert (folder / "ours" / "note.txt").read_text() == "kept"
    assert outside.exists()


def test_no_half_file_is_left(folder: Path) -> None:
    assert not [path for path in folder.rglob("*") if path.name.endswith(".draft")]


def test_a_folder_with_other_files_is_refused(newsroom: None, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("x")
    with pytest.raises(ExportRefused, match="has other files in it"):
        export(EDITION, tmp_path)
    with pytest.raises(ExportRefused, match="is a file"):
        export(EDITION, tmp_path / "thesis.doc")


def test_a_first_run_that_breaks_off_is_taken_up_and_cleared_of_its_drafts(newsroom: None, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(slug: str, done: int) -> None:
        if done > 7:
            raise Stopped

    out = tmp_path / "out"
    with pytest.raises(Stopped):
        export(EDITION, out, progress=stop)
    written = next(path for path in (out / "ferry").rglob("index.html"))
    (written.parent / ".index.html.4711.draft").write_text("hal")
    (out / "ferry" / ".mine.1.draft").write_text("kept")
    with (out / ".standfirst-export.begun").open("a") as begun:
        begun.write("gone/index.html\nferr")
    (out / "gone").mkdir()
    (out / "gone" / "index.html").write_text("a story that was never finished")
    assert export(EDITION, out).removed == 1
    assert not (out / "gone").exists()
    assert [path.name for path in out.rglob("*.draft")] == [".mine.1.draft"]
    assert not (out / ".standfirst-export.begun").exists()
    assert again(out).written == 0
