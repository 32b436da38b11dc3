"""What machines read: structured data, metadata, the feed."""

import json
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from standfirst.press.data import dumps, people
from standfirst.story import events as e
from tests.press.newsroom import Elements, Log, corrected, edited, uid

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://gazette.example/harrow-sands"


def things(page: str) -> dict[str, Any]:
    (block,) = Elements(page).data
    found: dict[str, Any] = json.loads(block)
    return found


def test_the_blog_says_what_it_covers_and_when() -> None:
    log = Log().posts(3)(e.StatusChanged(status="ended"))
    blog = things(log.page())
    assert blog["@context"] == "https://schema.org"
    assert blog["@type"] == "LiveBlogPosting"
    assert blog["url"] == BASE
    assert blog["headline"] == "Sea breaks through at Harrow Sands"
    assert blog["description"] == "Lower town told to leave; trains to the coast have stopped"
    assert blog["inLanguage"] == "en"
    assert blog["coverageStartTime"] == blog["datePublished"] == "2031-03-02T06:30:00Z"
    assert blog["coverageEndTime"] == blog["dateModified"] == "2031-03-02T06:58:00Z"
    assert blog["publisher"]["name"] == "Gazette"
    assert blog["publisher"]["logo"]["url"] == "https://gazette.example/static/favicon.svg"
    assert blog["author"] == [{"@type": "Organization", "name": "Coast desk"}]


@pytest.mark.parametrize("resource", ["", "page/1", "kind/analysis", "tag/sea-wall", "key-events"])
def test_every_update_on_a_page_is_complete(resource: str) -> None:
    log = Log().posts(25)(corrected(9), edited(12))
    blog = things(log.page(resource))
    assert blog["liveBlogUpdate"]
    for post in blog["liveBlogUpdate"]:
        assert post["@type"] == "BlogPosting"
        assert post["@id"] == post["url"]
        assert post["url"].startswith(f"{BASE}/updates/u0")
        assert post["headline"]
        assert post["articleBody"]
        assert all(author["@type"] in ("Person", "Organization", "NewsMediaOrganization") for author in post["author"])
        assert datetime.fromisoformat(post["datePublished"]) <= datetime.fromisoformat(post["dateModified"])


def test_a_correction_is_in_the_data() -> None:
    (post,) = things(Log().posts(1)(corrected(1)).page())["liveBlogUpdate"]
    assert post["dateModified"] == "2031-03-02T06:44:00Z"
    assert post["correction"] == [
        {
            "@type": "CorrectionComment",
            "text": "The wall broke in three places.",
            "datePublished": "2031-03-02T06:44:00Z",
            "url": f"{BASE}/updates/{uid(1)}#rev-2",
        }
    ]


def test_a_retraction_is_in_the_data_and_the_words_are_not() -> None:
    page = Log().posts(1, headline="Bridge gone")(e.UpdateRetracted(id=uid(1), reason="It stands.")).page()
    (post,) = things(page)["liveBlogUpdate"]
    assert post["headline"] == "This update has been retracted"
    assert post["correction"][0]["text"] == "It stands."


def test_a_permalink_describes_its_update() -> None:
    post = things(Log().posts(1).page(f"updates/{uid(1)}"))
    assert post["@type"] == "BlogPosting"
    assert post["isPartOf"] == {"@type": "LiveBlogPosting", "@id": BASE}


def test_nothing_in_a_data_block_ends_it() -> None:
    text = dumps({"a": "</script><!-- & \u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!-- & \u2028"}


def test_a_desk_or_an_agency_is_no_person() -> None:
    kinds = [thing["@type"] for thing in people(("Ruth Calder", "Coast desk", "XYZ"))]
    assert kinds == ["Person", "Organization", "Organization"]


@pytest.mark.parametrize(
    ("resource", "url"), [("", BASE), ("page/1", f"{BASE}/page/1"), ("corrections", f"{BASE}/corrections")]
)
def test_metadata_name_the_page(resource: str, url: str) -> None:
    found = Elements(Log().posts(25).page(resource))
    assert found.all("link", rel="canonical") == [{"rel": "canonical", "href": url}]
    metas = {attrs.get("property") or attrs.get("name"): attrs.get("content") for attrs in found.all("meta")}
    assert metas["og:url"] == url
    assert metas["og:site_name"] == "Gazette"
    assert metas["og:title"]
    assert metas["description"]
    assert metas["article:modified_time"] == "2031-03-02T09:25:00Z"


def feed(log: Log) -> ElementTree.Element:
    return ElementTree.fromstring(log.printed("feed.atom").body)


def test_the_feed_has_what_rfc_4287_asks_for() -> None:
    log = Log().posts(9)(corrected(2), e.UpdateRetracted(id=uid(3), reason="No."))
    root = feed(log)
    assert log.printed("feed.atom").content_type == "application/atom+xml; charset=utf-8"
    assert root.tag == f"{ATOM}feed"
    assert [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"] == [
        f"{BASE}/feed.atom"
    ]
    ids = [item.text for item in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids)) == 10
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        updated = element.find(f"{ATOM}updated")
        assert updated is not None
        assert datetime.fromisoformat(updated.text or "").tzinfo is not None
    for entry in root.findall(f"{ATOM}entry"):
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"
        assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate"]


def test_the_feed_tells_the_last_change_first_and_50_of_them() -> None:
    log = Log().posts(60)(corrected(1, note="Not so."))
    entries = feed(log).findall(f"{ATOM}entry")
    assert len(entries) == 50
    titles = [item.findtext(f"{ATOM}id") for item in entries]
    assert titles[:2] == [f"{BASE}/updates/{uid(1)}", f"{BASE}/updates/{uid(60)}"]
    assert (entries[0].findtext(f"{ATOM}content") or "").startswith(
        "<p><strong>Correction, 13:37 GMT:</strong> Not so.</p>"
    )
    assert entries[0].findtext(f"{ATOM}updated") == "2031-03-02T13:37:00Z"
