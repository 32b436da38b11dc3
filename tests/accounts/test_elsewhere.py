"""Signing in with an account elsewhere, against a provider that really runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken

from standfirst.accounts import invitations
from standfirst.accounts.models import Person
from tests import ports
from tests.accounts.conftest import OWNER, PASSWORD, Browser, now, person, sign_in
from tests.plain import NO_TLS

pytestmark = pytest.mark.django_db
START = "/account/oidc/newsroom/login/"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of an OpenID Connect provider, in a process of its own."""
    port = ports.pair()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://localhost:{port}"
        try:
            while process.poll() is None and not _answers(address):
                pass
            yield address
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, verify=NO_TLS).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def login(provider: str, settings: Any) -> Any:
    """Sign in elsewhere as `sub`, with these claims; gives our answer to what the provider says."""
    app = {
        "provider_id": "newsroom",
        "name": "Sallow SSO",
        "client_id": "desk",
        "secret": "secret of the desk",
        "settings": {"server_url": provider, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}

    def sign_in_there(browser: Browser, sub: str, start: str = START, **claims: object) -> Any:
        httpx.put(f"{provider}/users/{sub}", json=claims, verify=NO_TLS).raise_for_status()
        there = browser.post(start)["Location"]
        asked = parse_qs(urlsplit(there).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
        assert asked["redirect_uri"] == ["http://testserver/account/oidc/newsroom/login/callback/"]
        back = httpx.post(there, data={"sub": sub}, verify=NO_TLS)
        return browser.get(back.headers["location"].removeprefix("http://testserver"))

    return sign_in_there


def bea(**more: object) -> dict[str, object]:
    return {"email": "bea@sallow.example", "email_verified": True, "name": "Bea Rill", **more}


def signed_in(browser: Browser) -> bool:
    return browser.get("/account/welcome/").status_code == 200


def invite(email: str = "bea@sallow.example", **more: object) -> None:
    invitations.make("editor", by=OWNER, now=now(), email=email, **more)  # type: ignore[arg-type]


def test_an_invitation_for_a_proven_address_makes_an_account(client: Browser, login: Any) -> None:
    invite()
    assert login(client, "bea-1", **bea()).status_code == 302
    assert signed_in(client)
    made = Person.objects.get()
    assert (made.email, made.name, made.role, made.has_usable_password()) == (
        "bea@sallow.example",
        "Bea Rill",
        "editor",
        False,
    )
    assert SocialAccount.objects.get().user == made
    assert not SocialToken.objects.exists()
    again = Browser()
    login(again, "bea-1", **bea())
    assert signed_in(again)
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (bea(email_verified=False), "does not say which e-mail address"),
        ({"name": "Bea"}, "does not say which e-mail address"),
        (bea(email="eve@sallow.example"), "nobody has invited eve@sallow.example"),
        (bea(email="ann@sallow.example"), "sign in here first"),
    ],
)
def test_whoever_else_comes_is_told_why_not(client: Browser, login: Any, claims: dict[str, object], told: str) -> None:
    person()
    invite()
    response = login(client, "stranger", **claims)
    assert response.status_code == 403
    assert told in response.content.decode()
    assert not signed_in(client)
    assert (Person.objects.count(), SocialAccount.objects.count()) == (1, 0)


def test_an_invitation_that_was_revoked_lets_nobody_in(client: Browser, login: Any) -> None:
    one, _ = invitations.make("editor", by=OWNER, now=now(), email="bea@sallow.example")
    invitations.revoke(one.public_id, by=OWNER, now=now())
    assert login(client, "bea-2", **bea()).status_code == 403
    assert not Person.objects.exists()


def test_an_account_is_linked_by_who_is_signed_in_and_has_its_address(client: Browser, login: Any) -> None:
    ann = person()
    claims = {"email": "ann@sallow.example", "email_verified": True}
    sign_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    other = login(client, "eve-1", f"{START}?process=connect", email="eve@sallow.example", email_verified=True)
    assert other.status_code == 403
    assert not SocialAccount.objects.exists()
    login(client, "ann-1", f"{START}?process=connect", **claims)
    assert SocialAccount.objects.get().user == ann
    elsewhere = Browser()
    login(elsewhere, "ann-1", **claims)
    assert signed_in(elsewhere)


def test_who_left_does_not_come_in_from_elsewhere(client: Browser, login: Any) -> None:
    invite()
    login(client, "bea-3", **bea())
    Person.objects.update(is_active=False)
    again = Browser()
    login(again, "bea-3", **bea())
    assert not signed_in(again)


def test_an_answer_that_was_not_asked_for_signs_nobody_in(client: Browser, login: Any) -> None:
    invite()
    login(client, "bea-4", **bea())
    other = Browser()
    response = other.get("/account/oidc/newsroom/login/callback/?code=abc&state=made-up")
    assert response.status_code in (200, 401, 403)
    assert not signed_in(other)


def test_a_look_at_its_address_asks_first(client: Browser, login: Any) -> None:
    page = client.get(START)
    assert page.status_code == 200
    assert re.search(rb'<form[^>]+method="post"', page.content)
