"""Changing what one signs in with: a stolen session makes no passkey of its own, with the password neither."""

import time
from typing import Any

import pytest
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY as WHOSE
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from standfirst.accounts import recovery
from standfirst.accounts.models import Person
from tests.accounts.conftest import OWNER, PASSWORD, now, person

ADD = "/account/2fa/webauthn/add/"
WEBAUTHN, PASS = {"method": "mfa", "type": "webauthn"}, {"method": "password"}
CODE, TOTP = {"method": "mfa", "type": "recovery_codes"}, {"method": "mfa", "type": "totp"}


def stolen(client: Client, whose: Person, *records: dict[str, Any], ago: float = 1) -> None:
    """A session of theirs, in which these proofs were given."""
    client.force_login(whose)
    session = client.session
    at = time.time() - ago
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{**one, "at": at, "reauthenticated": True} for one in records]
    session[WHOSE] = str(whose.pk)
    session.save()


def owning(*kinds: str, **fields: Any) -> Person:
    made = person(**fields)
    for kind in kinds:
        data = {"name": "key"} if kind == "webauthn" else {}
        Authenticator.objects.create(user=made, type=kind, data=data)
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("weaker", [PASS, TOTP])
def test_a_password_or_a_code_neither_adds_nor_removes_a_passkey(client: Client, weaker: dict[str, Any]) -> None:
    ann = owning("webauthn", "totp")
    stolen(client, ann, weaker)
    key = Authenticator.objects.get(user=ann, type="webauthn")
    asked = "/account/2fa/webauthn/reauthenticate/"
    for path in (ADD, f"/account/2fa/webauthn/keys/{key.pk}/remove/", "/account/2fa/totp/deactivate/"):
        assert client.get(path)["Location"].startswith(asked), path
        assert client.post(path)["Location"].startswith(asked), path
    assert client.post("/account/email/", {"action_add": "", "email": "x@sallow.example"})["Location"].startswith(asked)
    assert Authenticator.objects.filter(user=ann).count() == 2


@pytest.mark.django_db
def test_without_the_guard_a_password_takes_the_passkey_away(client: Client, settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "standfirst.accounts.keys.Keys"]
    ann = owning("webauthn")
    stolen(client, ann, PASS)
    client.post(f"/account/2fa/webauthn/keys/{Authenticator.objects.get(user=ann).pk}/remove/")
    assert not Authenticator.objects.filter(user=ann, type="webauthn").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("enough", [WEBAUTHN, CODE])
def test_the_passkey_does_and_a_recovery_code_that_stands_in_for_it(client: Client, enough: dict[str, Any]) -> None:
    ann = owning("webauthn")
    stolen(client, ann, enough)
    key = Authenticator.objects.get(user=ann)
    client.post(f"/account/2fa/webauthn/keys/{key.pk}/remove/")
    assert not Authenticator.objects.filter(user=ann, type="webauthn").exists()


@pytest.mark.django_db
def test_who_signs_in_elsewhere_alone_proves_it_lately(client: Client) -> None:
    """django-allauth asks nothing of somebody who has nothing here to prove themselves with."""
    ann = owning()
    ann.set_unusable_password()
    ann.save()
    elsewhere = {"method": "socialaccount", "provider": "newsroom"}
    stolen(client, ann, elsewhere, ago=3600)
    assert client.get(ADD)["Location"].startswith("/account/logout/")
    new = {"password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/account/password/set/", new)["Location"].startswith("/account/logout/")
    assert PASSWORD not in str(dict(client.session))
    ann.refresh_from_db()
    assert not ann.has_usable_password()
    stolen(client, ann, elsewhere)
    assert client.get(ADD).status_code == 200


@pytest.mark.django_db
def test_the_link_that_lets_in_again_lets_a_lost_passkey_be_removed(client: Client) -> None:
    ann = owning("webauthn")
    link = recovery.make(ann, by=OWNER, now=now())
    path = link.removeprefix(settings.CONFIG.desk_url)
    assert client.post(path, {"password": "nine bitterns under Sallow"})["Location"] == "/account/2fa/"
    key = Authenticator.objects.get(user=ann)
    client.post(f"/account/2fa/webauthn/keys/{key.pk}/remove/")
    assert not Authenticator.objects.filter(user=ann, type="webauthn").exists()


@pytest.mark.django_db
def test_with_a_password_alone_it_is_asked_for_as_ever(client: Client) -> None:
    ann = owning()
    stolen(client, ann, PASS, ago=3600)
    assert client.get(ADD)["Location"].startswith("/account/reauthenticate/")
    stolen(client, ann, PASS)
    assert client.get(ADD).status_code == 200
