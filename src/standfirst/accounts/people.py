"""People and their roles: who somebody is to the rest of the house, and what an owner changes about them."""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.db.models import Q

from standfirst.accounts import audit, sessions
from standfirst.accounts.models import Grant, Invitation, Person
from standfirst.accounts.roles import PEOPLE, Actor, Role
from standfirst.accounts.sessions import session_id as session_id  # names a session to those who ask who has it
from standfirst.accounts.signals import end_leases

IN_NEWSROOM: tuple[Role, ...] = tuple(role for role in PEOPLE if role != "contributor")
"""Roles that hold in the whole newsroom; a contributor has single stories."""


class PersonRefused(ValueError):
    """Nobody is there, or this cannot be done to them; the message names the value and the remedy."""


def actor(person: Person, *, session_key: str, now: datetime) -> Actor:
    """Somebody signed in as `person`, with the roles that hold at `now`."""
    stories = {grant.story: cast(Role, grant.role) for grant in person.grants.all() if grant.holds(now)}
    return Actor(
        id=person.actor_id,
        name=person.name,
        role=person.role if person.role in PEOPLE else None,
        stories=stories,
        publishes=person.publishes,
        session=session_id(session_key),
    )


def listing() -> list[Person]:
    """Everybody, by name, those who left included, with what they were given."""
    return list(Person.objects.prefetch_related("grants"))


def found(name: str) -> Person:
    """The person with this e-mail address or public id. Raises PersonRefused."""
    people = Person.objects.filter(email__iexact=name) if "@" in name else Person.objects.filter(public_id=name)
    person = people.first()
    if person is None:
        raise PersonRefused(f"nobody here is {name[:60]!r}: `standfirst user list` shows who is")
    return person


def change_role(person: Person, role: str, *, by: Actor) -> Person:
    """Give a role in the newsroom, "" for none. Open streams end, and the links that they made for others.

    Raises PersonRefused, for the last owner too.
    """
    if role not in ("", *IN_NEWSROOM):
        raise PersonRefused(f"no role {role[:40]!r} in the newsroom: choose from {', '.join(IN_NEWSROOM)}")
    with transaction.atomic():
        person = _locked(person, losing=role != "owner")
        was = person.role
        if was != role:
            person.role, person.publishes = role, person.publishes and role == "reporter"
            person.save(update_fields=["role", "publishes"])
            end_leases(*sessions.leases(person))
            _end_links(person)
            audit.note(by.id, by.session, "role.change", f"person {person.public_id}", was=was, role=role)
    return person


def set_publishes(person: Person, publishes: bool, *, by: Actor) -> Person:
    """Whether a reporter may publish without the desk. Raises PersonRefused for another role."""
    with transaction.atomic():
        person = _locked(person)
        if publishes and person.role != "reporter":
            raise PersonRefused(f"{person.name} is no reporter of the newsroom: give that role first")
        if person.publishes != publishes:
            person.publishes = publishes
            person.save(update_fields=["publishes"])
            end_leases(*sessions.leases(person))
            audit.note(by.id, by.session, "role.change", f"person {person.public_id}", publishes=publishes)
    return person


def end_grant(person: Person, story: str, *, by: Actor) -> None:
    """Take a single story away again. Raises PersonRefused if they do not have it."""
    with transaction.atomic():
        gone, _ = Grant.objects.filter(person=person, story=story).delete()
        if not gone:
            raise PersonRefused(f"{person.name} has no role for the story {story[:80]!r}: reload the list")
        end_leases(*sessions.leases(person))
        audit.note(by.id, by.session, "role.change", f"person {person.public_id}", story=story, role="")


def deactivate(person: Person, *, by: Actor) -> Person:
    """Let somebody go: their sessions end, nothing lets them in. Raises PersonRefused for the last owner.

    The links that they made for others work no more, nor do those that let them in again. Tokens that they made stay.
    """
    with transaction.atomic():
        person = _locked(person, losing=True)
        if person.is_active:
            person.is_active = False
            person.save(update_fields=["is_active"])
            _end_links(person)
            sessions.end_all(person, by=by.id, session=by.session)
            audit.note(by.id, by.session, "person.remove", f"person {person.public_id}")
    return person


def reactivate(person: Person, *, by: Actor) -> Person:
    """Let somebody in again who left, with the role they had."""
    with transaction.atomic():
        person = _locked(person)
        if not person.is_active:
            person.is_active = True
            person.save(update_fields=["is_active"])
            audit.note(by.id, by.session, "person.return", f"person {person.public_id}")
    return person


def _end_links(person: Person) -> None:
    """Revoke the invitations that stand because of somebody: nobody comes back, or rises, by one made beforehand."""
    theirs = Q(invited_by=person.actor_id) | Q(again=person)
    Invitation.objects.filter(theirs, accepted=None, revoked=None).update(revoked=audit.clock())


def _locked(person: Person, *, losing: bool = False) -> Person:
    """The person as they are now, theirs alone until the transaction ends. `losing`: an owner's role or access.

    All owners are locked, so that two who demote each other at once do not both succeed. Raises PersonRefused.
    """
    owners = [one.pk for one in Person.objects.select_for_update().filter(role="owner", is_active=True).order_by("pk")]
    if losing and owners == [person.pk]:
        raise PersonRefused(f"{person.name} is the last owner: make somebody else an owner first")
    return Person.objects.select_for_update().get(pk=person.pk)
