"""A way in: by a link, once, by whom it is for, while it stands."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from standfirst.accounts import audit, invitations
from standfirst.accounts.invitations import InvitationRefused
from standfirst.accounts.models import Grant, Invitation, Person
from standfirst.accounts.roles import Actor
from tests.accounts.conftest import OWNER, PASSWORD, Browser, now, person, sign_in

pytestmark = pytest.mark.django_db
EDITOR = Actor(id="person:ed", name="Ed", role="editor")
ASKED = {"name": "Bea Rill", "email": "bea@sallow.example", "password": PASSWORD}


def made(role: str = "editor", **more: object) -> str:
    """The path of a new invitation's page."""
    _, secret = invitations.make(role, by=OWNER, now=now(), **more)  # type: ignore[arg-type]
    return f"/account/invitation/{secret}/"


def test_nobody_signs_up_without_one(client: Client) -> None:
    for path in ("/account/signup/", "/account/3rdparty/signup/"):
        client.get(path)
        client.post(path, {**ASKED, "password1": PASSWORD})
    assert not Person.objects.exists()
    assert b"invitation only" in client.get("/account/signup/").content


def test_a_link_makes_an_account_signs_in_and_offers_a_passkey(client: Client) -> None:
    path = made()
    response = client.post(path, ASKED)
    assert (response.status_code, response["Location"]) == (302, "/account/welcome/")
    bea = Person.objects.get()
    assert (bea.email, bea.name, bea.role, bea.publishes) == ("bea@sallow.example", "Bea Rill", "editor", False)
    assert bea.password.startswith("argon2")
    assert b"/account/2fa/webauthn/add/" in client.get("/account/welcome/").content
    assert client.get("/account/2fa/webauthn/add/").status_code == 200  # and asks for nothing in between
    assert not EmailAddress.objects.get().verified  # she typed it: nobody vouches for it
    noted = [(one.action, one.actor) for one in audit.entries()]
    assert noted == [
        ("session.begin", bea.actor_id),
        ("invitation.accept", bea.actor_id),
        ("invitation.make", OWNER.id),
    ]


def test_looking_at_a_link_changes_nothing(client: Client) -> None:
    path = made()
    before = list(Invitation.objects.values())
    for method in (client.get, client.head, client.options):
        method(path)
    assert list(Invitation.objects.values()) == before
    assert not Person.objects.exists()
    assert client.post(path, ASKED).status_code == 302


def test_an_address_that_it_names_stays_and_is_proven(client: Client) -> None:
    path = made(email="Bea@Sallow.example")
    client.post(path, {**ASKED, "email": "eve@elsewhere.example"})
    assert Person.objects.get().email == "bea@sallow.example"
    assert EmailAddress.objects.get().verified


def test_its_secret_is_kept_nowhere() -> None:
    _, secret = invitations.make("editor", by=OWNER, now=now())
    assert len(secret) == 43  # 256 bits
    assert all(secret not in str(value) for row in Invitation.objects.values() for value in row.values())


@pytest.mark.parametrize("ended", ["used", "revoked", "expired", "unknown"])
def test_a_link_that_ended_looks_like_one_that_never_was(client: Client, ended: str) -> None:
    one, secret = invitations.make("editor", by=OWNER, now=now())
    path = f"/account/invitation/{secret}/"
    if ended == "used":
        Browser().post(path, {**ASKED, "email": "first@sallow.example"})
    elif ended == "revoked":
        invitations.revoke(one.public_id, by=OWNER, now=now())
    elif ended == "expired":
        Invitation.objects.update(expires=now() - timedelta(seconds=1))
    else:
        path = "/account/invitation/none/"
    people = Person.objects.count()
    for response in (client.get(path), client.post(path, ASKED)):
        assert response.status_code == 404
        assert b"leads nowhere" in response.content
    assert Person.objects.count() == people


def test_a_link_that_ends_while_its_page_is_open_makes_nobody() -> None:
    one, _ = invitations.make("editor", by=OWNER, now=now())
    invitations.revoke(one.public_id, by=OWNER, now=now())
    with pytest.raises(InvitationRefused, match="ask for a new one"):  # `one` still looks as if it stood
        invitations.accept(one, name="Bea", email="bea@sallow.example", password=PASSWORD, now=now())
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("password", "short", "at least 12"),
        ("password", "password123456", "common"),
        ("password", "bea@sallow.example", "similar"),
        ("password", "x" * 201, "at most 200"),
        ("name", "", "required"),
        ("name", "x" * 201, "at most 200"),
        ("email", "bea", "valid email"),
        ("email", "b" * 250 + "@sallow.example", "at most 254"),
        ("email", "ann@sallow.example", "has an account already"),
    ],
)
def test_what_does_not_do_is_said_beside_the_field_and_uses_nothing_up(
    client: Client, field: str, value: str, told: str
) -> None:
    person()
    path = made()
    response = client.post(path, {**ASKED, field: value})
    assert response.status_code == 422
    assert told in response.content.decode()
    assert client.post(path, ASKED).status_code == 302


def test_a_story_is_all_that_its_invitation_gives(client: Client) -> None:
    until = now() + timedelta(days=3)
    client.post(made("contributor", story="flood", grant_expires=until), ASKED)
    bea = Person.objects.get()
    assert bea.role == ""
    grant = Grant.objects.get(person=bea)
    assert (grant.story, grant.role, grant.expires) == ("flood", "contributor", until)


def test_who_is_signed_in_gets_the_story_and_no_second_account(client: Client) -> None:
    ann = person(role="viewer")
    sign_in(client)
    path = made("reporter", story="flood")
    page = client.get(path).content.decode()
    assert "ann@sallow.example" in page
    assert "password" not in page.lower()
    assert not Grant.objects.exists()
    assert client.post(path).status_code == 302
    assert (Person.objects.count(), Grant.objects.get(person=ann).role) == (1, "reporter")
    assert client.get(path).status_code == 404


def test_an_invitation_for_another_address_is_not_added(client: Client) -> None:
    person(role="viewer")
    sign_in(client)
    response = client.post(made("reporter", story="flood", email="bea@sallow.example"))
    assert response.status_code == 422
    assert "is for bea@sallow.example" in response.content.decode()
    assert not Grant.objects.exists()


def test_nobody_gets_another_role_in_the_newsroom_by_a_link(client: Client) -> None:
    ann = person(role="viewer")
    sign_in(client)
    assert client.post(made("owner")).status_code == 422
    ann.refresh_from_db()
    assert ann.role == "viewer"


@pytest.mark.parametrize(
    ("role", "more", "told"),
    [
        ("machine", {}, "no role 'machine'"),
        ("contributor", {}, "in the newsroom"),
        ("owner", {"story": "flood"}, "for a story"),
        ("viewer", {"email": "nobody"}, "no e-mail address"),
        ("viewer", {"email": "ann@sallow.example"}, "change the role instead"),
        ("viewer", {"name": "x" * 201}, "up to 200"),
        ("viewer", {"name": "a\nb"}, "printable"),
        ("viewer", {"lasts": timedelta(days=91)}, "up to 90 days"),
        ("viewer", {"lasts": timedelta(0)}, "up to 90 days"),
    ],
)
def test_what_could_not_be_accepted_is_not_made(role: str, more: dict[str, object], told: str) -> None:
    person()
    with pytest.raises(InvitationRefused, match=told):
        invitations.make(role, by=OWNER, now=now(), **more)  # type: ignore[arg-type]


def test_an_editor_invites_to_stories_alone() -> None:
    one, _ = invitations.make("contributor", by=EDITOR, now=now(), story="flood")
    with pytest.raises(InvitationRefused, match="to the newsroom"):
        invitations.make("viewer", by=EDITOR, now=now())
    other, _ = invitations.make("viewer", by=OWNER, now=now())
    assert [each.public_id for each in invitations.listing(by=EDITOR)] == [one.public_id]
    with pytest.raises(InvitationRefused, match="no invitation"):
        invitations.revoke(other.public_id, by=EDITOR, now=now())


def test_what_was_accepted_is_not_revoked(client: Client) -> None:
    one, secret = invitations.make("viewer", by=OWNER, now=now())
    client.post(f"/account/invitation/{secret}/", ASKED)
    with pytest.raises(InvitationRefused, match="accepted already"):
        invitations.revoke(one.public_id, by=OWNER, now=now())


def test_links_lead_to_a_name_that_passkeys_work_at() -> None:
    assert invitations.link("abc") == "http://localhost:8000/account/invitation/abc/"


def test_who_tries_link_after_link_is_slowed(client: Client) -> None:
    answers = [client.post("/account/invitation/none/").status_code for _ in range(21)]
    assert answers == [404] * 20 + [429]
