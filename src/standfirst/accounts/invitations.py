"""Ways in: made, sent or printed, revoked, and accepted once. There is no other way to get an account."""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator
from django.db import IntegrityError, transaction
from django.urls import reverse

from standfirst.accounts import audit, sessions
from standfirst.accounts.models import Grant, Invitation, Person
from standfirst.accounts.people import IN_NEWSROOM
from standfirst.accounts.roles import Actor, Role, Thing, can
from standfirst.accounts.signals import end_leases

LASTS = timedelta(days=7)
"""Until it is accepted, unless another time is given."""
LONGEST = timedelta(days=90)
OF_A_STORY: tuple[Role, ...] = ("contributor", "reporter", "editor")
"""Roles that a story can give."""
MOST = 1000
"""Invitations that stand at a time."""
SERVER = "cli:serve"
"""Who makes the link for the first owner."""
NAME, ADDRESS = 200, 254
"""Characters."""


class InvitationRefused(ValueError):
    """An invitation cannot be made, found or accepted; the message names the value and the remedy."""


def make(
    role: str,
    *,
    by: Actor,
    now: datetime,
    email: str = "",
    name: str = "",
    publishes: bool = False,
    story: str = "",
    grant_expires: datetime | None = None,
    lasts: timedelta = LASTS,
) -> tuple[Invitation, str]:
    """A new invitation and its secret, which nobody can show again: see `link`. Raises InvitationRefused.

    `story` ("": the newsroom) must be one that exists: the caller has looked. `by` must be allowed to invite there.
    """
    if not _may(by, story):
        raise InvitationRefused(f"{by.name} may not invite people to {'this story' if story else 'the newsroom'}")
    secret = secrets.token_urlsafe(32)
    made = Invitation(
        digest=digest(secret),
        email=email.strip().lower(),
        name=name.strip(),
        role=role,
        publishes=publishes and role == "reporter" and not story,
        story=story,
        grant_expires=grant_expires if story else None,
        created=now,
        expires=now + lasts,
        invited_by=by.id,
    )
    _refuse_unfit(made, now)
    with transaction.atomic():
        if Invitation.objects.filter(accepted=None, revoked=None, expires__gt=now).count() >= MOST:
            raise InvitationRefused(f"{MOST} invitations are open: revoke some first")
        made.save()
        audit.note(by.id, by.session, "invitation.make", f"invitation {made.public_id}", role=role, story=story)
    return made, secret


def link(secret: str) -> str:
    """The whole address to give to whoever is invited."""
    return f"{settings.CONFIG.desk_url}{reverse('account_invitation', args=[secret])}"


def revoke(public_id: str, *, by: Actor, now: datetime) -> Invitation:
    """End one that was not accepted yet. Revoking twice changes nothing. Raises InvitationRefused."""
    with transaction.atomic():
        found = Invitation.objects.select_for_update().filter(public_id=public_id).first()
        if found is None or not _may(by, found.story):
            raise InvitationRefused(f"no invitation {public_id[:50]!r}: the list shows those there are")
        if found.accepted is not None:
            raise InvitationRefused(f"invitation {public_id} was accepted already: end the person's access instead")
        if found.revoked is None:
            found.revoked = now
            found.save(update_fields=["revoked"])
            audit.note(by.id, by.session, "invitation.revoke", f"invitation {public_id}")
    return found


def listing(*, by: Actor) -> list[Invitation]:
    """All that `by` may see, newest first: those accepted, revoked and expired included."""
    return [one for one in Invitation.objects.filter(again=None).select_related("accepted_by") if _may(by, one.story)]


def _may(by: Actor, story: str) -> bool:
    """Whether somebody has a say in invitations to this story, or to the newsroom."""
    return can(by, "story.invite", Thing(story)) if story else can(by, "people.manage")


def find(secret: str, *, now: datetime) -> Invitation | None:
    """The one that this link opens, None for one unknown, expired, revoked or used. Changes nothing."""
    found = Invitation.objects.filter(digest=digest(secret)).first() if 0 < len(secret) <= 200 else None
    return found if found is not None and found.stands(now) else None


def accept(invitation: Invitation, *, name: str, email: str, password: str | None, now: datetime) -> Person:
    """The person it makes; `password` None: they sign in with another house. Raises InvitationRefused.

    The address is the invitation's if it has one, and is taken as proven then. Of several who accept at once, one
    succeeds.
    """
    if invitation.again is not None:
        raise InvitationRefused("this link is for somebody who has an account: open it again")
    address = (invitation.email or email).strip().lower()
    _refuse_unfit_person(name, address)
    person = Person(email=address, name=name.strip())
    if not invitation.story:
        person.role, person.publishes = invitation.role, invitation.publishes
    person.set_password(password)  # before the transaction: it takes long, on purpose
    try:
        with transaction.atomic():
            take(invitation, now)
            person.save()
            EmailAddress.objects.create(user=person, email=address, primary=True, verified=bool(invitation.email))
            _give(invitation, person, now)
    except IntegrityError:
        raise InvitationRefused(f"{address} has an account already: sign in, then open the link again") from None
    return person


def accept_as(invitation: Invitation, person: Person, *, now: datetime) -> None:
    """Give what the invitation says to somebody who is signed in already. Raises InvitationRefused."""
    if invitation.email and invitation.email != person.email:
        raise InvitationRefused(f"this invitation is for {invitation.email}: sign out, then open the link again")
    if not invitation.story and person.role:
        raise InvitationRefused("you have an account here already: ask an owner to change your role")
    with transaction.atomic():
        take(invitation, now)
        if not invitation.story:
            Person.objects.filter(pk=person.pk).update(role=invitation.role, publishes=invitation.publishes)
        _give(invitation, person, now)


def digest(secret: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(secret.encode()).hexdigest()


def take(invitation: Invitation, now: datetime) -> None:
    """Mark it as accepted, once. Raises InvitationRefused."""
    standing = Invitation.objects.filter(pk=invitation.pk, accepted=None, revoked=None, expires__gt=now)
    if not standing.update(accepted=now):
        raise InvitationRefused("this link was used, revoked or has ended: ask for a new one")


def _give(invitation: Invitation, person: Person, now: datetime) -> None:
    """What follows from accepting it, noted last."""
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=person)
    if invitation.story:
        given = {"role": invitation.role, "expires": invitation.grant_expires, "created": now}
        Grant.objects.update_or_create(person=person, story=invitation.story, defaults=given)
        end_leases(*sessions.leases(person))  # streams are given by what one may read
    elif invitation.role == "owner":  # the server's own links are for a house without one
        Invitation.objects.filter(invited_by=SERVER, accepted=None, revoked=None).update(revoked=now)
    what = {"person": person.public_id, "role": invitation.role, "story": invitation.story}
    audit.note(person.actor_id, "", "invitation.accept", f"invitation {invitation.public_id}", **what)


def _refuse_unfit(invitation: Invitation, now: datetime) -> None:
    fitting = OF_A_STORY if invitation.story else IN_NEWSROOM
    if invitation.role not in fitting:
        where = "for a story" if invitation.story else "in the newsroom"
        raise InvitationRefused(f"no role {invitation.role[:40]!r} {where}: choose from {', '.join(fitting)}")
    if not timedelta() < invitation.expires - now <= LONGEST:
        raise InvitationRefused(f"an invitation lasts up to {LONGEST.days} days: give fewer")
    if invitation.grant_expires is not None and invitation.grant_expires <= now:
        raise InvitationRefused(f"access that ended on {invitation.grant_expires:%Y-%m-%d} is none: give a later day")
    if invitation.email:
        _refuse_unfit_address(invitation.email)
        if not invitation.story and Person.objects.filter(email=invitation.email).exists():
            raise InvitationRefused(f"{invitation.email} has an account already: change the role instead")
    if len(invitation.name) > NAME or not invitation.name.isprintable():
        raise InvitationRefused(f"name {invitation.name[:40]!r} is not up to {NAME} printable characters")


def _refuse_unfit_person(name: str, email: str) -> None:
    if not name.strip() or len(name) > NAME or not name.isprintable():
        raise InvitationRefused(f"name {name[:40]!r} is not 1 to {NAME} printable characters")
    _refuse_unfit_address(email)


def _refuse_unfit_address(email: str) -> None:
    try:
        EmailValidator()(email)
        MaxLengthValidator(ADDRESS)(email)
    except ValidationError:
        raise InvitationRefused(f"{email[:60]!r} is no e-mail address: give one like name@news.example") from None
