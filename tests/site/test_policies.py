"""Every policy that is sent, by the edge and by Django, as csp_evaluator judges it; and what beside it is sent."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client

from standfirst.press.edition import Edition
from tests.browser.newsroom import Newsroom
from tests.site.visits import inline, person, signed_in, walk

FRONTEND = Path(__file__).parents[2] / "frontend"
REQUIRED = os.environ.get("STANDFIRST_TEST_NODE") == "required"
EXPLAINED = {
    ("script-src", "'self'"): "a reader's page is the same bytes for everybody, so it has no nonce; what is served here"
    " as a script is the package's own files alone: no JSONP, no AngularJS, no upload is sent as text/javascript",
}
"""What it finds that is neither high nor fit for us, and why it may stay."""
GRAVE = ("HIGH", "SYNTAX", "MEDIUM", "HIGH_MAYBE", "STRICT_CSP", "MEDIUM_MAYBE")


def judged(policies: list[str]) -> list[dict[str, Any]]:
    """What csp_evaluator finds, most severe first; skips by name where there is no Node."""
    if shutil.which("node") is None or not (FRONTEND / "node_modules" / "csp_evaluator").is_dir():
        remedy = "needs Node and csp_evaluator: run `npm ci` in frontend/"
        pytest.fail(remedy) if REQUIRED else pytest.skip(remedy)
    done = subprocess.run(["node", "csp.mjs"], input=json.dumps(policies), cwd=FRONTEND, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == any(one["severity"] == "HIGH" for one in found)
    return found


def unexplained(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in found if one["severity"] in GRAVE and (one["directive"], one["value"]) not in EXPLAINED]


def test_nothing_that_django_sends_is_weak(db: None) -> None:
    policies = set()
    for client in (Client(), signed_in(person())):
        for answer in walk(client, "/desk/nothing/", "/api/v1/openapi.json", "/api/v1/stories").values():
            policies.add(
                re.sub(r"'nonce-[^']+'", "'nonce-c29tZXRoaW5nIHJhbmRvbQ=='", answer["Content-Security-Policy"])
            )
    assert len(policies) > 3
    assert unexplained(judged(sorted(policies))) == []


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Newsroom, list[str]]]:
    """A running server, and every kind of address that it has for readers."""
    newsroom = Newsroom(tmp_path_factory.mktemp("policies") / "home")
    try:
        desk = newsroom.open("flood")
        id = desk.post("One", tags=["Sea wall"])
        desk.edit(id, headline="Two", mode="correction", note="It was two.")
        base = f"/{desk.slug}"
        page = httpx.get(f"{newsroom.url}{base}", trust_env=False).text
        edition = re.search(r'data-edition="([^"]+)"', page)
        assert edition
        paths = [
            "/",
            "/nothing",
            "/robots.txt",
            "/healthz",
            base,
            f"{base}/",
            f"{base}/updates/{id}",
            f"{base}/corrections",
            f"{base}/feed",
            f"{base}/log/1",
            f"{base}/log/0",
            f"{base}/log/1-100",
            f"{base}/ops/{edition[1]}/2",
            f"{base}/live?after=x",
            *re.findall(r'"(/static/[^"]+)"', page),
        ]
        yield newsroom, paths
    finally:
        newsroom.close()


def test_whatever_the_edge_answers_has_its_headers(readers: tuple[Newsroom, list[str]]) -> None:
    newsroom, paths = readers
    policies = set()
    with httpx.Client(base_url=newsroom.url, trust_env=False) as client:
        for path in paths:
            answer = client.get(path)
            policies.add(answer.headers["content-security-policy"])
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"], path
            assert answer.headers["cross-origin-resource-policy"] in ("same-origin", "cross-origin"), path
            if answer.headers.get("access-control-allow-origin") is None:
                assert answer.headers["cross-origin-opener-policy"] == "same-origin", path
                assert "camera=()" in answer.headers["permissions-policy"], path
            assert "strict-transport-security" not in answer.headers, "the public address is no HTTPS"
            assert "set-cookie" not in answer.headers, path
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert "require-trusted-types-for" in answer.headers["content-security-policy"], path
                assert _inline_but_the_style_sheet(answer.content) == [], path
        assert client.post("/").headers["content-security-policy"], "what is refused too"
    assert len(policies) >= 2
    assert unexplained(judged(sorted(policies))) == []


def _inline_but_the_style_sheet(body: bytes) -> list[str]:
    """A reader's page has its one style sheet in it, allowed by its hash."""
    return [found for found in inline(body) if not found.startswith("<style")]


def test_the_style_sheet_in_a_page_is_allowed_by_its_hash_alone() -> None:
    policy = dict(Edition().headers)["Content-Security-Policy"]
    assert re.search(r"style-src 'self' 'sha256-[A-Za-z0-9+/=]{44}'", policy)
    assert "unsafe" not in policy


def test_the_judge_finds_what_is_weak() -> None:
    found = judged(["script-src 'unsafe-inline'; object-src 'none'", "default-src 'none'; script-src 'self' *"])
    assert {one["severity"] for one in found} >= {"HIGH"}
    assert unexplained(found)
