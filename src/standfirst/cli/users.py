"""`standfirst user`: who may come in, as what, and from where they are signed in."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from standfirst.cli import newsroom

if TYPE_CHECKING:
    from standfirst.accounts.models import Person
    from standfirst.accounts.roles import Actor


@click.group()
def user() -> None:
    """Invite people, change their roles, end their sessions, let them go."""


@user.command(name="list")
@newsroom.as_json
@newsroom.where
def list_(as_json: bool) -> None:
    """List everybody, those who left included, and what they may do."""
    newsroom.ready()
    from standfirst.accounts import people

    found = [_fields(person) for person in people.listing()]
    if as_json:
        newsroom.write_json(found)
        return
    rows = [
        (one["email"], one["name"], _roles(one), one["publishes"], one["joined"], "" if one["active"] else "left")
        for one in found
    ]
    newsroom.table(rows, ("E-MAIL", "NAME", "ROLE", "PUBLISHES", "JOINED", ""))


@user.command()
@click.argument("email", default="")
@click.option("--role", required=True, metavar="ROLE", help="owner, editor, reporter, moderator, viewer.")
@click.option("--story", default="", metavar="SLUG", help="For this story alone: contributor, reporter, editor.")
@click.option("--until", callback=newsroom.moment, metavar="TIME", help="When access to the story ends, if ever.")
@click.option("--name", default="", metavar="NAME", help="Their name, which they can change.")
@click.option("--publishes", is_flag=True, help="A reporter who may publish without the desk.")
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True, help="How long the link works.")
@newsroom.as_json
@newsroom.where
def invite(email: str, role: str, story: str, until: datetime | None, days: int, as_json: bool, **more: Any) -> None:
    """Make a link by which one person gets an account. It works once, and is printed this once.

    With an e-mail address it is also sent there, if STANDFIRST_MAIL_URL is set; without one, whoever has it can use it.
    """
    newsroom.ready()
    from standfirst.accounts import invitations, letters

    if story:
        newsroom.story_of(story)
    made, secret = invitations.make(
        role,
        by=_operator(),
        now=newsroom.now(),
        email=email,
        story=story,
        grant_expires=until,
        lasts=timedelta(days=days),
        **more,
    )
    link = invitations.link(secret)
    sent = letters.invite(made, link)
    if as_json:
        newsroom.write_json({"id": made.public_id, "link": link, "expires": made.expires, "sent": sent})
        return
    click.echo(link)
    if sent:
        newsroom.warn(f"Sent to {made.email}.")


@user.command()
@click.argument("who")
@click.argument("role")
@click.option("--publishes/--no-publishes", default=None, help="Whether a reporter may publish without the desk.")
@newsroom.as_json
@newsroom.where
def role(who: str, role: str, publishes: bool | None, as_json: bool) -> None:
    """Give somebody, by e-mail address, another role in the newsroom: owner to viewer, or `none`."""
    newsroom.ready()
    from standfirst.accounts import people

    person = people.change_role(people.found(who), "" if role == "none" else role, by=_operator())
    if publishes is not None:
        person = people.set_publishes(person, publishes, by=_operator())
    _said(person, f"{person.email} is now {person.role or 'without a role in the newsroom'}", as_json=as_json)


@user.command()
@click.argument("who")
@newsroom.as_json
@newsroom.where
def remove(who: str, as_json: bool) -> None:
    """Let somebody go: their sessions end at once and nothing lets them in. What they wrote stays theirs."""
    newsroom.ready()
    from standfirst.accounts import people

    person = people.deactivate(people.found(who), by=_operator())
    _said(person, f"{person.email} has no access any more", as_json=as_json)


@user.command(name="return")
@click.argument("who")
@newsroom.as_json
@newsroom.where
def return_(who: str, as_json: bool) -> None:
    """Let somebody in again who left, with the role they had."""
    newsroom.ready()
    from standfirst.accounts import people

    person = people.reactivate(people.found(who), by=_operator())
    _said(person, f"{person.email} may sign in again", as_json=as_json)


@user.command()
@click.argument("who")
@click.option("--end", is_flag=True, help="End all of them.")
@newsroom.as_json
@newsroom.where
def sessions(who: str, end: bool, as_json: bool) -> None:
    """List where somebody is signed in, or end that everywhere."""
    newsroom.ready()
    from standfirst.accounts import people
    from standfirst.accounts import sessions as open_ones

    person = people.found(who)
    if end:
        count = open_ones.end_all(person, by=newsroom.who())
        _said(person, f"ended {count} session{'' if count == 1 else 's'} of {person.email}", as_json=as_json)
        return
    found = open_ones.of(person)
    if as_json:
        fields = ("id", "device", "begun", "last_seen")
        newsroom.write_json([{field: getattr(one, field) for field in fields} for one in found])
        return
    rows = [(one.id, one.device, one.begun, one.last_seen) for one in found]
    newsroom.table(rows, ("ID", "DEVICE", "BEGUN", "LAST SEEN"))


@user.command()
@click.argument("who")
@newsroom.as_json
@newsroom.where
def link(who: str, as_json: bool) -> None:
    """Make a link that lets somebody in once more, with a new password, who lost their device. It works for a day."""
    newsroom.ready()
    from standfirst.accounts import people, recovery

    person = people.found(who)
    made = recovery.make(person, by=_operator(), now=newsroom.now())
    if as_json:
        newsroom.write_json({"id": person.public_id, "link": made})
    else:
        click.echo(made)


def _operator() -> "Actor":
    """Whoever has the server has the newsroom."""
    from standfirst.accounts.roles import Actor

    return Actor(id=newsroom.who(), name="the server's operator", role="owner")


def _said(person: "Person", line: str, *, as_json: bool) -> None:
    if as_json:
        newsroom.write_json(_fields(person))
    else:
        click.echo(line)


def _fields(person: "Person") -> dict[str, Any]:  # Any: what JSON can hold, and datetimes
    stories = [{"story": one.story, "role": one.role, "expires": one.expires} for one in person.grants.all()]
    return {
        "id": person.public_id,
        "email": person.email,
        "name": person.name,
        "role": person.role or None,
        "publishes": person.publishes,
        "stories": stories,
        "joined": person.joined,
        "active": person.is_active,
    }


def _roles(fields: dict[str, Any]) -> str:  # Any: as above
    stories = [f"{one['role']} of {one['story']}" for one in fields["stories"]]
    return ", ".join([*filter(None, [fields["role"]]), *stories])
