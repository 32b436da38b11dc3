"""A newsroom with one token of each role, and a way to ask it things."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.test import Client

from standfirst.accounts import tokens
from standfirst.desk.api.auth import budget
from tests.scopes import SCOPES_OF

NOW = datetime(2026, 3, 1, 11, 42, tzinfo=UTC)


@dataclass
class Newsroom:
    """`ask` sends one request as somebody; a write gets a new idempotency key unless one is given."""

    secrets: dict[str, str]
    actors: dict[str, str]
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    keys: Any = field(default_factory=count)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str | None = "owner",
        key: str | None = "",
        if_match: str | None = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        if role is not None:
            headers["authorization"] = f"Bearer {self.secrets.get(role, role)}"
        if key is not None and method != "GET":
            headers["idempotency-key"] = key or f"k{next(self.keys)}"
        if if_match is not None:
            headers["if-match"] = if_match
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        where = path if path.startswith("/api") else f"/api/v1{path}"
        return self.client.generic(method, where, data, content_type, headers=headers)

    def story(self, slug: str = "flood", **more: Any) -> None:
        answer = self.ask("POST", "/stories", {"slug": slug, "headline": "Flood", **more})
        assert answer.status_code == 201, answer.content

    def update(self, slug: str = "flood", role: str = "owner", **more: Any) -> str:
        answer = self.ask("POST", f"/stories/{slug}/updates", {"text": "Water rises.", **more}, role=role)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["update"])

    def draft(self, slug: str = "flood", role: str = "owner", draft: str = "draftdraft", **more: Any) -> str:
        """One that is filed."""
        one = f"/stories/{slug}/drafts/{draft}"
        answer = self.ask("PUT", one, {"text": "Water falls.", **more}, role=role, **{"if-none-match": "*"})
        assert answer.status_code == 201, answer.content
        assert self.ask("POST", f"{one}/file", role=role).status_code == 200
        return draft


@pytest.fixture
def make_newsroom() -> Callable[[], Newsroom]:
    budget.clear()

    def make() -> Newsroom:
        made = {role: tokens.create(f"a {role}", scopes, now=NOW) for role, scopes in SCOPES_OF.items()}
        return Newsroom(
            {role: secret for role, (_, secret) in made.items()},
            {role: f"token:{token.public_id}" for role, (token, _) in made.items()},
        )

    return make


@pytest.fixture
def newsroom(db: None, make_newsroom: Callable[[], Newsroom]) -> Newsroom:
    return make_newsroom()


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The answer as a problem of this status, which it must be in every respect."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found.keys() >= {"type", "title", "status", "detail", "instance"}
    assert found["type"].startswith("urn:standfirst:problem:")
    return found
