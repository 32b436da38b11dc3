"""People who sign in with a browser that runs no script: Django's client."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from standfirst.accounts.models import Person
from standfirst.accounts.roles import Actor
from standfirst.site import limits

PASSWORD = "seven herons over Sallow"  # of people who do not exist
OWNER = Actor(id="cli:test", name="the test", role="owner")


def now() -> datetime:
    return datetime.now(UTC)


def person(email: str = "ann@sallow.example", role: str = "owner", name: str = "Ann Heron", **fields: object) -> Person:
    """Somebody with an account, whose address is proven."""
    made = Person.objects.create_user(email, PASSWORD, name=name, role=role, **fields)
    EmailAddress.objects.create(user=made, email=email, primary=True, verified=True)
    return made


class Browser(Client):
    """Sends forms as a page without files does."""

    def post(self, path: str, data: Any = None, **more: Any) -> Any:  # Any: as Django has it
        return super().post(path, urlencode(data or {}), "application/x-www-form-urlencoded", **more)


@pytest.fixture
def client() -> Browser:
    return Browser()


def sign_in(client: Client, email: str = "ann@sallow.example", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/account/login/", {"login": email, "password": password, **more})


@pytest.fixture(autouse=True)
def _no_budget_spent(request: pytest.FixtureRequest) -> Iterator[None]:
    limits.forgive()
    if "transactional_db" in request.fixturenames:  # what it commits is no table of a model, and stays
        request.getfixturevalue("transactional_db")
        cache.clear()
    yield
    limits.forgive()
