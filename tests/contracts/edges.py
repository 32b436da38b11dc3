"""`standfirst edge` as a process that can be killed, and readers that follow a story through it."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import httpx

from tests.contracts.killing import SLUG
from tests.edge.sse import Decoder
from tests.homes import COMMAND
from tests.plain import NO_TLS

PATIENCE_S = 60.0
"""For what is sure to come: never waited out."""


class EdgeProcess:
    """One edge. `start` after `kill` starts another one in its place, with nothing of what it had."""

    def __init__(self, origin: str, log: Path) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = int(one.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._origin = origin
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("STANDFIRST_")}
        command = [COMMAND, "edge", "--origin", self._origin, "--port", str(self.port)]
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(command, env=env, cwd=self._log.parent, stdout=said, stderr=said)

    def kill(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Its exit status after SIGTERM, if it was not killed."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(PATIENCE_S)

    def said(self) -> str:
        return self._log.read_text()

    def first_health(self) -> tuple[int, str]:
        """What it says of itself as soon as it answers, which is after it asked its origin."""
        for _ in range(600):
            with suppress(httpx.TransportError):
                answer = httpx.get(f"{self.url}/healthz", trust_env=False, verify=NO_TLS)
                return answer.status_code, answer.text
            time.sleep(0.1)
        raise AssertionError(self.said())

    async def ready(self) -> None:
        """Returns when it has heard its origin."""
        async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(trust_env=False) as client:
            while True:
                with suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/healthz")).is_success:
                        return
                await asyncio.sleep(0.05)


class Follower:
    """Follows a story as a browser does: when its stream ends it comes back, with the last id that it has seen.

    `careless` comes back without.
    """

    def __init__(self, url: str, *, careless: bool = False) -> None:
        self.url = url
        self.ids: list[int] = []
        self.said: list[str] = []
        self._careless = careless
        self._news = asyncio.Condition()

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE_S, trust_env=False) as client:
            while True:
                with suppress(httpx.TransportError):
                    await self._follow(client)
                await asyncio.sleep(0.02)  # a browser waits longer

    async def _follow(self, client: httpx.AsyncClient) -> None:
        headers = {"last-event-id": str(self.ids[-1])} if self.ids and not self._careless else {}
        async with client.stream("GET", f"/{SLUG}/live", headers=headers) as answer:
            decoder = Decoder()
            async for chunk in answer.aiter_bytes():
                for event in decoder.feed(chunk):
                    async with self._news:
                        self.said.append(event.event)
                        if event.event == "ops":
                            self.ids.append(int(event.id))
                        self._news.notify_all()

    async def has(self, *, last: int = 0, hellos: int = 0) -> None:
        """Returns when this entry was seen, and the stream was opened so often."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(
                lambda: (self.ids[-1] if self.ids else 0) >= last and self.said.count("hello") >= hellos
            )


def faults(ids: Sequence[int], first: int, last: int) -> list[str]:
    """What is wrong with what a reader saw of entries `first` to `last`: each once, in order."""
    found = [f"{n} came after {before}" for before, n in pairwise(ids) if n <= before]
    found += [f"{n} is missing" for n in range(first, last + 1) if n not in ids]
    return found
