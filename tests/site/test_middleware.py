"""What stands around every API request: problems for everything, headers, one line that says little."""

import os
from typing import Any

import psycopg.errors
import pytest
import structlog
from django.db import OperationalError
from django.http import HttpRequest

from standfirst.desk.api import auth, stories
from standfirst.desk.api.budget import Budget
from standfirst.record.errors import RecordBroken, RecordFull
from standfirst.site import failure, middleware
from tests.desk.conftest import Newsroom, make_newsroom, newsroom, problem

__all__ = ["make_newsroom", "newsroom"]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What executing a command raises."""
    errors: list[Exception] = []

    def fail(*args: Any) -> Any:
        raise errors[0]

    monkeypatch.setattr(stories, "execute", fail)
    return errors


def open_story(newsroom: Newsroom) -> Any:
    return newsroom.ask("POST", "/stories", {"slug": "flood", "headline": "Flood"})


def test_every_answer_has_the_headers_of_an_api(newsroom: Newsroom) -> None:
    for path in ("/stories", "/nothing", "/openapi.json", "/api/"):
        answer = newsroom.ask("GET", path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert int(answer["Content-Length"]) == len(answer.content)
        assert not answer.cookies


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(newsroom: Newsroom) -> None:
    answer = newsroom.ask("DELETE", "/stories")
    assert "GET, POST" in problem(answer, 405)["detail"]
    assert answer["Allow"] == "GET, POST"


def test_an_unknown_address_is_a_problem(newsroom: Newsroom) -> None:
    said = problem(newsroom.ask("GET", "/api/v2/nothing"), 404)
    assert said["instance"] == "/api/v2/nothing"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*;q=0.5", 200),
        ("application/problem+json", 200),
        ("text/html", 406),
        ("image/png, text/plain", 406),
    ],
)
def test_who_takes_no_json_is_told(newsroom: Newsroom, accept: str, status: int) -> None:
    answer = newsroom.ask("GET", "/stories", accept=accept)
    assert answer.status_code == status
    if status == 406:
        problem(answer, 406)


def test_a_full_disk_is_507(newsroom: Newsroom, failing: list[Exception]) -> None:
    postgres = OperationalError("full")
    postgres.__cause__ = psycopg.errors.DiskFull("full")
    for error in (RecordFull("full"), postgres):
        failing[:] = [error]
        assert "same key" in problem(open_story(newsroom), 507)["detail"]


def test_a_database_that_does_not_answer_is_503(newsroom: Newsroom, failing: list[Exception]) -> None:
    failing[:] = [OperationalError("database is locked")]
    answer = open_story(newsroom)
    problem(answer, 503)
    assert answer["Retry-After"] == "2"


def test_a_broken_record_ends_the_process(
    newsroom: Newsroom, failing: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []

    def leave(status: int) -> None:
        left.append(status)
        raise SystemExit(status)  # os._exit does not come back either

    monkeypatch.setattr(os, "_exit", leave)
    failing[:] = [RecordBroken("disk I/O error")]
    with pytest.raises(SystemExit):
        open_story(newsroom)
    assert left == [failure.EXIT_IO_ERROR]
    failing[:] = [ValueError("some other fault")]  # control: nothing else does
    assert "ValueError" not in str(problem(open_story(newsroom), 500))
    assert left == [failure.EXIT_IO_ERROR]


def test_one_line_a_request_and_no_word_of_it(newsroom: Newsroom) -> None:
    with structlog.testing.capture_logs() as lines:
        middleware.log = structlog.get_logger("standfirst.api")
        newsroom.story(slug="secret-story", headline="Secret headline")
        newsroom.ask("GET", "/stories?cursor=secret")
    assert [sorted(line) for line in lines] == [
        ["actor", "event", "log_level", "method", "ms", "route", "status"],
        ["actor", "event", "log_level", "method", "ms", "route", "status"],
    ]
    said = str(lines)
    assert "Secret" not in said
    assert "secret" not in said
    assert newsroom.secrets["owner"].rpartition("_")[2] not in said
    assert "127.0.0.1" not in said
    assert lines[0]["actor"] == newsroom.actors["owner"]


def test_a_token_that_asks_too_often_waits(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(auth, "budget", Budget(rate=1, burst=2, clock=lambda: now[0]))
    statuses = [newsroom.ask("GET", "/stories").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = newsroom.ask("GET", "/stories")
    problem(answer, 429)
    assert answer["Retry-After"] == "1"
    assert newsroom.ask("GET", "/stories", role="viewer").status_code == 200  # somebody else's budget
    now[0] = 1.5
    assert newsroom.ask("GET", "/stories").status_code == 200


def test_a_budget_forgets_who_asked_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standfirst.desk.api.budget._CALLERS", 2)
    few = Budget(rate=1, burst=1, clock=lambda: 0.0)
    assert [few.take(name) for name in ("a", "b", "c")] == [0, 0, 0]
    assert list(few._left) == ["b", "c"]


def test_the_guard_leaves_other_errors_to_django() -> None:
    guard = middleware.Guard(lambda request: (_ for _ in ()).throw(AssertionError))  # never called
    assert guard.process_exception(HttpRequest(), ValueError("x")) is None
