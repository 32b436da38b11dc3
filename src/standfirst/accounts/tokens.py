"""Make, revoke, list and recognise the bearer tokens of machines: `sf_<public id>_<secret>`."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from django.db import OperationalError, transaction

from standfirst.accounts import audit
from standfirst.accounts.freeze import refuse_frozen
from standfirst.accounts.models import Token
from standfirst.accounts.roles import SCOPES, Actor, Scope
from standfirst.accounts.signals import end_leases
from standfirst.record.errors import RecordBroken

_SHAPE = re.compile(r"sf_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)
_NOBODY = "0" * 64
_USED_EVERY = timedelta(hours=1)


class TokenRefused(ValueError):
    """A token cannot be made or found; the message names the value and the remedy."""


def create(
    name: str,
    scopes: Iterable[str],
    *,
    now: datetime,
    expires: datetime | None = None,
    made_by: str = "",
    session: str = "",
) -> tuple[Token, str]:
    """A new token and its text, which nobody can show again. `expires` None: it lasts. Raises TokenRefused, Frozen.

    `made_by` is an actor's id and `session` its session's public id, for the audit; without them nothing is noted.
    """
    wanted = dict.fromkeys(scopes)
    for scope in wanted:
        if scope not in SCOPES:
            raise TokenRefused(f"no scope {scope[:50]!r}: choose from {', '.join(SCOPES)}")
    if not wanted:
        raise TokenRefused(f"a token without a scope could do nothing: choose from {', '.join(SCOPES)}")
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise TokenRefused(f"name {name[:50]!r} is not 1 to 200 printable characters")
    if expires is not None and expires <= now:
        raise TokenRefused(f"a token that ended on {expires:%Y-%m-%d} could do nothing: give a later day")
    public_id, secret = secrets.token_hex(6), secrets.token_hex(32)
    with transaction.atomic():
        refuse_frozen("token.make")
        token = Token.objects.create(
            public_id=public_id,
            name=name,
            scopes=" ".join(scope for scope in SCOPES if scope in wanted),
            digest=_digest(secret),
            created=now,
            expires=expires,
            made_by=made_by,
        )
        if made_by:
            audit.note(made_by, session, "token.make", f"token {public_id}", scopes=token.scopes.split())
    return token, f"sf_{public_id}_{secret}"


def revoke(public_id: str, *, now: datetime, by: str = "", session: str = "") -> Token:
    """End a token, and close what is open on it. Again changes nothing. Raises TokenRefused if there is none.

    `by` and `session`: as for `create`. It can be done while all writing is stopped.
    """
    token = Token.objects.filter(public_id=public_id).first()
    if token is None:
        raise TokenRefused(f"no token {public_id!r}: `standfirst token list` shows those there are")
    if token.revoked is None:
        token.revoked = now
        with transaction.atomic():
            token.save(update_fields=["revoked"])
            end_leases(f"token:{token.public_id}")
            if by:
                audit.note(by, session, "token.revoke", f"token {token.public_id}")
    return token


def listing() -> list[Token]:
    """All tokens, revoked and expired ones included, oldest first."""
    return list(Token.objects.all())


def bears_token(authorization: str) -> bool:
    """Whether the value of an Authorization header looks like a bearer token of ours. Asks no database."""
    scheme, _, text = authorization.partition(" ")
    return scheme.lower() == "bearer" and _SHAPE.fullmatch(text) is not None


def authenticate(text: str, *, now: datetime) -> Actor | None:
    """Who bears this token; None for one malformed, unknown, expired or revoked. A near miss takes as long."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    token = Token.objects.filter(public_id=match[1]).first()
    known = hmac.compare_digest(_digest(match[2]), token.digest if token else _NOBODY)
    if token is None or not known or not stands(token, now):
        return None
    _note_use(token, now)
    return actor(token)


def stands(token: Token, now: datetime) -> bool:
    """Whether a token still opens anything."""
    return token.revoked is None and (token.expires is None or now < token.expires)


def actor(token: Token) -> Actor:
    """Who somebody with this token is."""
    scopes = frozenset(cast(Scope, scope) for scope in token.scopes.split() if scope in SCOPES)
    return Actor(id=f"token:{token.public_id}", name=token.name, role="machine", scopes=scopes)


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
