"""The API keeps to its OpenAPI document, whatever is sent: no 5xx, no answer that the document does not have.

Every operation is tried with every constraint of its parameters and body kept and broken, one at a time, and with
drawn ones. Words and images (`WORDED`) have a document of blocks in their body, whose constraints make some 750 such
cases an operation, minutes in all: here they are drawn, and all of them are tried by the soak test at the end.
"""

import os
import subprocess
import sys
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db.backends.base.base import BaseDatabaseWrapper
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from standfirst.desk.api import views
from standfirst.desk.api.auth import budget
from standfirst.desk.models import Draft
from tests.desk.conftest import Newsroom

WORDED = ["postUpdate", "editUpdate", "writeDraft"]
ALL = os.environ.get("TRY_ALL_CASES") == "yes"
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "missing_required_header": {"expected-statuses": ["400", "401", "403", "406", "415", "422", "428"]},
            # What a field means is judged by `decide` and `document.parse`, beyond what JSON Schema can say.
            "positive_data_acceptance": {"enabled": False},
        },
        "operations": [{"include-operation-id": WORDED, "phases": {"coverage": {"enabled": ALL}}}],
    }
)
TWICE_IS_ONCE = {
    "writeDraft",
    "fileDraft",
    "returnDraft",
    "discardDraft",
    "scheduleDraft",
    "unscheduleDraft",
    "showPresence",
    "freeze",
    "thaw",
    "liftPause",
}
"""Writes that need no key: they say how something is to be, and the same again finds it so."""
MENDS = {"undoBurst"}
"""Makes the keys of what it writes out of what it undoes, so that the same again finds that done."""
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), config=CONFIG)


@SCHEMA.auth(refresh_interval=None)
class Token:
    """Signs every request with the token that the test put here."""

    text = ""

    def get(self, case: Any, context: Any) -> str:
        return Token.text

    def set(self, case: Any, data: str, context: Any) -> None:
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
NOT_OURS = [
    checks.ignored_auth,  # test_roles asks every route without a token; here the check would strip ours each time
]


@pytest.fixture(autouse=True)
def _one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep Django from closing, at the end of a request, the connection whose transaction holds the test."""
    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda connection: None)


@pytest.fixture
def busy(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> tuple[Newsroom, str]:
    """A story with an update that requests can meet."""
    newsroom.story()
    monkeypatch.setattr(Token, "text", newsroom.secrets["owner"])
    return newsroom, newsroom.update(headline="News", tags=["dyke"])


@SCHEMA.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
def test_every_route_keeps_to_the_document(busy: tuple[Newsroom, str], case: Any) -> None:
    budget.clear()
    case.call_and_validate(excluded_checks=NOT_OURS)


@SCHEMA.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
def test_so_it_does_where_there_is_something(busy: tuple[Newsroom, str], case: Any) -> None:
    newsroom, update = busy
    budget.clear()
    if "slug" in case.path_parameters:
        case.path_parameters["slug"] = "flood"
    if "update" in case.path_parameters:
        case.path_parameters["update"] = update
    if "draft" in case.path_parameters:
        Draft.objects.all().delete()
        case.path_parameters["draft"] = newsroom.draft()
    response = case.call()
    case.validate_response(response, excluded_checks=[*NOT_OURS, checks.negative_data_rejection])


@SCHEMA.parametrize()
@settings(max_examples=2, deadline=None, suppress_health_check=QUIET)
def test_strangers_are_told_so(newsroom: Newsroom, case: Any) -> None:
    response = case.call()
    case.validate_response(response)


def test_the_document_is_public_and_whole(newsroom: Newsroom) -> None:
    answer = newsroom.ask("GET", "/openapi.json", role=None)
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["Caller"]["scheme"] == "bearer"
    keyless = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["security"] == [{"Caller": []}], path
            assert operation["description"], path
            statuses = set(operation["responses"])
            assert {"400", "401", "403", "406", "422", "429"} <= statuses, path
            if method != "get":
                headers = [item["name"] for item in operation["parameters"] if item["in"] == "header"]
                if "Idempotency-Key" not in headers:
                    keyless.add(operation["operationId"])
                assert {"409", "413", "507"} <= statuses, path
    assert keyless == TWICE_IS_ONCE | MENDS


@pytest.mark.parametrize("spoil", [{"seq": "one"}, {"rev": None}])
def test_an_answer_that_breaks_the_document_is_seen(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, spoil: dict[str, Any]
) -> None:
    """Negative control."""
    whole = views.answer
    monkeypatch.setattr(views, "answer", lambda done: {**whole(done), **spoil})
    headers = {"Authorization": f"Bearer {newsroom.secrets['owner']}", "Idempotency-Key": "k"}
    case = SCHEMA["/api/v1/stories"]["POST"].Case(
        body={"slug": "flood", "headline": "Flood"}, headers=headers, media_type="application/json"
    )
    response = case.call()
    assert response.status_code == 201
    with pytest.raises(FailureGroup):
        case.validate_response(response)


@pytest.mark.soak
def test_every_case_of_words_too() -> None:
    """The tests above once more, in a process that leaves no case out."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not soak", __file__]
    done = subprocess.run(command, env={**os.environ, "TRY_ALL_CASES": "yes"}, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout
