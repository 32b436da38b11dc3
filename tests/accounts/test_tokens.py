"""Tokens: shown once, kept as a digest, recognised only whole and until revoked."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from standfirst.accounts import tokens
from standfirst.accounts.models import Token
from standfirst.accounts.roles import Actor
from standfirst.record.errors import RecordBroken

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 11, 42, tzinfo=UTC)


def test_a_token_is_recognised_and_its_secret_is_kept_nowhere() -> None:
    token, text = tokens.create("wire desk", ["edit", "publish"], now=NOW)
    assert tokens.authenticate(text, now=NOW) == Actor(
        id=f"token:{token.public_id}", name="wire desk", role="machine", scopes=frozenset({"edit", "publish"})
    )
    secret = text.rpartition("_")[2]
    assert len(secret) == 64
    assert all(secret not in str(value) for row in Token.objects.values() for value in row.values())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text.upper(),
        lambda text: text + "\n",
        lambda text: "sf_000000000000_" + text.rpartition("_")[2],
        lambda text: text.replace("sf_", "sg_"),
        lambda text: "é" * 80,
        lambda text: "\0" * 80,
    ],
)
def test_anything_else_is_not(spoil) -> None:  # type: ignore[no-untyped-def]  # lambdas above
    _, text = tokens.create("wire desk", ["edit", "publish"], now=NOW)
    assert tokens.authenticate(spoil(text), now=NOW) is None


def test_two_tokens_never_share_a_secret() -> None:
    (one, first), (_, second) = (tokens.create("same", ["read"], now=NOW) for _ in range(2))
    mixed = f"sf_{one.public_id}_{second.rpartition('_')[2]}"
    assert tokens.authenticate(mixed, now=NOW) is None
    assert first != second


def test_a_revoked_token_is_nobody_from_then_on() -> None:
    token, text = tokens.create("wire desk", ["edit", "publish"], now=NOW)
    assert tokens.revoke(token.public_id, now=NOW).revoked == NOW
    assert tokens.revoke(token.public_id, now=NOW + timedelta(days=1)).revoked == NOW
    assert tokens.authenticate(text, now=NOW) is None
    assert [row.revoked for row in tokens.listing()] == [NOW]


def test_a_token_ends_on_its_day() -> None:
    end = NOW + timedelta(days=1)
    _, text = tokens.create("wire desk", ["read"], now=NOW, expires=end)
    assert tokens.authenticate(text, now=end - timedelta(seconds=1)) is not None
    assert tokens.authenticate(text, now=end) is None


@pytest.mark.parametrize(
    ("name", "scopes", "said"),
    [
        ("x", ["boss"], "no scope 'boss': choose from read"),
        ("x", [], "without a scope"),
        ("", ["read"], "not 1 to 200"),
        ("x" * 201, ["read"], "not 1 to 200"),
        ("a\nb", ["read"], "not 1 to 200"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(name: str, scopes: list[str], said: str) -> None:
    with pytest.raises(tokens.TokenRefused, match=said):
        tokens.create(name, scopes, now=NOW)


def test_a_token_that_ended_before_it_began_is_refused() -> None:
    with pytest.raises(tokens.TokenRefused, match="give a later day"):
        tokens.create("x", ["read"], now=NOW, expires=NOW)


def test_revoking_nobody_is_refused_by_name() -> None:
    with pytest.raises(tokens.TokenRefused, match="nosuch"):
        tokens.revoke("nosuch", now=NOW)


def test_use_is_noted_at_most_once_an_hour() -> None:
    token, text = tokens.create("wire desk", ["edit", "publish"], now=NOW)
    for minutes in (0, 59, 61):
        tokens.authenticate(text, now=NOW + timedelta(minutes=minutes))
        token.refresh_from_db()
        assert token.last_used == (NOW if minutes < 60 else NOW + timedelta(minutes=61))


@pytest.mark.parametrize(("error", "passes"), [(OperationalError("full"), False), (RecordBroken("disk"), True)])
def test_a_full_disk_keeps_nobody_out_but_a_broken_one_shows(
    monkeypatch: pytest.MonkeyPatch, error: Exception, passes: bool
) -> None:
    _, text = tokens.create("wire desk", ["edit", "publish"], now=NOW)

    def fail(*args: object, **values: object) -> int:
        raise error

    monkeypatch.setattr(QuerySet, "update", fail)
    if passes:
        with pytest.raises(RecordBroken):
            tokens.authenticate(text, now=NOW)
    else:
        assert tokens.authenticate(text, now=NOW) is not None
