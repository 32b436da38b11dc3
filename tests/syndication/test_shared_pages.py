"""Real pages that lie beside the project on some machines. Their words belong to others: none is written down here."""

import gzip
import json
import re
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest

from standfirst.story import document
from standfirst.syndication.importers import read

DATA = Path(__file__).parents[3] / "shared" / "data"
TEXT = DATA / "live-page-text.txt"
PAGE = DATA / "live-page-jsonld.html.gz"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"../shared/data is not here: {TEXT.name} and {PAGE.name} are not read"
)


def test_every_body_and_time_of_the_json_ld_page() -> None:
    html = gzip.decompress(PAGE.read_bytes()).decode()
    blocks = re.findall(r"<script[^>]*ld\+json[^>]*>(.*?)</script>", html, re.DOTALL)
    original = next(item for item in map(json.loads, blocks) if item["@type"] == "LiveBlogPosting")
    wanted = {
        (unescape(item["headline"]), datetime.fromisoformat(item["datePublished"]), item["url"], item["author"]): [
            line for line in unescape(item["articleBody"]).split("\n") if line
        ]
        for item in original["liveBlogUpdate"]
    }
    page = read(PAGE.read_bytes(), name=PAGE.name)
    found = {
        (u.headline, u.published, u.source, u.bylines[0]): document.plain(document.parse(u.body)).split("\n\n")
        for u in page.updates
    }
    assert len(page.updates) == 9
    assert found == wanted
    assert page.ends == datetime.fromisoformat(original["coverageEndTime"])
    assert not page.faults


def test_the_text_page_gives_one_update_for_each_section() -> None:
    lines = TEXT.read_text("utf-8").split("\n")
    page = read(TEXT.read_bytes(), name=TEXT.name)
    assert [page.headline, page.standfirst] == lines[:2]
    assert len(page.updates) == 11
    assert not page.faults
    everything = "\n".join(document.plain(document.parse(u.body)) + u.headline for u in page.updates)
    assert not re.search(
        r"donation|your support|paywall|commenting forum|^comments$", everything, re.IGNORECASE | re.MULTILINE
    )
    cards = [b["attrs"] for u in page.updates for b in document.parse(u.body)["content"] if b["type"] == "article_card"]
    assert sorted(str(card.get("label")) for card in cards) == [
        "Editorial",
        "None",
        "None",
        "Opinion",
        "Pictures",
        "Video",
    ]


def test_no_word_of_the_text_page_is_lost() -> None:
    page = read(TEXT.read_bytes(), name=TEXT.name)
    kept = {page.headline, page.standfirst} | {u.headline for u in page.updates}
    for update in page.updates:
        for block in document.parse(update.body)["content"]:
            attrs = block.get("attrs", {})
            kept |= {
                attrs.get("title", ""),
                attrs.get("summary", ""),
                document.plain({"type": "doc", "content": [block]}),
            }
    lost = [n for n, line in enumerate(TEXT.read_text("utf-8").split("\n"), 1) if line and line not in kept]
    assert lost == [3, 4, 5, 6, 7, 49, 64, 65, 66]  # the appeal, with news glued to its end; a pointer; the forum
