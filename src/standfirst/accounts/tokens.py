"""Make, revoke, list and recognise bearer tokens: `sf_<public id>_<secret>`."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import cast

from django.db import OperationalError

from standfirst.accounts.models import Token
from standfirst.accounts.roles import ROLES, Actor, Role
from standfirst.record.errors import RecordBroken

_SHAPE = re.compile(r"sf_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)
_NOBODY = "0" * 64
_USED_EVERY = timedelta(hours=1)


class TokenRefused(ValueError):
    """A token cannot be made or found; the message names the value and the remedy."""


def create(name: str, role: str, *, now: datetime) -> tuple[Token, str]:
    """A new token and its text, which nobody can show again. Raises TokenRefused."""
    if role not in ROLES:
        raise TokenRefused(f"no role {role!r}: choose {', '.join(ROLES)}")
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise TokenRefused(f"name {name[:50]!r} is not 1 to 200 printable characters")
    public_id, secret = secrets.token_hex(6), secrets.token_hex(32)
    token = Token.objects.create(public_id=public_id, name=name, role=role, digest=_digest(secret), created=now)
    return token, f"sf_{public_id}_{secret}"


def revoke(public_id: str, *, now: datetime) -> Token:
    """End a token from its next request on. Revoking twice changes nothing. Raises TokenRefused if there is none."""
    token = Token.objects.filter(public_id=public_id).first()
    if token is None:
        raise TokenRefused(f"no token {public_id!r}: `standfirst token list` shows those there are")
    if token.revoked is None:
        token.revoked = now
        token.save(update_fields=["revoked"])
    return token


def listing() -> list[Token]:
    """All tokens, revoked ones included, oldest first."""
    return list(Token.objects.all())


def bears_token(authorization: str) -> bool:
    """Whether the value of an Authorization header looks like a bearer token of ours. Asks no database."""
    scheme, _, text = authorization.partition(" ")
    return scheme.lower() == "bearer" and _SHAPE.fullmatch(text) is not None


def authenticate(text: str, *, now: datetime) -> Actor | None:
    """Who bears this token; None for one that is malformed, unknown or revoked. Takes the same time for a near miss."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    token = Token.objects.filter(public_id=match[1]).first()
    known = hmac.compare_digest(_digest(match[2]), token.digest if token else _NOBODY)
    if token is None or not known or token.revoked is not None:
        return None
    _note_use(token, now)
    return Actor(f"token:{token.public_id}", token.name, cast(Role, token.role))


def _note_use(token: Token, now: datetime) -> None:
    if token.last_used is not None and now - token.last_used < _USED_EVERY:
        return
    try:
        Token.objects.filter(pk=token.pk).update(last_used=now)
    except RecordBroken:
        raise
    except OperationalError:  # a full disk must not keep anybody from reading
        return


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
