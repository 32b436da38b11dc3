"""Every page of Django's says what browsers must refuse, and has nothing in it that they would have to."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from standfirst.config import Config
from standfirst.site.headers import Headers, policy
from standfirst.site.serve import options
from tests.site.visits import addresses, inline, person, signed_in, walk

SURE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
FRAMED = ("/account/login/", "/account/reauthenticate/", "/account/2fa/", "/desk/done/")


def directives(answer: Any) -> dict[str, list[str]]:
    """A policy, taken apart."""
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def judge(path: str, answer: Any) -> None:
    """Whether an answer has all that it must have."""
    for name, value in SURE.items():
        assert answer[name] == value, path
    assert "no-store" in answer["Cache-Control"], path
    assert "camera=()" in answer["Permissions-Policy"], path
    found = directives(answer)
    assert found["default-src"] == ["'none'"], path
    assert found["base-uri"] == ["'none'"], path
    assert found["require-trusted-types-for"] == ["'script'"], path
    app = path.startswith("/desk/") and not path.startswith(("/desk/done/", "/desk/newsroom/"))
    assert found["trusted-types"] == ["standfirst", *(["ProseMirrorClipboard"] if app else [])], path
    assert found["frame-ancestors"] == (["'self'"] if path.startswith(FRAMED) else ["'none'"]), path
    assert found["form-action"] == ["'self'"], path
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"], path
    if path.startswith("/admin/"):
        assert found["script-src"] == ["'none'"], path
    else:
        assert all(re.fullmatch(r"'nonce-[A-Za-z0-9+/=]{24}'", source) for source in found["script-src"]), path


@pytest.fixture(params=["owner", "editor", "reporter", "viewer", "", None])
def walked(request: pytest.FixtureRequest, db: None) -> dict[str, Any]:
    """Every page that somebody with a role sees, or nobody."""
    client = Client() if request.param is None else signed_in(person(request.param))
    return walk(client, "/desk/nothing/", "/account/nothing/", "/admin/nothing/", "/desk/story/flood/")


def test_every_page_has_every_header_and_nothing_inline(walked: dict[str, Any]) -> None:
    assert len(walked) >= len(addresses()) > 20
    for path, answer in walked.items():
        judge(path, answer)
        if answer.get("Content-Type", "").startswith("text/html"):
            assert inline(answer.content) == [], path


@pytest.mark.parametrize(
    "bad",
    ["<script>x</script>", "<style>p{}</style>", "<p style='x'>", "<img OnError=x>", "<a href=' java\nscript:x'>"],
)
def test_the_scan_sees_what_is_inline(bad: str) -> None:
    assert inline(bad.encode())
    assert not inline(b"<script src=/a.js nonce=x></script><script type=application/json>{}</script><a href=/x>y</a>")


def test_a_nonce_is_good_for_one_answer(db: None) -> None:
    client = Client()
    nonces = []
    for _ in range(2):
        answer = client.get("/account/login/")
        (source,) = directives(answer)["script-src"]
        nonces.append(source)
        assert f'nonce="{source[7:-1]}"' in answer.content.decode()
    assert nonces[0] != nonces[1]


def through(path: str, view: Callable[[Any], HttpResponse]) -> HttpResponse:
    answer = Headers(view)(RequestFactory().get(path))
    assert isinstance(answer, HttpResponse)
    return answer


def test_what_is_no_page_of_accounts_has_no_keys() -> None:
    def plain(request: Any) -> HttpResponse:
        return HttpResponse("x")

    assert "publickey-credentials-get=(self)" in through("/account/login/", plain)["Permissions-Policy"]
    assert "publickey-credentials-get=()" in through("/admin/", plain)["Permissions-Policy"]
    assert directives(through("/desk/", plain))["frame-src"] == ["'self'"]
    assert "frame-src" not in directives(through("/account/login/", plain))


def test_an_answer_may_say_something_else_itself() -> None:
    def own(request: Any) -> HttpResponse:
        return HttpResponse("x", headers={"Content-Security-Policy": "sandbox", "Referrer-Policy": "origin"})

    answer = through("/api/v1/x", own)
    assert answer["Content-Security-Policy"] == "sandbox"
    assert answer["Referrer-Policy"] == "origin"


def test_a_form_may_lead_to_the_provider_and_nowhere_else() -> None:
    assert policy("https://login.example/realms/news")["DIRECTIVES"]["form-action"] == [
        "'self'",
        "https://login.example",
    ]
    assert policy()["DIRECTIVES"]["form-action"] == ["'self'"]


@pytest.mark.parametrize(("path", "status"), [("/desk/nothing/", 404), ("/account/nothing/", 404)])
def test_an_error_elsewhere_than_in_the_api_is_a_page(db: None, path: str, status: int) -> None:
    answer = Client().get(path)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert b"<h1>" in answer.content


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"url": "https://news.example"}, [("strict-transport-security", "max-age=31536000")]),
        ({"url": "https://news.example", "hsts_seconds": 60}, [("strict-transport-security", "max-age=60")]),
        ({"url": "https://news.example", "hsts_seconds": 0}, []),
        ({"url": "http://news.example"}, []),
    ],
)
def test_browsers_are_told_to_stay_with_https_where_it_is(settings: Any, sent: list[tuple[str, str]]) -> None:
    assert options(None, Config(**settings)).headers == sent
