"""Signing in: what proves who somebody is proves it once, and nothing tells who has an account."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core import mail
from django.db import connection

from standfirst.accounts import audit, sessions, signals
from standfirst.accounts.models import Person
from standfirst.site import signing_in
from tests.accounts.conftest import PASSWORD, Browser, person, sign_in

pytestmark = pytest.mark.django_db
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
COUNTER = 60_000_000


@pytest.fixture
def with_mail(settings: Any) -> None:
    settings.MAIL = True


@pytest.fixture
def ended() -> Any:
    """The leases that were said to have ended."""
    heard: list[str] = []

    def hear(leases: tuple[str, ...], **_: Any) -> None:
        heard.extend(leases)

    signals.leases_ended.connect(hear)
    yield heard
    signals.leases_ended.disconnect(hear)


@pytest.fixture(autouse=True)
def _clock_of_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app's codes change every 30 seconds; in a test they do not."""
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter([COUNTER]))


def code_now() -> str:
    return totp.format_hotp_value(totp.hotp_value(KEY, COUNTER))


def signed_in(browser: Browser) -> bool:
    return browser.get("/account/welcome/").status_code == 200


def second_step(browser: Browser, code: str) -> bool:
    """Password, then this code: whether that was enough."""
    assert sign_in(browser)["Location"] == "/account/2fa/authenticate/"
    assert not signed_in(browser)
    browser.post("/account/2fa/authenticate/", {"code": code})
    return signed_in(browser)


def test_a_password_signs_in_and_the_sessions_key_is_another(client: Browser) -> None:
    person()
    client.get("/account/login/")
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["standfirst-session"] = planted
    sign_in(client)
    assert signed_in(client)
    assert client.session.session_key != planted
    other = Browser()
    other.cookies["standfirst-session"] = planted
    assert not signed_in(other)


@pytest.mark.parametrize("password", ["wrong but quite long", "", PASSWORD + "x"])
def test_another_password_does_not(client: Browser, password: str) -> None:
    person()
    sign_in(client, password=password)
    assert not signed_in(client)


def test_what_is_kept_of_a_password_is_slow_to_guess(client: Browser, settings: Any) -> None:
    """The other tests hash quickly; this one as the newsroom does, with more memory than OWASP asks for."""
    settings.PASSWORD_HASHERS = signing_in.PASSWORD_HASHERS
    kept = person().password
    assert kept.startswith("argon2$argon2id$")
    assert int(re.findall(r"m=(\d+)", kept)[0]) >= 47_104  # KiB
    sign_in(client, password="another one, quite long")
    assert not signed_in(client)
    sign_in(client)
    assert signed_in(client)


def test_who_left_does_not_come_in(client: Browser) -> None:
    person(is_active=False)
    assert sign_in(client)["Location"] == "/account/inactive/"
    assert not signed_in(client)


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "http://testserver@evil.example/",
    ],
)
def test_nobody_is_led_elsewhere_after_it(client: Browser, where: str) -> None:
    person()
    assert sign_in(client, next=where)["Location"] == "/desk/"


def test_where_one_was_is_where_one_goes(client: Browser) -> None:
    person()
    assert sign_in(client, next="/desk/story/flood/")["Location"] == "/desk/story/flood/"


def test_a_code_of_an_app_works_once(client: Browser) -> None:
    totp.TOTP.activate(person(), KEY)
    code = code_now()
    assert second_step(client, code)
    assert not second_step(Browser(), code)


def setting_up(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody signs in, sets an authenticator app up and signs out; the code that did it."""
    person()
    sign_in(browser)
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    browser.get("/account/2fa/totp/activate/")
    key = browser.session[totp.SECRET_SESSION_KEY]
    monkeypatch.setattr(f"{__name__}.KEY", key)
    code = code_now()
    answer = browser.post("/account/2fa/totp/activate/", {"code": code})
    assert answer["Location"] == "/account/2fa/recovery-codes/", answer.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()
    browser.post("/account/logout/")
    assert not signed_in(browser)
    return code


def test_the_code_that_sets_an_app_up_signs_nobody_in(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    code = setting_up(client, monkeypatch)
    assert not second_step(Browser(), code)
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter([COUNTER + 1]))
    assert second_step(Browser(), totp.format_hotp_value(totp.hotp_value(KEY, COUNTER + 1)))


def test_control_with_the_form_as_it_comes_it_does(
    client: Browser, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.MFA_FORMS = {}
    assert second_step(Browser(), setting_up(client, monkeypatch))


def test_a_passkey_is_offered_to_those_who_have_one(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allauth.mfa.base.views.webauthn_auth.begin_authentication", lambda _: {})  # reads real keys
    ann = person()
    totp.TOTP.activate(ann, KEY)
    sign_in(client)
    offer = b"Use a passkey"
    assert offer not in client.get("/account/2fa/authenticate/").content
    Authenticator.objects.create(user=ann, type="webauthn", data={"name": "Phone", "credential": {}})
    assert offer in client.get("/account/2fa/authenticate/").content


def test_a_wrong_code_does_not_work(client: Browser) -> None:
    totp.TOTP.activate(person(), KEY)
    wrong = "000000" if code_now() != "000000" else "111111"
    assert not second_step(client, wrong)


def test_what_codes_are_made_of_is_not_in_the_database() -> None:
    totp.TOTP.activate(person(), KEY)
    stored = str(list(Authenticator.objects.values()))
    assert KEY not in stored


def test_what_another_key_sealed_opens_nothing(client: Browser, settings: Any) -> None:
    totp.TOTP.activate(person(), KEY)
    settings.SECRET_KEY = "another newsroom's"
    assert not second_step(client, code_now())


def test_a_recovery_code_works_once(client: Browser) -> None:
    ann = person()
    totp.TOTP.activate(ann, KEY)
    first, second, *_ = RecoveryCodes.activate(ann).generate_codes()
    assert second_step(client, first)
    assert not second_step(Browser(), first)
    assert second_step(Browser(), second)


def test_recovery_codes_are_shown_once(client: Browser) -> None:
    ann = person()
    totp.TOTP.activate(ann, KEY)
    codes = RecoveryCodes.activate(ann).generate_codes()
    second_step(client, code_now())
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    shown = [client.get("/account/2fa/recovery-codes/").content.decode() for _ in range(2)]
    assert codes[0] in shown[0]
    assert codes[0] not in shown[1]


TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')
NONCE = re.compile(rb'nonce="[^"]*"')


def plain(response: Any, address: str) -> tuple[int, str, bytes]:
    """An answer without what differs between any two."""
    body = NONCE.sub(b"", TOKEN.sub(b"", response.content)).replace(address.encode(), b"ADDRESS")
    return response.status_code, response.get("Location", ""), body


@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize(
    ("path", "fields", "follow"),
    [
        ("/account/login/", {"login": "ADDRESS", "password": "wrong but quite long"}, None),
        ("/account/password/reset/", {"email": "ADDRESS"}, "/account/password/reset/done/"),
        ("/account/login/code/", {"email": "ADDRESS"}, "/account/login/code/confirm/"),
    ],
)
def test_who_has_an_account_is_not_told(path: str, fields: dict[str, str], follow: str | None, left: bool) -> None:
    person("bob@sallow.example", is_active=not left)
    answers = []
    for address in ("bob@sallow.example", "eve@sallow.example"):
        browser = Browser()
        given = {name: value.replace("ADDRESS", address) for name, value in fields.items()}
        seen = [plain(browser.post(path, given), address)]
        if follow is not None:
            seen += [plain(browser.get(follow), address), plain(browser.post(follow, {"code": "000000"}), address)]
        answers.append(seen)
    assert answers[0] == answers[1]


@pytest.mark.usefixtures("with_mail")
def test_a_code_by_mail_signs_in(client: Browser) -> None:
    person()
    client.post("/account/login/code/", {"email": "ann@sallow.example"})
    (letter,) = mail.outbox
    code = re.search(r"\b[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}\b", letter.body)
    assert code, letter.body
    client.post("/account/login/code/confirm/", {"code": code[0]})
    assert signed_in(client)


@pytest.mark.usefixtures("with_mail")
def test_a_new_password_by_mail_ends_every_session(client: Browser, ended: list[str]) -> None:
    person()
    sign_in(client)
    lease = sessions.session_id(client.session.session_key or "")
    other = Browser()
    other.post("/account/password/reset/", {"email": "ann@sallow.example"})
    found = re.search(r"http://testserver(/account/password/reset/key/\S+)", mail.outbox[0].body)
    assert found, mail.outbox[0].body
    form = other.get(found[1])["Location"]
    other.post(form, {"password1": "another long sentence", "password2": "another long sentence"})
    assert not signed_in(client)
    assert lease in ended
    assert not signed_in(other)
    sign_in(other, password="another long sentence")  # of nobody
    assert signed_in(other)
    assert Browser().get(found[1]).status_code == 200  # a page that says it was used, and no form's redirect


def test_where_no_mail_is_sent_the_pages_say_so(client: Browser) -> None:
    for path in ("/account/password/reset/", "/account/login/code/"):
        response = client.post(path, {"email": "ann@sallow.example"})
        assert response.status_code == 404
        assert b"sends no mail" in response.content
    assert not mail.outbox


def test_guesses_at_a_password_end_soon_from_any_address() -> None:
    person()
    for number in range(6):
        response = Browser(REMOTE_ADDR=f"192.0.2.{number}").post(
            "/account/login/", {"login": "ann@sallow.example", "password": "wrong but quite long"}
        )
    assert b"Too many failed" in response.content
    late = Browser(REMOTE_ADDR="192.0.2.99")
    sign_in(late)
    assert not signed_in(late)


def test_guesses_are_counted_for_all_processes_and_name_nobody() -> None:
    Browser(REMOTE_ADDR="192.0.2.77").post("/account/login/", {"login": "ann@sallow.example", "password": "x" * 20})
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM accounts_counters")
        stored = str(cursor.fetchall())
    assert stored != "[]"
    assert "192.0.2" not in stored
    assert "ann" not in stored


def test_of_where_a_session_began_its_network_is_kept(client: Browser) -> None:
    person()
    browser = Browser(REMOTE_ADDR="192.0.2.77", HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    sign_in(browser)
    assert UserSession.objects.get().ip == "192.0.2.0"
    (one,) = sessions.of(Person.objects.get())
    assert one.device == "Firefox on Windows"
    (begun,) = audit.entries()
    assert (begun.action, begun.detail) == ("session.begin", {"ways": ["password"], "device": "Firefox on Windows"})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0"),
        ("2001:db8:1:2::3", "2001:db8:1::"),
        ("2001:db8:1:2::/64", "2001:db8:1::"),
        ("", "0.0.0.0"),
    ],
)
def test_a_network_names_nobody(address: str, network: str) -> None:
    assert sessions.prefix(address) == network


def test_one_session_is_ended_from_another(client: Browser, ended: list[str]) -> None:
    person()
    other = Browser()
    sign_in(client)
    sign_in(other)
    there = sessions.session_id(other.session.session_key or "")
    assert there in client.get("/account/sessions/").content.decode()
    assert client.post(f"/account/sessions/{there}/end/").status_code == 302
    assert not signed_in(other)
    assert signed_in(client)
    assert ended == [there]
    assert client.post(f"/account/sessions/{there}/end/").status_code == 404


def test_a_session_of_somebody_else_is_not_ended(client: Browser, ended: list[str]) -> None:
    person()
    person("bob@sallow.example", role="viewer", name="Bob")
    sign_in(client)
    bob = Browser()
    sign_in(bob, "bob@sallow.example")
    here = sessions.session_id(client.session.session_key or "")
    assert bob.post(f"/account/sessions/{here}/end/").status_code == 404
    assert signed_in(client)
    assert ended == []


def test_all_others_are_ended_at_once(client: Browser, ended: list[str]) -> None:
    person()
    others = [Browser(), Browser()]
    for browser in (client, *others):
        sign_in(browser)
    gone = {sessions.session_id(browser.session.session_key or "") for browser in others}
    client.post("/account/sessions/")
    assert [signed_in(browser) for browser in (client, *others)] == [True, False, False]
    assert set(ended) == gone


def test_signing_out_ends_what_is_open(client: Browser, ended: list[str]) -> None:
    person()
    sign_in(client)
    lease = sessions.session_id(client.session.session_key or "")
    assert client.get("/account/logout/").status_code == 200  # asks; only its form does it
    assert ended == []
    client.post("/account/logout/")
    assert ended == [lease]
    assert not signed_in(client)


def test_another_password_ends_all_other_sessions(client: Browser, ended: list[str]) -> None:
    person()
    other = Browser()
    sign_in(client)
    sign_in(other)
    there = sessions.session_id(other.session.session_key or "")
    new = "another long sentence"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert signed_in(client)
    assert not signed_in(other)
    assert there in ended


def test_the_admin_has_no_door_of_its_own(client: Browser) -> None:
    totp.TOTP.activate(person(), KEY)
    client.post("/admin/login/", {"username": "ann@sallow.example", "password": PASSWORD})
    assert not signed_in(client)
    assert client.get("/admin/").status_code == 302


def test_passkeys_ask_for_the_person_and_belong_to_the_name(client: Browser) -> None:
    person()
    sign_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/webauthn/add/").content.decode()
    assert '"id": "localhost"' in page
    assert '"userVerification": "required"' in page
    options = Browser().get("/account/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["userVerification"] == "required"


def test_a_passkey_is_not_added_without_proving_again(client: Browser) -> None:
    person()
    sign_in(client)
    assert client.get("/account/2fa/webauthn/add/")["Location"].startswith("/account/reauthenticate/")
