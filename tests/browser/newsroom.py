"""A newsroom in its own folder: `standfirst serve` as a real process, and its API."""

import itertools
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx

from tests import homes, scopes
from tests.plain import NO_TLS

STARTING = 600
"""Tries, a tenth of a second apart, for a server to answer."""


class Newsroom:
    """Start, kill and ask it. Everything it has lies in `home`; its port stays the same over restarts."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.door = f"http://localhost:{self.port}"  # where people sign in: a passkey belongs to a name
        self.environ = {**os.environ, "STANDFIRST_HOME": str(home), "STANDFIRST_PORT": str(self.port)}
        self.environ.pop("DJANGO_SETTINGS_MODULE", None)
        self._process: subprocess.Popen[bytes] | None = None
        self._keys = itertools.count()
        roles = ("editor", "owner")
        made = [("token", "create", "--name", f"The {role}’s desk", *scopes.options(role)) for role in roles]
        self._tokens = dict(zip(roles, homes.begin(self.environ, *made), strict=True))
        self.start()
        self.client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=30, trust_env=False, verify=NO_TLS)

    def start(self) -> None:
        """Returns when the server answers. Raises AssertionError with what it said if it ended instead."""
        log = (self.home.parent / f"{self.home.name}.log").open("ab")
        with log:
            self._process = subprocess.Popen([homes.COMMAND, "serve"], env=self.environ, stdout=log, stderr=log)
        for _ in range(STARTING):
            try:
                httpx.get(f"{self.url}/healthz", trust_env=False, verify=NO_TLS).raise_for_status()
                return
            except httpx.HTTPError:
                try:
                    self._process.wait(timeout=0.1)
                    break
                except subprocess.TimeoutExpired:
                    continue
        raise AssertionError(f"the server does not answer:\n{Path(log.name).read_text()[-4000:]}")

    def kill(self) -> None:
        """What a power cut does."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        self._end(signal.SIGTERM)
        self.client.close()

    def ask(self, method: str, path: str, data: object = None, *, role: str = "editor", **more: str) -> dict[str, Any]:
        """A request that must succeed. A write gets a key of its own; `more` are headers."""
        headers = {
            "Authorization": f"Bearer {self._tokens[role]}",
            "Idempotency-Key": f"browser-{next(self._keys)}",
            **more,
        }
        answer = self.client.request(method, path, json=data, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def open(self, name: str, **fields: Any) -> "Desk":
        """Opens a story under an address of its own, made of `name`."""
        slug = f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')[:70].rstrip('-')}-{next(self._keys)}"
        self.ask("POST", "/stories", {"slug": slug, "headline": "The sea wall at Marrow gives way", **fields})
        return Desk(self, slug)

    def command(self, *words: str) -> str:
        """What `standfirst` prints; it must succeed."""
        return homes.command(self.environ, *words)

    def _end(self, how: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(how)
        self._process.wait(timeout=30)


class Desk:
    """One story, as those who write it see it."""

    def __init__(self, newsroom: Newsroom, slug: str) -> None:
        self.newsroom, self.slug = newsroom, slug
        self.url = f"{newsroom.url}/{slug}"
        self.seq = 1
        self._count = itertools.count(1)

    def post(self, headline: str = "", text: str = "", **fields: Any) -> str:
        """Publishes an update; returns its id."""
        n = next(self._count)
        headline = headline or f"Report number {n}"
        words = text or f"The {n}th report from the harbour says the water is still rising.\n\nMore follows."
        return self.do("POST", "/updates", {"headline": headline, "text": words, **fields})["update"]

    def edit(self, id: str, **fields: Any) -> None:
        self.do("PATCH", f"/updates/{id}", fields, **{"If-Match": "*"})

    def ids(self) -> list[str]:
        """Its updates, newest first: the last hundred."""
        return [update["id"] for update in self.updates()]

    def updates(self) -> list[dict[str, Any]]:
        """The same, as the API shows them."""
        found: list[dict[str, Any]] = self.newsroom.ask("GET", f"/stories/{self.slug}/updates?limit=100")["updates"]
        return found

    def retract(self, id: str, reason: str = "It was another harbour.") -> None:
        self.do("POST", f"/updates/{id}/retract", {"reason": reason})

    def do(self, method: str, path: str, data: object = None, **more: str) -> dict[str, Any]:
        answer = self.newsroom.ask(method, f"/stories/{self.slug}{path}", data, **more)
        self.seq = answer["seq"]
        return answer


def story(newsroom: Newsroom, name: str, **fields: Any) -> Desk:
    """Opens a story with three updates: One, Two, Three."""
    desk = newsroom.open(name, **{"standfirst": "Harbour roads are under water.", **fields})
    for headline in ("One", "Two", "Three"):
        desk.post(headline)
    return desk


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
