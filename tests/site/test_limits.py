"""Budgets by address and by account: nothing in a request buys another one."""

from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory

from standfirst.desk.api import auth
from standfirst.desk.api.budget import Budget
from standfirst.site import limits
from tests.desk.conftest import Newsroom, make_newsroom, newsroom, problem
from tests.site.visits import person, signed_in

__all__ = ["make_newsroom", "newsroom"]


def budget(burst: int) -> Budget:
    """One that nothing comes back to."""
    return Budget(rate=0.001, burst=burst, clock=lambda: 0.0)


def test_strangers_to_the_api_wait_and_others_do_not(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STRANGERS", budget(3))
    made = (f"sf_{number:012x}_{number:064x}" for number in count())

    def rotated() -> dict[str, str]:
        word = next(made)
        return {"role": word, "x-forwarded-for": f"198.51.100.{int(word[3:15], 16)}", "user-agent": word}

    for _ in range(3):
        assert newsroom.ask("POST", "/stories", {"slug": next(made)}, **rotated()).status_code == 401
    answer = newsroom.ask("POST", "/stories", {"slug": next(made)}, **rotated())
    assert "where you are" in problem(answer, 429)["detail"]
    assert int(answer["Retry-After"]) > 0
    assert newsroom.ask("GET", "/stories").status_code == 200, "a good token of the same office is not in its way"
    newsroom.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    assert newsroom.ask("GET", "/stories", **rotated()).status_code == 401, (
        "control: from elsewhere, a budget of its own"
    )


@pytest.mark.django_db
def test_forms_to_sign_in_wait_whatever_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FORMS", budget(3))
    client = Client()

    def guess(number: int) -> Any:
        data = {"login": f"x{number}@news.example", "password": f"word{number}", f"more{number}": "x"}
        client.cookies.clear()
        headers = {"x-forwarded-for": f"198.51.100.{number}", "forwarded": f"for=198.51.100.{number}"}
        return client.post(f"/account/login/?n={number}", data, headers=headers)

    assert [guess(number).status_code for number in range(3)] == [200, 200, 200]
    answer = guess(4)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"].startswith("text/html")
    assert client.get("/account/login/").status_code == 200, "looking is another budget"
    client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    assert guess(5).status_code == 200  # control


@pytest.mark.django_db
def test_guesses_at_one_account_are_counted_from_wherever_they_come() -> None:
    """django-allauth's limit by account, with addresses that change."""
    person(email="ann@news.example")
    client = Client()

    def guess(number: int, password: str = "wrong", login: str = "ann@news.example") -> Any:
        client.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"
        return client.post("/account/login/", {"login": login, "password": password})

    for number in range(12):
        guess(number, login=["ann@news.example", "ANN@news.example", " ann@news.example"][number % 3])
    assert guess(200, "correct horse battery").status_code != 302, "locked for a while, even with the right one"
    assert "_auth_user_id" not in client.session
    cache.clear()
    assert guess(201, "correct horse battery").status_code == 302  # control


@pytest.mark.django_db
def test_pages_spend_what_the_api_spends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "budget", budget(2))
    client, other = signed_in(person()), signed_in(person("editor"))
    assert [client.get("/desk/").status_code for _ in range(3)] == [200, 200, 429]
    assert other.get("/desk/").status_code == 200


@pytest.mark.django_db
def test_looking_at_pages_to_sign_in_has_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SIGNING_IN", budget(2))
    client = Client()
    statuses = [client.get("/account/login/", {"n": n}, headers={"cookie": f"a={n}"}).status_code for n in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"login": "x" * limits.FIELD}, 200),
        ({"login": "x" * (limits.FIELD + 1)}, 400),
        ({"x" * (limits.NAME + 1): "x"}, 400),
        ({f"field{n}": "x" for n in range(101)}, 400),
        ({"credential": "[" * 101}, 400),
        ({"credential": '{"a":' * 5000}, 400),
    ],
)
def test_a_form_has_bounds(data: dict[str, str], status: int) -> None:
    body = "&".join(f"{name}={value}" for name, value in data.items())
    answer = Client().post("/account/login/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_a_query_has_bounds() -> None:
    assert Client().get("/account/login/?" + "&".join(f"a{n}=1" for n in range(101))).status_code == 400


@pytest.mark.django_db
def test_no_form_takes_files_unless_it_says_so() -> None:
    file = SimpleUploadedFile("x.png", b"x")
    assert Client().post("/account/login/", {"login": "x"}).status_code == 200  # Django's client sends multipart
    assert Client().post("/account/login/", {"login": file}).status_code == 415
    assert Client().post("/account/login/", {"login": file, "other": file}).status_code == 400
    request = RequestFactory().post("/desk/newsroom/settings/", {"logo": file})
    forms = limits.Forms(lambda request: HttpResponse())
    assert forms.process_view(request, limits.takes_files(lambda request: HttpResponse()), (), {}) is None


def test_counts_of_guesses_are_not_driven_out_by_other_guesses() -> None:
    assert settings.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"] >= 100_000
