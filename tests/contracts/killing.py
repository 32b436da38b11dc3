"""Write from many threads, kill the server at any moment, start it again, send again what was not answered."""

import signal
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Protocol

import httpx

from tests import homes, scopes
from tests.contracts.history import History
from tests.plain import NO_TLS

WRITERS = 4
MOST = 12
"""Answers that a cycle waits for at most before it kills."""
TRIES = 600
"""Tenths of a second that a server may take to start."""
_PAUSE = threading.Event()
"""Never set: to wait on."""
SLUG = "flood"


class Unanswered(Exception):
    """The write may have been done or not."""


class Target(Protocol):
    """Something that can be killed."""

    def start(self) -> None: ...

    def kill(self) -> None: ...

    def write(self, key: str) -> int:
        """The number at which the write of this key stands. Raises Unanswered."""

    def log(self) -> list[tuple[int, str]]:
        """Number and key of every write that is in the log."""


class Server:
    """`standfirst serve`, written to over its API: each write is an update whose headline is its key."""

    serve: tuple[str, ...] = (homes.COMMAND, "serve")

    def __init__(self, env: dict[str, str]) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self._env = {**env, "STANDFIRST_PORT": str(self.port)}
        self._url = f"http://127.0.0.1:{self.port}"
        self._said = Path(env["STANDFIRST_HOME"]).with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None
        token, _ = homes.begin(
            self._env,
            ("token", "create", *scopes.options("editor")),
            ("story", "open", SLUG, "--headline", "The sea wall gives way"),
        )
        self._headers = {"Authorization": f"Bearer {token}"}

    def command(self, *words: str) -> str:
        """What `standfirst …` prints."""
        return homes.command(self._env, *words)

    def start(self) -> None:
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(self.serve, env=self._env, stdout=said, stderr=said)
        for _ in range(TRIES):
            with suppress(httpx.TransportError):
                if httpx.get(f"{self._url}/healthz", trust_env=False, verify=NO_TLS).is_success:
                    return
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.1)
                break
        raise AssertionError(f"the server does not answer:\n{self._said.read_text()[-4000:]}")

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals) -> int:
        """Stop it; its exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(how)
        return self._process.wait()

    def write(self, key: str) -> int:
        try:
            answer = httpx.post(
                f"{self._url}/api/v1/stories/{SLUG}/updates",
                json={"headline": key, "text": f"Water at {key}."},
                headers={**self._headers, "Idempotency-Key": key},
                timeout=30,
                trust_env=False,
                verify=NO_TLS,
            )
        except httpx.TransportError as error:
            raise Unanswered(key) from error
        if answer.status_code in (429, 503):
            raise Unanswered(key)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return int(answer.json()["seq"])

    def log(self) -> list[tuple[int, str]]:
        with httpx.Client(base_url=self._url, headers=self._headers, trust_env=False, verify=NO_TLS) as client:
            head = client.get(f"/api/v1/stories/{SLUG}").raise_for_status().json()["seq"]
            entries = (client.get(f"/{SLUG}/log/{n}").raise_for_status().json() for n in range(2, head + 1))
            return [(entry["entry"]["seq"], self._headline(entry)) for entry in entries]

    def _headline(self, entry: dict) -> str:
        return str(entry["openings"][entry["entry"]["payload"]["headline"]["$text"]]["value"])


def run(target: Target, cycles: int, seed: int) -> tuple[History, list[tuple[int, str]]]:
    """Kill `cycles` times; in the end every key was answered. The target runs when this returns."""
    random = Random(seed)  # to be repeated, not to be secret
    history = History()
    unanswered: list[str] = []
    for cycle in range(cycles):
        target.start()
        unanswered = _write_until_killed(target, history, cycle, unanswered, random)
    target.start()
    for key in unanswered:
        _insist(target, history, key)
    return history, target.log()


def _write_until_killed(target: Target, history: History, cycle: int, first: list[str], random: Random) -> list[str]:
    """One cycle; what was sent in it, or before, and is not answered."""
    left = list(first)
    news = threading.Condition()
    answers = 0
    over = threading.Event()

    def write(name: str) -> None:
        nonlocal answers
        n = 0
        while not over.is_set():
            with news:
                key = left.pop() if left else ""
            if not key:
                key, n = f"{name}-{n}", n + 1
            history.sends(key)
            try:
                history.answered(key, target.write(key))
            except Unanswered:
                with news:
                    left.append(key)
                continue
            with news:
                answers += 1
                news.notify()

    threads = [threading.Thread(target=write, args=[f"c{cycle}-w{w}"]) for w in range(WRITERS)]
    for thread in threads:
        thread.start()
    wanted = random.randint(1, MOST)
    with news:
        news.wait_for(lambda: answers >= wanted, timeout=60)
        news.wait(timeout=random.uniform(0, 0.01))  # into the midst of the next writes
    target.kill()
    over.set()
    for thread in threads:
        thread.join()
    return left


def _insist(target: Target, history: History, key: str) -> None:
    for _ in range(TRIES):
        history.sends(key)
        with suppress(Unanswered):
            history.answered(key, target.write(key))
            return
        _PAUSE.wait(0.1)  # nobody may listen at this moment
    raise AssertionError(f"{key} is never answered")
