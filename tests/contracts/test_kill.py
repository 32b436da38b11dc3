"""Acknowledged is kept: after kill -9 at any moment nothing acknowledged is lost, doubled or reordered."""

import json
import threading
from collections.abc import Iterator

import pytest

from tests.contracts import killing
from tests.contracts.history import faults
from tests.contracts.killing import Server, Target, Unanswered

SEED = 20260301
SOAK = 200


@pytest.fixture
def server(own_database: dict[str, str]) -> Iterator[Server]:
    made = Server(own_database)
    yield made
    made.kill()


def check(server: Server, cycles: int) -> None:
    history, log = killing.run(server, cycles, SEED)
    assert faults(history, log) == []
    assert len(log) >= cycles
    assert json.loads(server.command("verify", "--json"))["faults"] == []


def test_nothing_acknowledged_is_lost_by_kill_9(server: Server, request: pytest.FixtureRequest) -> None:
    check(server, request.config.getoption("--cycles"))


@pytest.mark.soak
def test_nothing_acknowledged_is_lost_by_200_kills(server: Server) -> None:
    check(server, SOAK)


class Memory:
    """A server without a process: keeps its word, but for what `wrong` names. Killed, it loses what is not stored."""

    def __init__(self, wrong: str = "") -> None:
        self.wrong = wrong
        self._stored: list[str] = []
        self._cached: list[str] = []
        self._lock = threading.Lock()
        self._up = False
        self._calls = 0

    def start(self) -> None:
        self._up = True

    def kill(self) -> None:
        with self._lock:
            self._up = False
            self._cached = list(self._stored)

    def write(self, key: str) -> int:
        with self._lock:
            if not self._up:
                raise Unanswered(key)
            self._calls += 1
            if key not in self._cached or self.wrong == "forgets keys":
                self._cached.insert(len(self._cached) - (self.wrong == "reorders" and self._calls % 5 == 0), key)
            if self.wrong != "answers before it stores" or self._calls % 5 == 0:
                self._stored = list(self._cached)
            if self._calls % 7 == 0:  # the answer is lost on its way
                raise Unanswered(key)
            return len(self._cached) - self._cached[::-1].index(key)

    def log(self) -> list[tuple[int, str]]:
        return list(enumerate(self._stored, 1))


def judged(target: Target) -> list[str]:
    return faults(*killing.run(target, 20, SEED))


def test_the_loop_finds_nothing_in_a_server_that_keeps_its_word() -> None:
    assert judged(Memory()) == []


@pytest.mark.parametrize(
    ("wrong", "found"),
    [("answers before it stores", "lost"), ("forgets keys", "doubled"), ("reorders", "reordered")],
)
def test_control_the_loop_finds_a_server_that_does_not(wrong: str, found: str) -> None:
    assert found in {fault.split(":")[0] for fault in judged(Memory(wrong))}
