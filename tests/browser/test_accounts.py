"""Signing in and one's own account, in Chromium: accessible, quiet, by passkey and without JavaScript."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.browser.axe import everywhere, violations
from tests.browser.conftest import Opener
from tests.browser.newsroom import Newsroom

PASSWORD = "lantern orbit gravel tide"
PERSON = """
import sys, django
django.setup()
from allauth.account.models import EmailAddress
from standfirst.accounts.models import Person
email, password = sys.argv[1:]
person = Person.objects.create_user(email, password, name="Ines Marsh", role="owner")
EmailAddress.objects.create(user=person, email=email, primary=True, verified=True)
"""
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

OUTSIDE = [
    "/account/login/",
    "/account/login/code/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/password/reset/key/1-gone/",
    "/account/signup/",
    "/account/inactive/",
    "/account/confirm-email/gone/",
    "/account/invitation/gone/",
    "/account/nowhere/",
]
INSIDE = [
    "/account/welcome/",
    "/account/2fa/",
    "/account/email/",
    "/account/password/change/",
    "/account/sessions/",
    "/account/logout/",
    "/account/reauthenticate/",
    "/account/2fa/webauthn/",
    "/account/2fa/webauthn/add/",
    "/account/2fa/totp/activate/",
    "/desk/done/",
]


class Ears:
    """What a page complains of. A document that is refused is no complaint: its status is what the test asked for."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.heard.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "the server responded with a status of 40" not in text:
            self.heard.append(text)


@pytest.fixture(scope="module")
def at(newsroom: Newsroom) -> str:
    """Where the newsroom's pages are: passkeys need a name, not a number."""
    return f"http://localhost:{newsroom.port}"


def person(newsroom: Newsroom, name: str) -> str:
    """Somebody with PASSWORD; returns the address to sign in with."""
    email = f"{name}@courier.example"
    where = {"STANDFIRST_HOME": str(newsroom.home), "STANDFIRST_PORT": str(newsroom.port)}
    env = {**os.environ, **where, "DJANGO_SETTINGS_MODULE": "standfirst.site.settings"}
    subprocess.run([sys.executable, "-c", PERSON, email, PASSWORD], env=env, check=True)
    return email


def sign_in(page: Page, at: str, email: str) -> None:
    """By password, ending on the account's page."""
    page.goto(f"{at}/account/login/?next=/account/2fa/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in with a password").click()
    page.wait_for_url("**/account/2fa/")


def authenticator(context: BrowserContext, page: Page) -> tuple[CDPSession, str]:
    """A device that can make passkeys, and holds them for this page."""
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    return devices, devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]


@pytest.fixture(scope="module")
def signed_in(newsroom: Newsroom, at: str, browser: Any) -> Iterator[dict[str, Any]]:  # Any: playwright's own state
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    sign_in(page, at, person(newsroom, "walker"))
    yield context.storage_state()
    context.close()


def seen(page: Page, ears: Ears) -> None:
    """Judge the page that is open, at both widths, light and dark."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than {width}"
    assert everywhere(page) == []
    small = page.evaluate(
        "[...document.querySelectorAll('.btn, .along a, .more a, .field input:not([type=hidden])')]"
        ".filter(one => one.offsetParent && !['checkbox', 'radio'].includes(one.type) && one.offsetHeight < 44)"
        ".map(one => one.outerHTML)"
    )
    assert small == []
    assert page.locator("style, [style], script:not([src]):not([type='application/json'])").count() == 0
    assert ears.heard == []


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_page_before_the_door(at: str, opener: Opener, path: str) -> None:
    page = opener().new_page()
    ears = Ears(page)
    page.goto(at + path)
    seen(page, ears)
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("path", INSIDE)
def test_a_page_behind_the_door(at: str, opener: Opener, signed_in: dict[str, Any], path: str) -> None:
    page = opener(storage_state=signed_in).new_page()
    ears = Ears(page)
    page.goto(at + path)
    assert "/login/" not in page.url
    seen(page, ears)


def test_ears_hear_what_a_policy_forbids(at: str, opener: Opener) -> None:
    """The control."""
    page = opener().new_page()
    ears = Ears(page)
    page.goto(f"{at}/account/login/")
    page.evaluate("() => document.body.append(Object.assign(document.createElement('style'), {textContent: 'b{}'}))")
    page.wait_for_function("document.querySelector('style')")
    assert any("Content Security Policy" in heard for heard in ears.heard)


def test_errors_stand_beside_their_fields(at: str, opener: Opener, signed_in: dict[str, Any]) -> None:
    page = opener(storage_state=signed_in).new_page()
    ears = Ears(page)
    page.goto(f"{at}/account/password/change/")
    page.get_by_label("Password now").fill("not this one at all")
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password again").fill("shorter")
    page.get_by_role("button", name="Save the password").click()
    field = page.get_by_label("New password", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    described = str(field.get_attribute("aria-describedby")).split()
    assert "12 characters" in page.locator(f"#{described[-1]}").inner_text()
    assert all(page.locator(f"#{id}").count() == 1 for id in described)
    seen(page, ears)


def test_a_password_is_enough_without_javascript(newsroom: Newsroom, at: str, opener: Opener) -> None:
    page = opener(java_script_enabled=False).new_page()
    page.goto(f"{at}/account/login/")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    sign_in(page, at, person(newsroom, "plain"))
    expect(page.get_by_role("heading", name="How you sign in")).to_be_visible()
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_a_passkey_is_added_and_signs_in(newsroom: Newsroom, at: str, opener: Opener) -> None:
    context = opener(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    ears = Ears(page)
    sign_in(page, at, person(newsroom, "keeper"))
    devices, key = authenticator(context, page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    seen(page, ears)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert len(page.evaluate("navigator.clipboard.readText()").split()) == 10
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert len(download.value.path().read_text().split()) == 10

    for path in ("", "webauthn/", "recovery-codes/", "webauthn/reauthenticate/", "reauthenticate/"):
        page.goto(f"{at}/account/2fa/{path}")
        seen(page, ears)
    page.goto(f"{at}/account/2fa/webauthn/")
    expect(page.get_by_role("heading", name="Work laptop")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{at}/account/login/?next=/account/2fa/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account/2fa/")
    page.get_by_role("button", name="Sign out").click()

    devices.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.goto(f"{at}/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("cancelled")
    seen(page, ears)


def test_what_went_wrong_with_a_passkey_is_said(at: str, opener: Opener) -> None:
    page = opener().new_page()
    page.goto(f"{at}/account/login/")
    page.evaluate("() => void (PublicKeyCredential.parseCreationOptionsFromJSON = undefined)")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot use passkeys")
    page.evaluate("() => void Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("https")


def test_the_end_of_a_dialog_tells_the_desk(at: str, opener: Opener, signed_in: dict[str, Any]) -> None:
    context = opener(storage_state=signed_in)
    desk, dialog = context.new_page(), context.new_page()
    desk.goto(f"{at}/account/2fa/")
    desk.evaluate("() => void (new BroadcastChannel('standfirst').onmessage = event => { window.told = event.data })")
    dialog.goto(f"{at}/desk/done/")
    desk.wait_for_function("window.told")
    assert desk.evaluate("window.told") == {"type": "signed-in"}


def test_where_one_signs_in_the_browser_forgets_who_was_at_the_desk(at: str, opener: Opener) -> None:
    context = opener()
    desk, door = context.new_page(), context.new_page()
    desk.goto(f"{at}/account/password/reset/")
    desk.evaluate(
        "() => new Promise(done => { const asked = indexedDB.open('standfirst', 1);"
        " asked.onsuccess = () => { asked.result.close(); done() } })"
    )
    desk.evaluate("() => void (new BroadcastChannel('standfirst').onmessage = event => { window.told = event.data })")
    kept = "indexedDB.databases().then(all => all.map(one => one.name))"
    assert desk.evaluate(kept) == ["standfirst"], "its control"
    door.goto(f"{at}/account/login/")
    desk.wait_for_function("window.told")
    assert desk.evaluate("window.told") == {"type": "signed-out"}
    assert desk.evaluate(kept) == []


def test_a_form_that_was_not_sent_from_here_is_refused_by_a_page(at: str, opener: Opener) -> None:
    page = opener().new_page()
    page.goto(f"{at}/account/login/")
    page.evaluate("document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach(one => one.remove())")
    page.get_by_label("E-mail address").fill("somebody@courier.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in with a password").click()
    expect(page.get_by_text("Error 403")).to_be_visible()
    assert violations(page) == []
