"""Somebody by their id alone: for what is done later, as who asked for it."""

from datetime import datetime

from standfirst.accounts import people, tokens
from standfirst.accounts.models import Person, Token
from standfirst.accounts.roles import Actor


def standing(actor_id: str, *, now: datetime) -> Actor | None:
    """Who this is at `now`, with the rights of that moment; None: they left, or their token is revoked or expired."""
    kind, _, name = actor_id.partition(":")
    if kind == "person":
        person = Person.objects.filter(public_id=name, is_active=True).first()
        return people.actor(person, session_key="", now=now) if person else None
    token = Token.objects.filter(public_id=name).first() if kind == "token" else None
    return tokens.actor(token) if token is not None and tokens.stands(token, now) else None


def names(actor_ids: list[str]) -> dict[str, str]:
    """What people call them, by id, those who left included; the id itself of who is neither person nor token."""
    public = {actor_id: actor_id.partition(":") for actor_id in actor_ids}
    known: dict[tuple[str, str], str] = {}
    for kind, model in (("person", Person), ("token", Token)):
        asked = [name for one, _, name in public.values() if one == kind]
        if asked:
            rows = model.objects.filter(public_id__in=asked).values_list("public_id", "name")
            known |= {(kind, public_id): called for public_id, called in rows}
    return {actor_id: known.get((kind, name), actor_id) for actor_id, (kind, _, name) in public.items()}
