"""The office's pages: each for whoever may, for everybody else the page that is not there; what its forms do."""

import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern

from standfirst.accounts import audit, brakes, invitations, newsroom, people, tokens
from standfirst.accounts.models import Grant, Invitation, Pause, Person, Token
from standfirst.accounts.roles import PEOPLE, Action, Actor, ever
from standfirst.desk.execute import clock, execute
from standfirst.desk.models import UpdateRow
from standfirst.desk.office.urls import urlpatterns
from standfirst.story.commands import OpenStory, PostUpdate
from standfirst.story.document import from_plain
from tests.desk.test_newsroom import png

pytestmark = pytest.mark.django_db
ROOT = "/desk/newsroom/"
SEEN = {"person", "invitation", "token"}
ASKERS: dict[str, tuple[str, dict[str, str]]] = {
    **{role: (role, {}) for role in PEOPLE if role != "contributor"},
    "contributor": ("", {"flood": "contributor"}),
    "editor of one story": ("reporter", {"flood": "editor"}),
    "nobody": ("", {}),
}


class Asker:
    """Somebody who has just signed in."""

    def __init__(self, name: str, role: str, *, fresh: bool = True, **grants: str) -> None:
        password = None if fresh else "correct horse battery"
        self.person = Person.objects.create_user(
            f"{name.replace(' ', '-')}@paper.example", password, name=name, role=role
        )
        for story, given in grants.items():
            Grant.objects.create(person=self.person, story=story, role=given, created=clock())
        self.client = Client()
        self.client.force_login(self.person)
        session = self.client.session
        at = time.time() if fresh else time.time() - 100_000
        session["account_authentication_methods"] = [{"method": "password", "at": at}]
        session["account_authentication_methods_user"] = str(self.person.pk)
        session.save()

    @property
    def actor(self) -> Actor:
        person = Person.objects.get(pk=self.person.pk)
        return people.actor(person, session_key=self.client.session.session_key or "", now=clock())

    def get(self, path: str = "", status: int = 200) -> str:
        answer = self.client.get(ROOT + path)
        assert answer.status_code == status, answer.content.decode()
        return answer.content.decode()

    def post(self, path: str, status: int = 302, **fields: Any) -> Any:  # Any: Django's test response
        answer = self.client.post(ROOT + path, fields)
        assert answer.status_code == status, answer.content.decode()
        return answer

    def follow(self, path: str, **fields: Any) -> str:
        """Send a form and go where it leads."""
        answer = self.client.get(self.post(path, **fields).url)
        assert answer.status_code == 200
        return str(answer.content.decode())


@pytest.fixture
def owner() -> Asker:
    return Asker("Ada Vale", "owner")


@pytest.fixture
def flood() -> None:
    execute("flood", OpenStory(slug="flood", headline="Flood on the coast"), "person:x", "open")
    execute("storm", OpenStory(slug="storm", headline="Storm inland"), "person:x", "open-2")


@pytest.fixture
def other() -> Asker:
    return Asker("Bo Lind", "reporter")


def address(pattern: URLPattern, *, person: str, invitation: str, token: str) -> str:
    given = {"person": person, "invitation": invitation, "token": token}
    return re.sub(r"<slug:(\w+)>", lambda found: given[found[1]], str(pattern.pattern))


def same(text: str) -> str:
    """A page without what is new in every answer."""
    return re.sub(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', "", text)


@pytest.mark.parametrize("name", ASKERS)
def test_each_page_is_there_for_whoever_may_and_missing_for_everybody_else(
    name: str, owner: Asker, other: Asker, flood: None
) -> None:
    role, grants = ASKERS[name]
    asker = Asker(name, role, **grants)
    made, _ = invitations.make("reporter", by=owner.actor, now=clock())
    token, _ = tokens.create("importer", ["read"], now=clock())
    missing = same(asker.client.get(f"{ROOT}nothing/here/").content.decode())
    for pattern in urlpatterns:
        view = pattern.callback
        action: Action = view.action  # type: ignore[attr-defined]
        path = ROOT + address(pattern, person=other.person.public_id, invitation=made.public_id, token=token.public_id)
        for method in ("get", "post"):
            if brakes.state().frozen:  # by the page before
                brakes.thaw(owner.actor, now=clock())
            before = audit.head()
            answer = getattr(asker.client, method)(path)
            if not ever(asker.actor, action):
                assert (answer.status_code, same(answer.content.decode())) == (404, missing), path
                assert audit.head() == before
            elif method.upper() not in view.methods:  # type: ignore[attr-defined]
                assert answer.status_code == 405, path
            else:
                assert answer.status_code in (200, 302, 422), f"{method} {path}: {answer.status_code}"


def test_who_is_signed_out_signs_in_and_comes_back() -> None:
    for pattern in urlpatterns:
        path = ROOT + address(pattern, person="abc", invitation="abc", token="abc")  # no secret
        answer = Client().get(path)
        assert (answer.status_code, answer.url) == (302, f"/account/login/?next={path}")


def test_every_form_wants_its_token(owner: Asker) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = owner.client.cookies
    for pattern in urlpatterns:
        if "POST" in pattern.callback.methods:  # type: ignore[attr-defined]
            path = ROOT + address(pattern, person=owner.person.public_id, invitation="abc", token="abc")
            assert careful.post(path, {}).status_code == 403, path


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("people/{person}/", {"role": "owner"}),
        ("people/{person}/leave/", {}),
        ("people/{person}/sessions/", {}),
        ("tokens/", {"name": "x", "scopes": "read"}),
        ("settings/", {"name": "The Defaced"}),
        ("settings/logo/", {"remove": "yes"}),
        ("brakes/thaw/", {}),
        ("brakes/lift/", {"actor": "person:x"}),
    ],
)
def test_what_matters_most_is_not_done_until_somebody_proves_who_they_are(
    path: str, fields: dict[str, str], other: Asker
) -> None:
    stale = Asker("Cy Mo", "owner", fresh=False)
    before = audit.head()
    answer = stale.client.post(ROOT + path.format(person=other.person.public_id), fields)
    assert answer.status_code == 302
    assert "/reauthenticate/" in answer.url
    assert audit.head() == before


def test_a_person_s_role_sessions_and_leaving(owner: Asker, other: Asker) -> None:
    path = f"people/{other.person.public_id}/"
    assert "Bo Lind" in owner.get("people/")
    assert "editor" in owner.follow(path, role="editor")
    assert Person.objects.get(pk=other.person.pk).role == "editor"
    owner.follow(path, role="reporter", publishes="on")
    assert Person.objects.get(pk=other.person.pk).publishes
    UserSession.objects.create(
        user=other.person, session_key=other.client.session.session_key, ip="192.0.2.0", user_agent="x", data={}
    )
    assert "1 session has ended" in owner.follow(f"{path}sessions/")
    assert other.client.get(ROOT).status_code == 302
    assert "cannot sign in any more" in owner.get(f"{path}leave/")
    owner.follow(f"{path}leave/")
    assert not Person.objects.get(pk=other.person.pk).is_active
    owner.follow(f"{path}leave/")
    assert Person.objects.get(pk=other.person.pk).is_active


def test_who_lets_somebody_go_sees_the_tokens_that_stay(owner: Asker, other: Asker) -> None:
    theirs, _ = tokens.create("wire feed", ["publish"], now=clock(), made_by=other.person.actor_id)
    gone, _ = tokens.create("old feed", ["publish"], now=clock(), made_by=other.person.actor_id)
    tokens.create("mine", ["publish"], now=clock(), made_by=owner.person.actor_id)
    tokens.revoke(gone.public_id, now=clock())
    page = owner.get(f"people/{other.person.public_id}/leave/")
    assert f"/tokens/{theirs.public_id}/revoke/" in page
    assert "old feed" not in page
    assert "mine</a>" not in page


def test_a_single_story_is_taken_away(owner: Asker) -> None:
    guest = Asker("Di Ro", "", flood="contributor")
    path = f"people/{guest.person.public_id}/"
    assert "contributor" in owner.get(path)
    owner.follow(f"{path}story/", story="flood")
    assert not Grant.objects.exists()
    assert "no role for the story" in owner.follow(f"{path}story/", story="flood")


def test_the_last_owner_stays_one(owner: Asker) -> None:
    path = f"people/{owner.person.public_id}/"
    answer = owner.post(path, 422, role="editor")
    assert "last owner" in answer.content.decode()
    assert "last owner" in owner.follow(f"{path}leave/")
    assert Person.objects.get(pk=owner.person.pk).is_staff


def test_an_invitation_is_shown_once_and_its_secret_kept_nowhere(owner: Asker) -> None:
    answer = owner.post("invitations/", role="reporter", publishes="on", name="Bo Lind", days="3")
    page = owner.client.get(answer.url).content.decode()
    link = re.search(r'id="link"[^>]* value="([^"]+)"', page)
    assert link is not None
    made = Invitation.objects.get()
    found = invitations.find(link[1].rstrip("/").rpartition("/")[2], now=clock())
    assert found == made
    assert (made.role, made.publishes, made.expires - made.created) == ("reporter", True, timedelta(days=3))
    again = owner.client.get(answer.url)
    assert (again.status_code, again.url) == (302, f"{ROOT}invitations/")
    assert link[1] not in owner.get("invitations/")
    assert "works no more" in owner.follow(f"invitations/{made.public_id}/revoke/")
    assert Invitation.objects.get().revoked


def test_a_secret_of_one_session_is_nothing_to_another(owner: Asker) -> None:
    answer = owner.post("tokens/", name="importer", scopes="read")
    thief = Asker("Mal Lory", "owner")
    for name, morsel in owner.client.cookies.items():
        if "once" in name:
            thief.client.cookies[name] = morsel.value
    assert thief.client.get(answer.url).status_code == 302
    assert "sf_" in owner.client.get(answer.url).content.decode()


def test_an_editor_invites_to_stories_and_to_nothing_else(flood: None) -> None:
    editor = Asker("Ed Itor", "editor")
    page = editor.get("invitations/")
    assert "Flood on the coast" in page
    assert ">The whole newsroom<" not in page
    editor.follow("invitations/", story="flood", role="contributor", days="7", until="2099-01-01")
    made = Invitation.objects.get()
    assert (made.story, made.role, str(made.grant_expires)) == ("flood", "contributor", "2099-01-02 00:00:00+00:00")
    for fields in (
        {"story": "", "role": "contributor"},
        {"story": "nowhere", "role": "contributor"},
        {"role": "owner"},
    ):
        editor.post("invitations/", 422, days="7", **fields)
    guest = Asker("Di Ro", "", flood="editor")
    assert "Storm inland" not in guest.get("invitations/")
    guest.post("invitations/", 422, story="storm", role="contributor", days="7")
    assert Invitation.objects.count() == 1


def test_an_invitation_by_e_mail_is_sent(owner: Asker, settings: Any, mailoutbox: list[Any]) -> None:
    settings.MAIL = True
    page = owner.follow("invitations/", role="viewer", email="bo@paper.example", days="7")
    assert "on its way to bo@paper.example" in page
    assert [mail.to for mail in mailoutbox] == [["bo@paper.example"]]
    assert re.search(r"/account/invitation/\S+", mailoutbox[0].body)


def test_a_token_is_shown_once_works_and_is_revoked(owner: Asker) -> None:
    page = owner.follow("tokens/", name="importer", scopes=["read", "publish"], until="2099-01-01")
    text = re.search(r'id="token"[^>]* value="(sf_[^"]+)"', page)
    assert text is not None
    actor = tokens.authenticate(text[1], now=clock())
    assert actor is not None
    assert actor.scopes == {"read", "publish"}
    token = Token.objects.get()
    assert text[1] not in owner.get("tokens/")
    assert "cannot be undone" in owner.get(f"tokens/{token.public_id}/revoke/")
    owner.follow(f"tokens/{token.public_id}/revoke/")
    assert tokens.authenticate(text[1], now=clock()) is None
    assert [one.action for one in audit.entries()][:2] == ["token.revoke", "token.make"]
    owner.post("tokens/", 422, name="nothing")
    owner.post("tokens/", 422, name="too much", scopes="everything")


SETTINGS: dict[str, Any] = {
    "name": "The Echo",
    "languages": "de, en",
    "zone": "Europe/Berlin",
    "byline_style": "by",
    "publish_factor": "auto",
    "breaker_posts": "30",
    "breaker_seconds": "60",
    "mass_retraction": "5",
    "key_light": "#1B5E20",
}


def test_settings_are_saved_and_audited_by_name(owner: Asker) -> None:
    assert "Saved" in owner.follow("settings/", **SETTINGS, domains="echo.example\necho.test", legal_footer="Echo Ltd")
    now = newsroom.current()
    assert (now.name, now.languages, now.domains) == ("The Echo", ("de", "en"), ("echo.example", "echo.test"))
    assert now.colours["key"] == ("#1b5e20", "#86c8e6")
    assert audit.entries()[0].action == "settings.change"
    page = owner.get("settings/")
    assert 'value="#1b5e20"' in page
    assert 'fill="#1b5e20"' in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "required"),
        ("languages", "tlh", "no words in"),
        ("zone", "Mars/Olympus", "no time zone"),
        ("corrections_policy", "http://echo.example/", "no https address"),
        ("domains", "https://echo.example", "no host name"),
        ("key_light", "#aaaaaa", "make it darker"),
        ("key_dark", "red", "is no colour"),
        ("live_dark", "#222222", "make it lighter"),
        ("breaker_posts", "0", "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(
    owner: Asker, field: str, value: str, said: str
) -> None:
    page = owner.post("settings/", 422, **{**SETTINGS, field: value}).content.decode()
    beside = re.search(rf'id="id_{field}_error"[^>]*>(.*?)</ul>', page, re.DOTALL)
    assert beside is not None, page
    assert said in beside[1]
    assert newsroom.version() == ""


def test_colours_are_tried_without_being_saved(owner: Asker) -> None:
    page = owner.post("settings/", 200, **{**SETTINGS, "live_light": "#aaaaaa"}, **{"try": "colours"}).content.decode()
    assert 'fill="#aaaaaa"' in page
    assert "too little" in page
    assert newsroom.version() == ""


def test_a_logo_is_taken_judged_and_removed(owner: Asker) -> None:
    owner.follow("settings/logo/", logo=SimpleUploadedFile("logo.png", png(40, 10), "image/png"))
    logo = newsroom.current().logo
    assert logo is not None
    assert logo.file in owner.get("settings/")
    svg = SimpleUploadedFile("logo.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
    assert "is no PNG" in owner.post("settings/logo/", 422, logo=svg).content.decode()
    owner.follow("settings/logo/", remove="yes")
    assert newsroom.current().logo is None


def test_who_is_asked_who_they_are_is_told_to_choose_the_logo_again() -> None:
    late = Asker("Cy Marsh", "owner", fresh=False)
    asked = late.post("settings/logo/", logo=SimpleUploadedFile("logo.png", png(40, 10), "image/png")).url
    assert asked.startswith("/account/reauthenticate/")
    told = late.client.post(asked, {"password": "correct horse battery"})
    assert "was not kept" in told.content.decode()
    assert newsroom.current().logo is None
    assert "Saved" in late.follow("settings/logo/", logo=SimpleUploadedFile("logo.png", png(40, 10), "image/png"))
    assert newsroom.current().logo is not None


def test_no_other_form_takes_a_file(owner: Asker) -> None:
    file = SimpleUploadedFile("logo.png", png(40, 10), "image/png")
    assert "takes no files" in owner.post("settings/", 415, logo=file).content.decode()


def test_the_brakes_are_turned(owner: Asker) -> None:
    assert "Writing goes on" in owner.get("brakes/")
    editor = Asker("Ed Itor", "editor")
    assert "Defaced" in editor.follow("brakes/freeze/", why="Defaced")
    assert brakes.state().frozen
    assert 'href="/desk/newsroom/brakes/thaw/"' not in editor.get("brakes/")
    assert "Let writing go on" in owner.get("brakes/thaw/")
    owner.follow("brakes/thaw/")
    assert not brakes.state().frozen
    Pause.objects.create(actor=editor.person.actor_id, why="it published more than 30 times", at=clock())
    assert "Ed Itor" in owner.get("brakes/")
    assert f"undo/?actor={editor.person.actor_id.replace(':', '%3A')}" in owner.get("brakes/")
    assert "can go on" in owner.follow("brakes/lift/", actor=editor.person.actor_id)
    assert not brakes.paused()
    assert "is not paused" in owner.follow("brakes/lift/", actor="person:nobody")


def test_who_is_at_the_server_is_said_for_people(owner: Asker) -> None:
    brakes.freeze(Actor(id="cli:root", name="root", role="owner"), "Defaced", now=clock())
    for path in ("brakes/", "brakes/thaw/"):
        page = owner.get(path)
        assert "It was stopped from the server&#x27;s command line" in page
        assert "cli:" not in page
    brakes.thaw(owner.actor, now=clock())
    brakes.freeze(owner.actor, now=clock())
    assert "Ada Vale stopped it" in owner.get("brakes/")


def noted(count: int) -> None:
    for number in range(count):
        audit.note(f"person:p{number % 2}", "", "update.post" if number % 3 else "draft.edit", f"story s{number}")


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<td class="num">([0-9]+)</td>', page)]


def test_the_audit_is_read_a_page_at_a_time(owner: Asker) -> None:
    noted(120)
    last = audit.head()[0]
    first = owner.get("audit/")
    assert numbers(first) == list(range(last, last - 50, -1))
    second = owner.get(f"audit/?before={last - 49}")
    assert numbers(second) == list(range(last - 50, last - 100, -1))
    assert numbers(owner.get(f"audit/?after={last - 50}")) == numbers(first)
    assert "Older" in second
    assert "Newer" in second
    assert "Newer" not in first


def test_the_audit_is_filtered_and_exported_byte_for_byte(owner: Asker) -> None:
    noted(30)
    name = owner.get(f"audit/?actor={owner.person.name.split()[0]}&action=session")
    assert "Ada Vale" in name or "Nothing that matches" in name
    posts = owner.get("audit/?actor=person:p0&action=update.post")
    assert len(numbers(posts)) == 10
    assert numbers(owner.get("audit/?action=update")) == numbers(owner.get("audit/?action=update.post"))
    assert numbers(owner.get("audit/?day=2001-01-01")) == []
    assert len(numbers(owner.get(f"audit/?day={clock():%Y-%m-%d}"))) >= 30
    assert "Enter a valid date" in owner.get("audit/?day=tomorrow", 422)
    answer = owner.client.get(f"{ROOT}audit/export/?action=update.post")
    lines = answer.content.splitlines()
    assert len(lines) == 20
    assert [json.loads(line)["seq"] for line in lines] == sorted(json.loads(line)["seq"] for line in lines)
    assert lines == [one.form for one in audit.every() if one.action == "update.post"]


def test_a_burst_is_shown_first_and_undone_when_that_is_confirmed(owner: Asker, flood: None) -> None:
    since = clock() - timedelta(minutes=5)
    token, _ = tokens.create("runaway", ["publish"], now=clock())
    for number, headline in enumerate(("The mayor <resigns>", "", "The dam is gone")):
        post = PostUpdate(id=f"burst{9 - number:05d}", headline=headline, body=from_plain("Lies."), published=clock())
        execute("flood", post, tokens.actor(token).id, f"burst-{number}")
    assert "runaway" in owner.get("brakes/undo/")
    form = {"actor": f"token:{token.public_id}", "since": f"{since:%Y-%m-%dT%H:%M}"}
    page = owner.client.get(f"{ROOT}brakes/undo/", form).content.decode()
    assert "3 changes of runaway would be undone" in page
    assert re.findall(r'<h3 dir="auto">(.*?)</h3>', page) == ["The mayor &lt;resigns&gt;", "Lies.", "The dam is gone"]
    assert page.count("Retract the update, in “<bdi>") == 3
    assert "burst0000" not in page
    assert page.count(form["actor"]) == 2  # hidden, in the form that undoes and in the one that looks again
    assert "would be undone" in owner.get(f"brakes/undo/?actor={form['actor']}")
    assert not UpdateRow.objects.filter(retracted=True).exists()
    assert "3 changes of runaway undone" in owner.follow("brakes/undo/", **form)
    assert UpdateRow.objects.filter(retracted=True).count() == 3
    assert "nothing of runaway to undo" in owner.client.get(f"{ROOT}brakes/undo/", form).content.decode()
    assert "no id of a person" in owner.get("brakes/undo/?actor=somebody&since=2026-01-01T00:00", 422)
