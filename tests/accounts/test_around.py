"""What happens around every page: the name that passkeys need, and when a session was last used."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession

from standfirst.accounts import sessions
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
