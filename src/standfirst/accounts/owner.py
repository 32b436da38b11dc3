"""The first owner: a house without one is given a link, by the server that starts."""

from datetime import datetime, timedelta

from django.db import transaction

from standfirst.accounts import invitations
from standfirst.accounts.models import Invitation, Person
from standfirst.accounts.roles import Actor

LASTS = timedelta(days=1)
_SERVER = Actor(id=invitations.SERVER, name="the server", role="owner")


def first_link(*, now: datetime) -> str:
    """The link that makes the first owner, "" if there is one. An earlier link works no more."""
    with transaction.atomic():
        if Person.objects.filter(role="owner", is_active=True).exists():
            return ""
        Invitation.objects.filter(invited_by=invitations.SERVER, accepted=None, revoked=None).update(revoked=now)
        _, secret = invitations.make("owner", by=_SERVER, now=now, lasts=LASTS)
    return invitations.link(secret)
