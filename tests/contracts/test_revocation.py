"""R17: what is revoked is closed within two seconds, in every process. Real servers, both databases."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.contracts.killing import SLUG
from tests.contracts.test_workers import all_up
from tests.contracts.workers import PATIENCE_S, Workers
from tests.edge.sse import Decoder, Event

LIMIT_S = 2.0
"""What the contract promises."""
DESK = f"/api/v1/stories/{SLUG}/desk"
DRAFT = f"/api/v1/stories/{SLUG}/drafts/abcdefghij"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel whose a connection is")


@pytest.fixture(scope="module")
def workers(module_database: dict[str, str]) -> Iterator[Workers]:
    made = Workers(module_database, 2)
    made.start()
    yield made
    print(made.said())  # shown with a failure
    assert made.stop() == 0


@dataclass
class Stream:
    """One open desk; `ended` is when its connection was closed by the server, on the clock that everybody has."""

    events: list[Event] = field(default_factory=list)
    ended: float | None = None
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        asked = {**headers, "accept": "text/event-stream", "accept-encoding": "identity"}
        with suppress(httpx.TransportError):
            async with client.stream("GET", DESK, headers=asked) as answer:
                assert answer.status_code == 200, await answer.aread()
                assert "standfirst-stream" not in answer.headers
                decoder = Decoder()
                async for chunk in answer.aiter_raw():
                    async with self.news:
                        self.events += decoder.feed(chunk)
                        self.news.notify_all()
        async with self.news:
            self.ended = time.time()
            self.news.notify_all()

    async def until(self, what: Callable[["Stream"], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S), self.news:
            await self.news.wait_for(lambda: what(self))

    def has(self, kind: str) -> bool:
        return any(event.event == kind for event in self.events)


def token(server: Workers, *scopes: str) -> tuple[str, dict[str, str]]:
    """A new token's public id, and the headers of who bears it."""
    options = [part for scope in scopes for part in ("--scope", scope)]
    text = server.command("token", "create", *options).strip()
    return text.split("_")[1], {"Authorization": f"Bearer {text}"}


def revoke(server: Workers, public_id: str) -> float:
    """In a process of its own; when it did so."""
    said = json.loads(server.command("token", "revoke", public_id, "--json"))
    return datetime.fromisoformat(said["revoked"]).timestamp()


def run(server: Workers, code: str, *words: str) -> str:
    """What this code prints, in a process of the newsroom's."""
    command = [sys.executable, "-c", SET_UP + code, *words]
    done = subprocess.run(command, env=server.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def closed(streams: list[Stream], at: float) -> None:
    """All of these are, in time, and said why."""
    for stream in streams:
        await stream.until(lambda one: one.ended is not None)
        assert stream.ended is not None
        took = stream.ended - at
        print(f"closed after {took * 1000:.0f} ms")
        assert took <= LIMIT_S
        assert (stream.events[-1].event, json.loads(stream.events[-1].data)["why"]) == ("bye", "session")


async def everywhere(server: Workers, stack: AsyncExitStack, group: Any, headers: dict[str, str]) -> list[Stream]:
    """A stream on each worker, open."""
    found = []
    for pid in await all_up(server):
        client = await server.client(pid)
        stack.push_async_callback(client.aclose)
        del client.headers["authorization"]  # whoever asks says who it is
        stream = Stream()
        group.create_task(stream.run(client, headers))
        await stream.until(lambda one: one.has("hello"))
        found.append(stream)
    return found


def test_a_draft_is_told_on_every_worker_and_a_revoked_token_is_closed_on_all(workers: Workers) -> None:
    async def story() -> None:
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            gone, going = token(workers, "read", "drafts")
            _, staying = token(workers, "read", "drafts")
            mine = await everywhere(workers, stack, group, going)
            others = await everywhere(workers, stack, group, staying)
            async with httpx.AsyncClient(base_url=workers.url, trust_env=False, timeout=PATIENCE_S) as client:
                begun = await client.put(
                    DRAFT, json={"text": "Secret words."}, headers={**staying, "If-None-Match": "*"}
                )
                assert begun.status_code == 201, begun.text
            for stream in mine + others:
                await stream.until(lambda one: one.has("draft"))
                (told,) = [event for event in stream.events if event.event == "draft"]
                assert json.loads(told.data)["state"] == "draft"
                assert "Secret" not in told.data
            await asyncio.to_thread(workers.command, "update", "post", SLUG, "--text", "Water rises.")
            for stream in mine + others:
                await stream.until(lambda one: one.has("entry"))
            at = await asyncio.to_thread(revoke, workers, gone)
            await closed(mine, at)
            assert [stream.ended for stream in others] == [None, None]
            async with httpx.AsyncClient(base_url=workers.url, trust_env=False, timeout=PATIENCE_S) as client:
                assert (await client.get(DESK, headers=going)).status_code == 401
            await stack.aclose()

    asyncio.run(story())


SET_UP = """
import sys
from standfirst import config
from standfirst.site import boot
boot.setup(config.load())
from django.utils import timezone
"""
SIGNED_IN = """
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from standfirst.accounts.models import Person
person = Person.objects.create_user(f"{sys.argv[1]}@sallow.example", name=sys.argv[1], role="editor")
store = SessionStore()
store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(person.pk), settings.AUTHENTICATION_BACKENDS[0]
store[HASH_SESSION_KEY] = person.get_session_auth_hash()
store.save()
UserSession.objects.create(user=person, session_key=store.session_key, ip="127.0.0.0", user_agent="", data={})
print(settings.SESSION_COOKIE_NAME, store.session_key)
"""
PERSON = """
from standfirst.accounts import people, sessions
from standfirst.accounts.models import Person
from standfirst.accounts.roles import Actor
OWNER = Actor(id="cli:test", name="test", role="owner")
person = Person.objects.get(name=sys.argv[1])
at = timezone.now().timestamp()
"""
ENDINGS = {
    "session": 'sessions.end_all(person, by="cli:test")',
    "role": 'people.change_role(person, "viewer", by=OWNER)',
    "gone": "people.deactivate(person, by=OWNER)",
}


@pytest.mark.parametrize("how", ENDINGS)
def test_a_person_whose_session_or_role_ends_is_closed_on_all_workers(workers: Workers, how: str) -> None:
    async def story() -> None:
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            cookie = run(workers, SIGNED_IN, how).replace(" ", "=")
            streams = await everywhere(workers, stack, group, {"cookie": cookie})
            at = await asyncio.to_thread(run, workers, f"{PERSON}{ENDINGS[how]}\nprint(at)", how)
            await closed(streams, float(at))
            await stack.aclose()

    asyncio.run(story())


SILENTLY = """
from standfirst.accounts.models import Token
assert Token.objects.filter(public_id=sys.argv[1]).update(revoked=timezone.now()) == 1
"""


def test_without_the_event_the_stream_stays_open(workers: Workers) -> None:
    """Negative control: the token is revoked, and nobody is told."""

    async def story() -> None:
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            gone, going = token(workers, "read", "drafts")
            streams = await everywhere(workers, stack, group, going)
            await asyncio.to_thread(run, workers, SILENTLY, gone)
            async with httpx.AsyncClient(base_url=workers.url, trust_env=False, timeout=PATIENCE_S) as client:
                assert (await client.get(DESK, headers=going)).status_code == 401
            await asyncio.sleep(LIMIT_S + 1)  # longer than the contract allows
            assert [stream.ended for stream in streams] == [None, None]
            await stack.aclose()

    asyncio.run(story())
