"""What happens around every page: the name that passkeys need, and when a session was last used."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings

from standfirst.accounts import sessions
from standfirst.accounts.models import Person
from tests.accounts.conftest import Browser, now, person, sign_in

pytestmark = pytest.mark.django_db


def test_who_signs_in_at_a_number_is_sent_to_its_name() -> None:
    browser = Browser(HTTP_HOST="127.0.0.1:8000")
    response = browser.get("/account/login/?next=/desk/story/flood/")
    assert (response.status_code, response["Location"]) == (
        302,
        "http://localhost:8000/account/login/?next=/desk/story/flood/",
    )
    assert Browser(HTTP_HOST="localhost:8000").get("/account/login/").status_code == 200


def test_a_session_at_a_number_stays_there() -> None:
    person()
    browser = Browser(HTTP_HOST="127.0.0.1:8000")
    sign_in(browser)
    assert browser.get("/account/welcome/").status_code == 200


def test_that_a_session_is_used_is_known_to_the_hour(client: Browser) -> None:
    person()
    sign_in(client)
    key = client.session.session_key or ""
    for late, noted in [(timedelta(minutes=59), False), (timedelta(minutes=61), True)]:
        began = now() - late
        UserSession.objects.update(last_seen_at=began)
        client.get("/account/welcome/")
        assert (UserSession.objects.get(session_key=key).last_seen_at > began) is noted
    sessions.seen("no such key", now())


def end(client: Browser) -> None:
    client.session.delete()


def change_password(client: Browser) -> None:
    whose = Person.objects.get()
    whose.set_password("nine herons over Sallow")
    whose.save()


@pytest.mark.parametrize("ended", [end, change_password])
def test_only_a_page_takes_a_cookie_away(client: Browser, ended: Callable[[Browser], None]) -> None:
    """A late answer to what was asked before signing in again would take the new one."""
    person()
    sign_in(client)
    name = settings.SESSION_COOKIE_NAME
    dead = client.cookies[name].value
    ended(client)
    for path, status, taken in [("/api/v1/me", 401, False), ("/account/welcome/", 302, True)]:
        client.cookies[name] = dead
        response = client.get(path)
        assert response.status_code == status
        assert (name in response.cookies) is taken
