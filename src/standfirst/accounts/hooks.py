"""What follows when somebody signs in or out, or changes what they sign in with: told by django-allauth's signals."""

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import signals as auth
from django.db import transaction
from django.db.models.signals import pre_save
from django.http import HttpRequest

from standfirst.accounts import audit, sessions
from standfirst.accounts.devices import device
from standfirst.accounts.models import Person
from standfirst.accounts.signals import end_leases

# Any below: Django gives receivers whatever the sender says.


def connect() -> None:
    """Once, when Django is set up."""
    account.user_logged_in.connect(_began)
    auth.user_logged_out.connect(_left)
    for changed in (account.password_changed, account.password_set, account.password_reset):
        changed.connect(_password_changed)
    account.email_changed.connect(_email_changed)
    mfa.authenticator_added.connect(_factor_added)
    mfa.authenticator_removed.connect(_factor_removed)
    mfa.authenticator_reset.connect(_factor_reset)
    mfa.authenticator_used.connect(_factor_used)
    mfa.authentication_failed.connect(_factor_refused)
    pre_save.connect(_forget_address, sender=UserSession)


def _began(request: HttpRequest, user: Person, **_: Any) -> None:
    """Noted with how, and on what; nothing of where from."""
    ways = [str(record.get("type") or record["method"]) for record in get_authentication_records(request, user)]
    session = sessions.session_id(request.session.session_key or "")
    agent = device(request.headers.get("User-Agent", ""))
    audit.note(user.actor_id, session, "session.begin", f"session {session}", ways=ways[-5:], device=agent)


def _left(request: HttpRequest, user: Person | None, **_: Any) -> None:
    key = request.session.session_key
    if user is None or not key:
        return
    session = sessions.session_id(key)
    with transaction.atomic():
        UserSession.objects.filter(session_key=key).delete()
        end_leases(session)
        audit.note(user.actor_id, session, "session.end", f"session {session}")


def _password_changed(request: HttpRequest, user: Person, **_: Any) -> None:
    """Whoever else was signed in is not any more; the session that did it goes on, under another key."""
    session = sessions.session_id(request.session.session_key or "") if request.user.is_authenticated else ""
    with transaction.atomic():
        sessions.end_all(user, by=user.actor_id, session=session, but=request.session.session_key or "")
        audit.note(user.actor_id, session, "password.change", f"person {user.public_id}")


def _email_changed(request: HttpRequest, user: Person, **_: Any) -> None:
    audit.note(user.actor_id, _session(request), "email.change", f"person {user.public_id}")


def _factor_added(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    """A passkey that was made just now was shown just now: its device asked who is there."""
    _note_factor(request, user, "factor.add", authenticator)
    if authenticator.type == Authenticator.Type.WEBAUTHN:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def _factor_removed(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    _note_factor(request, user, "factor.remove", authenticator)


def _factor_reset(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    _note_factor(request, user, "factor.reset", authenticator)


def _factor_used(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    """How somebody signed in is noted with the session; that a recovery code is gone, here."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _note_factor(request, user, "code.use", authenticator)


def _factor_refused(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    """Whoever this was had the password already."""
    _note_factor(request, user, "factor.refuse", authenticator)


def _note_factor(request: HttpRequest, user: Person, action: str, authenticator: Authenticator) -> None:
    audit.note(user.actor_id, _session(request), action, f"person {user.public_id}", kind=str(authenticator.type))


def _forget_address(instance: UserSession, **_: Any) -> None:
    """Of where a session came from its network is kept."""
    instance.ip = sessions.prefix(instance.ip)


def _session(request: HttpRequest) -> str:
    return sessions.session_id(request.session.session_key or "")
