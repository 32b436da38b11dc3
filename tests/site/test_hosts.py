"""Pages answer on the newsroom's own hosts, take forms from themselves, and know who asks through which proxy."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client, RequestFactory

from standfirst.accounts import newsroom as newsroom_settings
from standfirst.accounts.newsroom import change
from standfirst.edge.budgets import Trusted
from standfirst.site import hosts
from standfirst.site.desk_app import DeskApp
from standfirst.site.hosts import arriving, normal, own_hosts
from standfirst.site.refusing import refused
from tests.desk.conftest import NOW, Newsroom, make_newsroom, newsroom, problem
from tests.site.test_desk_app import Client as Asgi
from tests.site.visits import person, signed_in

__all__ = ["make_newsroom", "newsroom"]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newsroom at https://news.example."""
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, url="https://news.example"))
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])


@pytest.mark.parametrize(
    ("base", "host", "ours"),
    [
        ("https://news.example", "news.example", True),
        ("https://news.example", "NEWS.example.:443", True),
        ("https://news.example", "news.example:80", False),
        ("https://news.example", "evil.news.example", False),
        ("https://news.example", "news.example.evil", False),
        ("https://news.example", "localhost", False),
        ("https://news.example:8443", "news.example:8443", True),
        ("https://news.example:8443", "news.example", False),
        ("http://127.0.0.1:8000", "localhost:8000", True),
        ("http://127.0.0.1:8000", "[::1]:8000", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8001", False),
        ("http://127.0.0.1:8000", "rebound.example:8000", False),
        ("http://0.0.0.0:8000", "localhost:8000", True),
        ("http://[::1]:80", "[::1]", True),
        ("http://[::1]", "[::2]", False),
    ],
)
def test_which_hosts_are_ours(base: str, host: str, ours: bool) -> None:
    assert (normal(host, base.partition(":")[0]) in own_hosts(base)) is ours


def test_domains_of_the_newsroom_are_ours_too() -> None:
    assert own_hosts("https://news.example", ["Live.Example:443"]) == {"news.example", "live.example"}


@pytest.mark.usefixtures("house", "db")
def test_a_page_answers_at_home_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(person())
    for path in ("/account/login/", "/admin/", "/desk/", "/account/nothing/"):
        assert client.get(path, headers={"host": "news.example"}).status_code != 421
        away = client.get(path, headers={"host": "evil.example"})
        assert away.status_code == 421
        assert "https://news.example" in away.content.decode()
        assert not away.cookies
    assert client.get("/account/login/", headers={"host": "evil.example, x"}).status_code == 400
    monkeypatch.setattr(hosts, "domains", lambda: ["evil.example"])  # control: once it is the newsroom's own
    assert client.get("/account/login/", headers={"host": "evil.example"}).status_code != 421


@pytest.mark.usefixtures("house", "db")
def test_a_domain_that_the_newsroom_adds_answers_at_once_and_pages_bear_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, away = Client(), {"host": "live.example"}
    assert client.get("/account/login/", headers=away).status_code == 421
    change("cli:test", "", NOW, domains=["live.example"], name="The Echo")
    assert "The Echo" in client.get("/account/login/", headers=away).content.decode()
    elsewhere = client.get("/account/login/", headers={"host": "evil.example"})
    assert elsewhere.status_code == 421
    assert "The Echo" in elsewhere.content.decode()

    def fails() -> None:
        raise OperationalError("no database")

    monkeypatch.setattr(newsroom_settings, "current", fails)  # a refusal is said all the same
    request = RequestFactory().get("/account/login/")
    assert settings.CONFIG.name in refused(request, 503, "database", "wait").content.decode()


@pytest.mark.usefixtures("house", "db")
def test_a_name_in_x_forwarded_host_is_not_believed() -> None:
    client = Client()
    assert (
        client.get("/account/login/", headers={"host": "x.example", "x-forwarded-host": "news.example"}).status_code
        == 421
    )


@pytest.mark.usefixtures("house")
def test_machines_reach_the_api_by_any_name(newsroom: Newsroom) -> None:
    assert newsroom.ask("GET", "/stories", host="10.0.0.7:8000").status_code == 200
    assert newsroom.ask("GET", "/stories", role=None, host="10.0.0.7:8000").status_code == 401
    newsroom.client.force_login(person())
    problem(newsroom.ask("GET", "/stories", role=None, host="evil.example"), 421)
    assert newsroom.ask("GET", "/stories", role=None, host="news.example").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ("same-origin", "http://testserver", 200),
        ("none", None, 200),
        (None, None, 200),
        (None, "http://testserver", 200),
        ("cross-site", None, 403),
        ("same-site", None, 403),
        ("cross-site", "http://testserver", 403),
        (None, "https://evil.example", 403),
        ("same-origin", "https://evil.example", 403),
        (None, "null", 403),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(site: str | None, origin: str | None, status: int) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/account/login/")
    form = {"login": "ann@news.example", "csrfmiddlewaretoken": client.cookies[settings.CSRF_COOKIE_NAME].value}
    said = {"sec-fetch-site": site, "origin": origin}
    headers = {name: value for name, value in said.items() if value is not None}
    answer = client.post("/account/login/", form, headers=headers)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    if status == 200:  # control: the token is asked for all the same
        del form["csrfmiddlewaretoken"]
        assert client.post("/account/login/", form, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("peer", "said", "told"),
    [
        ("203.0.113.9", b"198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", b"198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", b"6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", b"", "127.0.0.1"),
        ("127.0.0.1", b"nonsense", "127.0.0.1"),
        ("2001:db8:1:2:3::4", b"", "2001:db8:1:2::"),
        ("127.0.0.1", b"2001:db8:1:2:3::4", "2001:db8:1:2::"),
    ],
)
def test_who_asks_is_told_by_the_connection_or_a_proxy_of_ours(peer: str, said: bytes, told: str) -> None:
    trusted = Trusted("127.0.0.0/8,::1")
    found = arriving("https", trusted, (peer, 4711), [(b"x-forwarded-for", said), (b"x-forwarded-proto", b"http")])
    assert found == {"scheme": "https", "client": (told, 0)}
    assert arriving("http", trusted, None, []) == {"scheme": "http", "client": None}


def test_django_is_told_the_scheme_of_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, url="https://news.example"))
    seen: list[Any] = []

    async def django(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["scheme"], scope["client"]))

    async def run() -> None:
        app, client = DeskApp(django), Asgi(b"")
        client.scope |= {"client": ("127.0.0.1", 5), "scheme": "http"}
        client.scope["headers"].append((b"x-forwarded-for", b"198.51.100.7"))
        try:
            await app(client.scope, client.receive, client.send)
        finally:
            app.close()

    asyncio.run(run())
    assert seen == [("https", ("198.51.100.7", 0))]
