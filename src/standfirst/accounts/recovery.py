"""In again for somebody who lost what they sign in with: a link made on the server, which works once."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from standfirst.accounts import audit, invitations, sessions
from standfirst.accounts.models import Invitation, Person
from standfirst.accounts.people import PersonRefused
from standfirst.accounts.roles import Actor

LASTS = timedelta(days=1)


def make(person: Person, *, by: Actor, now: datetime) -> str:
    """The link; one made before works no more. Raises PersonRefused for somebody who left."""
    if not person.is_active:
        raise PersonRefused(f"{person.name} has left: let them in again first")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Invitation.objects.filter(again=person, accepted=None, revoked=None).update(revoked=now)
        made = Invitation.objects.create(
            digest=invitations.digest(secret),
            again=person,
            created=now,
            expires=now + LASTS,
            invited_by=by.id,
        )
        audit.note(by.id, by.session, "recovery.make", f"person {person.public_id}", link=made.public_id)
    return invitations.link(secret)


def use(invitation: Invitation, password: str, *, now: datetime) -> Person:
    """Let them in with a new password; whoever was signed in as them is not any more. Raises InvitationRefused."""
    person = invitation.again
    if person is None:
        raise ValueError(f"{invitation} lets nobody in again")
    person.set_password(password)  # before the transaction: it takes long, on purpose
    with transaction.atomic():
        invitations.take(invitation, now)
        person.save(update_fields=["password"])
        Invitation.objects.filter(pk=invitation.pk).update(accepted_by=person)
        sessions.end_all(person, by=person.actor_id)
        audit.note(person.actor_id, "", "recovery.use", f"person {person.public_id}", link=invitation.public_id)
    return person
