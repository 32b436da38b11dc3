"""`standfirst user`, and the link by which a new newsroom gets its owner."""

import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from standfirst.accounts import owner
from standfirst.accounts.models import Invitation, Person
from tests import ports
from tests.accounts.conftest import PASSWORD, Browser, now, person, sign_in
from tests.cli.test_commands import ok, refused, told
from tests.cli.test_process import COMMAND
from tests.plain import NO_TLS

LINK = re.compile(r"http://localhost:\d+(/account/invitation/[\w-]{43}/)")
ASKED = {"name": "Bea Rill", "email": "bea@sallow.example", "password": PASSWORD}


def path_in(text: str) -> str:
    found = LINK.search(text)
    assert found, text
    return found[1]


@pytest.mark.django_db
def test_somebody_is_invited_changed_let_go_and_let_in_again() -> None:
    answer = told("user", "invite", "bea@sallow.example", "--role", "reporter", "--publishes")
    assert isinstance(answer, dict)
    assert answer["sent"] is False  # no mail server is set
    browser = Browser()
    assert browser.post(path_in(answer["link"]), ASKED).status_code == 302
    listed = told("user", "list")
    assert isinstance(listed, list)
    assert [(one["email"], one["role"], one["publishes"], one["active"]) for one in listed] == [
        ("bea@sallow.example", "reporter", True, True)
    ]
    assert "reporter" in ok("user", "list")
    assert ok("user", "role", "bea@sallow.example", "editor") == "bea@sallow.example is now editor\n"
    assert "browser" in ok("user", "sessions", "bea@sallow.example")
    assert ok("user", "sessions", "bea@sallow.example", "--end") == "ended 1 session of bea@sallow.example\n"
    assert browser.get("/account/welcome/").status_code == 302
    ok("user", "remove", "bea@sallow.example")
    assert "let them in again first" in refused("user", "link", "bea@sallow.example")
    sign_in(browser, "bea@sallow.example")
    assert browser.get("/account/welcome/").status_code == 302
    ok("user", "return", "bea@sallow.example")
    sign_in(browser, "bea@sallow.example")
    assert browser.get("/account/welcome/").status_code == 200


@pytest.mark.django_db
def test_what_cannot_be_is_told_in_one_line() -> None:
    person()
    assert "last owner" in refused("user", "role", "ann@sallow.example", "editor")
    assert "last owner" in refused("user", "remove", "ann@sallow.example")
    assert "no role 'boss'" in refused("user", "role", "ann@sallow.example", "boss")
    assert "nobody here is" in refused("user", "sessions", "eve@sallow.example")
    assert "no story 'nowhere'" in refused("user", "invite", "--role", "contributor", "--story", "nowhere")
    assert "no e-mail address" in refused("user", "invite", "bea", "--role", "editor")


@pytest.mark.django_db
def test_a_link_lets_somebody_in_once_who_lost_everything() -> None:
    ann = person()
    old, browser, other = Browser(), Browser(), Browser()
    sign_in(old)
    first = path_in(ok("user", "link", "ann@sallow.example"))
    path = path_in(ok("user", "link", "ann@sallow.example"))
    assert other.get(first).status_code == 404  # the newer one counts
    assert browser.get(path).status_code == 200
    assert old.get("/account/welcome/").status_code == 200  # looking changed nothing
    response = browser.post(path, {"password": "another long sentence"})
    assert (response.status_code, response["Location"]) == (302, "/account/2fa/")
    assert browser.get("/account/2fa/webauthn/add/").status_code == 200
    assert old.get("/account/welcome/").status_code == 302
    assert other.post(path, {"password": "a third long sentence"}).status_code == 404
    ann.refresh_from_db()
    assert ann.check_password("another long sentence")


@pytest.mark.django_db
def test_a_house_without_an_owner_has_one_link_and_none_with_one() -> None:
    first, second = owner.first_link(now=now()), owner.first_link(now=now())
    assert Browser().get(path_in(first)).status_code == 404
    assert Browser().post(path_in(second), ASKED).status_code == 302
    assert Person.objects.get().role == "owner"
    assert owner.first_link(now=now()) == ""
    ok("user", "role", "bea@sallow.example", "owner")
    assert Invitation.objects.filter(accepted=None, revoked=None).count() == 0


@pytest.mark.django_db
def test_the_servers_link_ends_when_an_owner_came_in_by_another() -> None:
    link = owner.first_link(now=now())
    path = path_in(ok("user", "invite", "--role", "owner"))
    assert Browser().post(path, ASKED).status_code == 302
    assert Browser().get(path_in(link)).status_code == 404


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_without_an_owner_prints_one_link(own_database: dict[str, str], tmp_path: Path, workers: int) -> None:
    said = serve(own_database, tmp_path, "--workers", str(workers))
    assert len(LINK.findall(said)) == 1


def test_a_server_with_an_owner_prints_none(own_database: dict[str, str], tmp_path: Path) -> None:
    script = (
        "from standfirst.cli import main\n"
        "from standfirst.site import boot\n"
        "from standfirst import config\n"
        "boot.prepare(config.load())\n"
        "from standfirst.accounts.models import Person\n"
        "Person.objects.create_user('ann@sallow.example', 'seven herons', name='Ann', role='owner')\n"
    )
    subprocess.run([sys.executable, "-c", script], env=own_database, check=True, cwd=tmp_path)
    assert not LINK.findall(serve(own_database, tmp_path))


def test_a_server_that_cannot_print_the_link_does_not_start(own_database: dict[str, str], tmp_path: Path) -> None:
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *COMMAND, "serve", "--port", str(ports.pair())]
    done = subprocess.run(command, env=own_database, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 2


def serve(env: dict[str, str], folder: Path, *more: str) -> str:
    """What `standfirst serve` says on standard error until it serves."""
    port, log = ports.pair(), folder / "said"
    with (
        log.open("w") as said,
        subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port), *more], env=env, cwd=folder, stdout=said, stderr=said
        ) as process,
    ):
        while not serves(port) and process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0, log.read_text()
    return log.read_text()


def serves(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", verify=NO_TLS).is_success
    except httpx.TransportError:
        return False
