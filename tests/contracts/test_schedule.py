"""A real server: what becomes due while it runs goes out then, and what did while it was dead when it is back."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.contracts.killing import SLUG, Server
from tests.contracts.workers import PATIENCE_S, Workers

AHEAD_S = 2


@pytest.fixture
def server(own_database: dict[str, str]) -> Iterator[Server]:
    made = Server(own_database)
    made.start()
    yield made
    made.kill()


def send(server: Server, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    url = f"http://127.0.0.1:{server.port}/api/v1/stories/{SLUG}{path}"
    known = {**server._headers, **headers}
    return httpx.request(method, url, json=body, headers=known, timeout=PATIENCE_S, trust_env=False)


def ask(server: Server, path: str) -> Any:
    return send(server, "GET", path).raise_for_status().json()


def planned(server: Server, draft: str) -> datetime:
    """A draft that goes out in a moment: when."""
    body, begin = {"text": "The wall holds.", "pin": True}, {"If-None-Match": "*"}
    send(server, "PUT", f"/drafts/{draft}", body, **begin).raise_for_status()
    for again in range(8):  # a busy machine may hear of a moment when it is over
        at = datetime.now(UTC) + timedelta(seconds=AHEAD_S * 2**again)
        said = send(server, "PUT", f"/drafts/{draft}/schedule", {"at": at.isoformat(), "embargo": True})
        if said.status_code == 200:
            assert said.json()["state"] == "scheduled"
            return at
    raise AssertionError(said.text)


def entry(server: Server, seq: int) -> Any:
    """The entry, once it is there: the next one, for which a request is held for a while, and then asked again."""
    url = f"http://127.0.0.1:{server.port}/{SLUG}/log/{seq}"
    for _ in range(100):
        answer = httpx.get(url, timeout=PATIENCE_S, trust_env=False)
        if answer.status_code == 200:
            return answer.json()["entry"]
    raise AssertionError(f"{url}: {answer.status_code}")


def over(at: datetime) -> None:
    """Wait until the clock says so."""
    threading.Event().wait(max(0.0, (at - datetime.now(UTC)).total_seconds()))


def told(server: Server) -> list[tuple[str, str]]:
    log = [entry(server, seq) for seq in range(2, ask(server, "")["seq"] + 1)]
    return [(one["kind"], one["payload"]["id"]) for one in log]


def test_a_server_that_was_killed_before_the_time_publishes_once_when_it_is_back(server: Server) -> None:
    at = planned(server, "draftdraft")
    server.kill()
    over(at)
    for _ in range(2):  # the second start finds nothing to do
        server.start()
        assert datetime.fromisoformat(entry(server, 2)["payload"]["published"]) >= at
        assert told(server) == [("UpdatePosted", "draftdraft"), ("UpdatePinned", "draftdraft")]
        assert ask(server, "/drafts/draftdraft")["state"] == "published"
        server.kill()


def test_a_server_that_runs_publishes_by_itself_and_nothing_before_the_time(server: Server) -> None:
    for seq, draft in ((2, "draftdraft"), (4, "otherdraft")):
        at = planned(server, draft)
        there = entry(server, seq)["payload"]
        assert there["id"] == draft
        assert datetime.fromisoformat(there["published"]) >= at


def test_several_processes_publish_it_once(own_database: dict[str, str]) -> None:
    workers = Workers(own_database, 3)
    workers.start()
    try:
        for number in range(4):
            planned(workers, f"draftdraf{number}")
        for seq in range(2, 10):
            entry(workers, seq)
        assert sorted(id for kind, id in told(workers) if kind == "UpdatePosted") == [f"draftdraf{n}" for n in range(4)]
        assert len(told(workers)) == 8
    finally:
        workers.stop()
