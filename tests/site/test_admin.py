"""Django's admin: for owners, to look things up, and to change nothing."""

import re
from pathlib import Path
from typing import Any

import django.contrib.admin
import pytest
from django.test import Client
from django.urls import reverse

from standfirst.accounts import newsroom, people, tokens
from standfirst.accounts.models import Person
from standfirst.accounts.roles import PEOPLE
from standfirst.desk.execute import clock, execute
from standfirst.record import journal
from standfirst.site.admin import ReadOnly, site
from standfirst.story.commands import OpenStory
from tests.site.visits import inline, person, signed_in, walk

pytestmark = pytest.mark.django_db
MODELS = sorted(site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def owner() -> Client:
    """Somebody who looks, in a newsroom that has something of most kinds."""
    who = person()
    actor = people.actor(who, session_key="", now=clock())
    execute("flood", OpenStory(slug="flood", headline="Flood on the coast"), actor.id, "open")
    tokens.create("importer", ["read"], now=clock())
    newsroom.change(actor.id, "", clock(), name="The Echo")
    return signed_in(who)


def pages(model: Any) -> dict[str, str]:  # Any: a model
    """Addresses of what could be done to one of its rows, or to a new one."""
    label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = model._default_manager.first()
    found = {"list": reverse(f"{label}_changelist"), "add": reverse(f"{label}_add")}
    if row is not None:
        found |= {name: reverse(f"{label}_{name}", args=[row.pk]) for name in ("change", "delete", "history")}
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_it_shows_and_changes_nothing(model: Any, owner: Client) -> None:
    assert isinstance(site._registry[model], ReadOnly)
    where = pages(model)
    assert owner.get(where["list"]).status_code == 200
    before = list(model._default_manager.values())
    for name, path in where.items():
        shown = owner.get(path)
        assert shown.status_code == (403 if name in ("add", "delete") else 200), path
        if name == "change":
            assert 'name="_save"' not in shown.content.decode()
    given = {
        "name": "Defaced",
        "email": "mal@paper.example",
        "role": "owner",
        "action": "delete_selected",
        "post": "yes",
    }
    for path in where.values():
        owner.post(path, given)
    if model is not Person:  # who is signed in was seen just now
        assert list(model._default_manager.values()) == before
    assert "Defaced" not in str(list(model._default_manager.values()))


def test_the_record_stands_after_every_attempt(owner: Client) -> None:
    before = [entry.hash for entry in journal.read("flood")]
    for model in MODELS:
        for path in pages(model).values():
            owner.post(path, {"post": "yes", "action": "delete_selected"})
    assert [entry.hash for entry in journal.read("flood")] == before


def test_no_secret_is_shown(owner: Client) -> None:
    who = Person.objects.get()
    text = owner.get(reverse("admin:accounts_person_change", args=[who.pk])).content.decode()
    assert who.email in text
    assert who.password not in text
    token = tokens.listing()[0]
    text = owner.get(reverse("admin:accounts_token_change", args=[token.pk])).content.decode()
    assert token.public_id in text
    assert token.digest not in text


@pytest.mark.parametrize("role", [role for role in PEOPLE if role not in ("owner", "contributor")])
def test_to_everybody_else_it_is_not_there(role: str) -> None:
    client = signed_in(person(role))
    missing = client.get("/admin-of-nothing/").content
    for path in ("/admin/", "/admin/accounts/person/", "/admin/login/"):
        answer = client.get(path, follow=True)
        assert (answer.status_code, same(answer.content)) == (404, same(missing)), path


def same(page: bytes) -> str:
    """A page without what is new in every answer."""
    return re.sub(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', "", page.decode())


def test_one_signs_in_and_changes_a_password_where_everybody_does(owner: Client) -> None:
    answer = Client().get("/admin/accounts/person/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/login/?next=/admin/accounts/person/"
    assert Client().post("/admin/login/", {"username": "owner@news.example", "password": "x"}).status_code == 302
    assert owner.get("/admin/password_change/").url == reverse("account_change_password")


def test_it_has_no_models_of_other_packages_but_two() -> None:
    foreign = {model._meta.label for model in MODELS if model._meta.app_label not in ("record", "desk", "accounts")}
    shared = {model._meta.label for model in MODELS if not model.__module__.startswith("standfirst.")}
    assert "account.EmailAddress" in foreign
    assert shared == {"account.EmailAddress", "socialaccount.SocialAccount"}


def test_no_query_asks_about_what_is_not_shown(owner: Client) -> None:
    people_at = reverse("admin:accounts_person_changelist")
    assert owner.get(people_at, {"role": "owner"}).status_code == 200
    for secret in ("password__startswith", "password"):
        assert owner.get(people_at, {secret: "argon2"}).status_code == 400, secret
    assert owner.get(reverse("admin:accounts_token_changelist"), {"digest__startswith": "0"}).status_code == 400


def test_no_page_of_it_has_a_script(owner: Client) -> None:
    """The policy of these pages stops every script, and reports it: so there is none, of Django's neither."""
    filtered = reverse("admin:accounts_person_changelist") + "?role=owner"
    asked = [path for model in MODELS for name, path in pages(model).items() if name not in ("add", "delete")]
    shown = {
        path: answer.content
        for path, answer in walk(owner, filtered, *asked).items()
        if path.startswith("/admin/") and answer.status_code == 200 and "jsi18n" not in path
    }
    assert {"/admin/", "/admin/accounts/", filtered, *asked} <= set(shown)
    assert {path: scripts(body) for path, body in shown.items() if scripts(body)} == {}


def scripts(page: bytes) -> list[str]:
    return [*re.findall(r"<script[^>]*>", page.decode()), *inline(page)]


def test_as_django_has_them_its_pages_have_scripts(owner: Client, settings: Any) -> None:
    """The control: with Django's own templates before ours, they are seen."""
    theirs = Path(django.contrib.admin.__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [theirs]}]
    where = pages(Person)
    for path in ("/admin/", where["list"], where["change"]):
        assert scripts(owner.get(path).content), path
