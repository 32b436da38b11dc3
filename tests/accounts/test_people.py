"""What an owner changes about people, and what nobody may: the last owner stays one."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from standfirst.accounts import audit, invitations, people, recovery, sessions, signals
from standfirst.accounts.invitations import InvitationRefused
from standfirst.accounts.models import Grant, Person
from standfirst.accounts.people import PersonRefused
from tests.accounts.conftest import OWNER, PASSWORD, Browser, now, person, sign_in


@pytest.fixture
def ended() -> Any:
    """The leases that were said to have ended."""
    heard: list[str] = []

    def hear(leases: tuple[str, ...], **_: Any) -> None:
        heard.extend(leases)

    signals.leases_ended.connect(hear)
    yield heard
    signals.leases_ended.disconnect(hear)


def lease(browser: Browser) -> str:
    return sessions.session_id(browser.session.session_key or "")


@pytest.mark.django_db
def test_a_story_that_is_given_ends_the_streams_of_what_one_might_read_before(
    client: Browser, ended: list[str]
) -> None:
    person(role="viewer")
    sign_in(client)
    _, secret = invitations.make("reporter", by=OWNER, now=now(), story="flood")
    assert ended == []
    client.post(f"/account/invitation/{secret}/")
    assert ended == [lease(client)]


@pytest.mark.django_db
def test_another_role_ends_streams_and_is_noted(client: Browser, ended: list[str]) -> None:
    person()
    bea = person("bea@sallow.example", role="editor", name="Bea")
    sign_in(client, "bea@sallow.example")
    people.change_role(bea, "viewer", by=OWNER)
    assert ended == [lease(client)]
    assert client.get("/account/welcome/").status_code == 200  # still signed in, with less
    (noted, *_) = audit.entries()
    assert (noted.action, noted.actor, noted.thing) == ("role.change", OWNER.id, f"person {bea.public_id}")
    assert noted.detail == {"was": "editor", "role": "viewer"}
    people.change_role(bea, "viewer", by=OWNER)
    assert len(ended) == 1


@pytest.mark.django_db
def test_only_a_reporter_may_be_let_publish(ended: list[str]) -> None:
    bea = person("bea@sallow.example", role="reporter", name="Bea")
    assert people.set_publishes(bea, True, by=OWNER).publishes
    assert not people.change_role(bea, "viewer", by=OWNER).publishes
    with pytest.raises(PersonRefused, match="no reporter"):
        people.set_publishes(bea, True, by=OWNER)


@pytest.mark.django_db
def test_who_is_let_go_is_out_at_once(client: Browser, ended: list[str]) -> None:
    person()
    bea = person("bea@sallow.example", role="editor", name="Bea")
    sign_in(client, "bea@sallow.example")
    gone = lease(client)
    people.deactivate(bea, by=OWNER)
    assert ended == [gone]
    assert client.get("/account/welcome/").status_code == 302
    people.reactivate(bea, by=OWNER)
    assert client.get("/account/welcome/").status_code == 302  # the session is over all the same


@pytest.mark.django_db
def test_a_story_is_taken_away_again(ended: list[str]) -> None:
    bea = person("bea@sallow.example", role="", name="Bea")
    Grant.objects.create(person=bea, story="flood", role="contributor", created=now())
    people.end_grant(bea, "flood", by=OWNER)
    assert not people.actor(bea, session_key="", now=now()).stories
    with pytest.raises(PersonRefused, match="'flood'"):
        people.end_grant(bea, "flood", by=OWNER)


@pytest.mark.django_db
def test_the_last_owner_stays() -> None:
    ann = person()
    person("old@sallow.example", name="Old", is_active=False)  # an owner who left is none
    with pytest.raises(PersonRefused, match="last owner"):
        people.change_role(ann, "editor", by=OWNER)
    with pytest.raises(PersonRefused, match="last owner"):
        people.deactivate(ann, by=OWNER)
    person("bea@sallow.example", name="Bea")
    assert people.change_role(ann, "editor", by=OWNER).role == "editor"


@pytest.mark.parametrize("role", ["machine", "contributor", "Owner", "x" * 999])
@pytest.mark.django_db
def test_what_is_no_role_in_the_newsroom_is_not_given(role: str) -> None:
    with pytest.raises(PersonRefused, match="choose from owner"):
        people.change_role(person(role="viewer"), role, by=OWNER)


def together(*works: Any) -> list[Any]:
    """What each gives, or raises, when all begin at once."""
    gate, done = Barrier(len(works)), []

    def work(each: Any) -> None:
        try:
            gate.wait(30)
            done.append(each())
        except (InvitationRefused, PersonRefused) as refused:
            done.append(refused)
        finally:
            connection.close()

    threads = [Thread(target=work, args=(each,)) for each in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def test_of_two_who_accept_at_once_one_gets_in(transactional_db: None) -> None:
    one, _ = invitations.make("editor", by=OWNER, now=now())

    def accept(address: str) -> Any:
        return lambda: invitations.accept(one, name="Bea", email=address, password=PASSWORD, now=now())

    done = together(*(accept(f"bea{number}@sallow.example") for number in range(4)))
    assert sorted(type(each).__name__ for each in done) == ["InvitationRefused"] * 3 + ["Person"]
    assert Person.objects.count() == 1


def test_two_owners_who_demote_each_other_leave_one(transactional_db: None) -> None:
    ann, bea = person(), person("bea@sallow.example", name="Bea")
    done = together(
        lambda: people.change_role(bea, "viewer", by=people.actor(ann, session_key="", now=now())),
        lambda: people.change_role(ann, "viewer", by=people.actor(bea, session_key="", now=now())),
    )
    assert sorted(type(each).__name__ for each in done) == ["Person", "PersonRefused"]
    assert Person.objects.filter(role="owner").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("lose", ["go", "role"])
def test_no_link_made_before_brings_anybody_back(lose: str) -> None:
    person()
    bea = person("bea@sallow.example", name="Bea")
    by = people.actor(bea, session_key="", now=now())
    made, secret = invitations.make("owner", by=by, now=now())
    _, other = invitations.make("viewer", by=OWNER, now=now())
    again = recovery.make(bea, by=OWNER, now=now()).rstrip("/").rpartition("/")[2]
    assert invitations.find(secret, now=now()) == made
    if lose == "go":
        people.deactivate(bea, by=OWNER)
    else:
        people.change_role(bea, "viewer", by=OWNER)
    assert invitations.find(secret, now=now()) is None
    assert invitations.find(again, now=now()) is None
    assert invitations.find(other, now=now()) is not None
