"""The newsroom's people, made and signed in at the server, and sessions ended there."""

import itertools
import json
import subprocess
import sys
from typing import Any

from tests.browser.newsroom import Newsroom

PASSWORD = "lantern orbit gravel tide"
_AT_THE_SERVER = """
import json, sys
from standfirst import config
from standfirst.site import boot
boot.prepare(config.load())
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from standfirst.accounts import people, sessions
from standfirst.accounts.models import Person
from standfirst.accounts.roles import Actor
OWNER = Actor(id="cli:test", name="test", role="owner")

def person(email, password, name, role, publishes):
    made = Person.objects.create_user(email, password, name=name, role=role, publishes=publishes)
    EmailAddress.objects.create(user=made, email=email, primary=True, verified=True)
    return made.actor_id

def sign_in(email):
    person = Person.objects.get(email=email)
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(person.pk), settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.save()
    UserSession.objects.create(user=person, session_key=store.session_key, ip="127.0.0.0", user_agent="", data={})
    return [settings.SESSION_COOKIE_NAME, store.session_key]

def change_role(email, role):
    return people.change_role(Person.objects.get(email=email), role, by=OWNER).role

def end(email):
    return sessions.end_all(Person.objects.get(email=email), by="cli:test")

for line in sys.stdin:
    name, *given = json.loads(line)
    print(json.dumps(globals()[name](*given)), flush=True)
"""


class Porter:
    """A process at the server that lets people in and out. Several may be at one server."""

    _numbers = itertools.count(1)

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        command = [sys.executable, "-c", _AT_THE_SERVER]
        self._process = subprocess.Popen(
            command, env=newsroom.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def person(self, role: str, name: str, *, publishes: bool = False) -> str:
        """Somebody with this role; gives the address they sign in with. `publishes`: a reporter who may."""
        email = f"{name.lower().replace(' ', '.')}.{next(self._numbers)}@courier.example"
        self._ask("person", email, PASSWORD, name, role, publishes)
        return email

    def cookie(self, email: str) -> dict[str, str]:
        """Of a new session of theirs, as playwright takes it."""
        name, value = self._ask("sign_in", email)
        return {"name": name, "value": value, "url": self._newsroom.door}

    def end(self, email: str) -> None:
        """All their sessions."""
        assert self._ask("end", email)

    def change_role(self, email: str, role: str) -> None:
        assert self._ask("change_role", email, role) == role

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, *words: str | bool) -> Any:  # Any: JSON
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        assert said, f"{words[0]}: the process at the server ended"
        return json.loads(said)
