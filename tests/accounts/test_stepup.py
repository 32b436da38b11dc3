"""What must surely come from a person, and by what they prove it."""

import time
from typing import Any

import pytest
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY as WHOSE
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import RequestFactory

from standfirst.accounts import brakes, stepup
from standfirst.accounts.models import Person
from standfirst.accounts.proof import FRESH, LEVELS, PUBLISH_FRESH, Has, held, needed
from standfirst.accounts.roles import ACTIONS, Actor, Role

T = 1_000_000.0
EDITOR: frozenset[Role] = frozenset({"editor"})
REPORTER: frozenset[Role] = frozenset({"reporter"})


def proof(kind: str, ago: float = 1) -> dict[str, Any]:
    at = T - ago
    return {"method": kind, "at": at} if kind == "password" else {"method": "mfa", "type": kind, "at": at}


def test_every_action_has_a_level() -> None:
    assert list(LEVELS) == list(ACTIONS)


def test_the_newsroom_says_who_publishes_with_a_passkey() -> None:
    key, none = Has(passkey=True), Has(password=True)
    assert needed("update.post", EDITOR, "auto", key) == "factor"
    assert needed("update.post", EDITOR, "auto", none) == "none"
    assert needed("update.post", REPORTER, "auto", key) == "none"
    assert needed("update.post", REPORTER, "always", none) == "factor"
    assert needed("update.post", EDITOR, "never", key) == "none"
    assert needed("people.manage", EDITOR, "never", none) == "fresh"
    assert needed("freeze", EDITOR, "always", key) == "none"


@pytest.mark.parametrize("ago", [-3600, PUBLISH_FRESH, PUBLISH_FRESH + 1])
def test_a_passkey_is_good_for_its_time(ago: float) -> None:
    key = Has(passkey=True)
    assert held("factor", key, [proof("webauthn", PUBLISH_FRESH - 1)], T)
    assert not held("factor", key, [proof("webauthn", ago)], T)


@pytest.mark.parametrize("weaker", ["password", "totp"])
def test_somebody_with_a_passkey_proves_nothing_by_less(weaker: str) -> None:
    key = Has(passkey=True, totp=True, password=True)
    for level in ("factor", "fresh"):
        assert not held(level, key, [proof(weaker)], T)
        assert held(level, key, [proof(weaker), proof("webauthn")], T)
    assert held("fresh", Has(totp=True, password=True), [proof("recovery_codes")], T)
    assert not held("fresh", Has(totp=True, password=True), [proof("password")], T)
    assert held("fresh", Has(password=True), [proof("password")], T)
    assert not held("fresh", Has(password=True), [proof("password", FRESH)], T)
    assert held("none", key, [], T)
    assert not held("fresh", Has(), [{"method": "password", "at": "now"}], T)


class Asked:
    """A person with a session, who sends a form."""

    def __init__(self, *kinds: str) -> None:
        self.person = Person.objects.create_user("ada@tern.example", "a long password", name="Ada Rook", role="owner")
        for kind in kinds:
            Authenticator.objects.create(user=self.person, type=kind, data={})
        self.session = SessionStore()
        self.session.create()
        self.actor = Actor(id=self.person.actor_id, name="Ada Rook", role="owner")

    def prove(self, kind: str, ago: float = 0) -> None:
        given = {**proof(kind), "at": time.time() - ago}
        self.session[AUTHENTICATION_METHODS_SESSION_KEY] = [given]
        self.session[WHOSE] = str(self.person.pk)

    def request(self, method: str = "POST") -> Any:
        request = RequestFactory().generic(method, "/desk/newsroom/people/")
        request.user, request.session = self.person, self.session
        return request


@pytest.mark.django_db
def test_an_owner_with_a_passkey_is_led_to_it_and_a_password_does_not_do() -> None:
    asked = Asked("webauthn")
    asked.prove("password")
    with pytest.raises(stepup.StepUp) as said:
        stepup.demand(asked.request(), asked.actor, "update.post")
    assert said.value.url("/desk/done/") == "/account/2fa/webauthn/reauthenticate/?next=%2Fdesk%2Fdone%2F"
    assert said.value.methods == ("webauthn",)
    asked.prove("webauthn", ago=3600)
    stepup.demand(asked.request(), asked.actor, "update.post")
    assert stepup.required(asked.request(), asked.actor, "people.manage")
    asked.prove("webauthn")
    stepup.demand(asked.request(), asked.actor, "people.manage")


@pytest.mark.django_db
def test_one_with_a_password_alone_gives_it_again() -> None:
    asked = Asked()
    stepup.demand(asked.request(), asked.actor, "update.post")
    with pytest.raises(stepup.StepUp) as said:
        stepup.demand(asked.request(), asked.actor, "token.manage")
    assert said.value.url("/x/").startswith("/account/reauthenticate/?")


@pytest.mark.usefixtures("brakes_as_shipped")
@pytest.mark.django_db
def test_many_retractions_ask_a_person_again_and_stop_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked("webauthn")
    asked.prove("webauthn", ago=3600)
    machine = Actor(id="token:0a1b2c3d4e5f", name="wire", role="machine", scopes=frozenset({"retract"}))
    for actor in (asked.actor, machine):
        stepup.demand(asked.request(), actor, "update.retract")
    monkeypatch.setattr(brakes, "retractions", lambda actor, now: 5)
    with pytest.raises(stepup.StepUp):
        stepup.demand(asked.request(), asked.actor, "update.retract")
    with pytest.raises(stepup.TooManyRetractions, match="at most 5"):
        stepup.demand(asked.request(), machine, "update.retract")


@pytest.mark.django_db
def test_a_page_leads_to_the_passkey_and_its_view_is_not_called() -> None:
    asked, called = Asked("webauthn"), []

    @stepup.page("people.manage")
    def view(request: Any) -> HttpResponse:
        called.append(request.method)
        return HttpResponse("done")

    assert view(asked.request("GET")).content == b"done"
    answer = view(asked.request())
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/2fa/webauthn/reauthenticate/?next=")
    asked.prove("webauthn")
    assert view(asked.request()).content == b"done"
    assert called == ["GET", "POST"]
