"""Crowds and chaos as processes of their own, beside a server that is one too."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import pairwise
from typing import IO, Any

import httpx

from tests.crowd.crowd import Plan

Figures = dict[str, Any]  # Any: JSON, as Crowd.figures and Crowd.report make it


def place(base: str, slug: str) -> tuple[str, int]:
    """Edition and entry of a story's page."""
    text = httpx.get(f"{base}/{slug}", trust_env=False).raise_for_status().text
    edition, seq = re.search(r'data-edition="([^"]+)"', text), re.search(r'data-seq="([0-9]+)"', text)
    assert edition is not None
    assert seq is not None
    return edition[1], int(seq[1])


@contextmanager
def proxies(
    port: int, count: int, *, seed: int, life: float, reach: int, host: str = "127.0.0.1"
) -> Iterator[list[int]]:
    """The ports of `count` chaos proxies before a server's."""
    command = [sys.executable, "-m", "tests.chaos"]
    given = [[str(port), str(seed + n), str(life), str(reach), host] for n in range(count)]
    started = [
        subprocess.Popen([*command, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for words in given
    ]
    try:
        yield [int(_out(process).readline()) for process in started]
    finally:
        for process in started:
            process.communicate()


class Crowds:
    """Readers in `count` processes, each a share of the plan's. `figures` is what they said last; `runs`: all do."""

    def __init__(self, plan: Plan, count: int) -> None:
        share = plan.readers // count
        plans = [replace(plan, readers=share, seed=plan.seed + n, rate=plan.rate / count) for n in range(count)]
        self._said: list[list[Figures]] = [[] for _ in range(count)]
        self.runs = True
        self._news = threading.Condition()
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.crowd.crowd", json.dumps(asdict(one))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for one in plans
        ]
        self._threads = [threading.Thread(target=self._listen, args=[n]) for n in range(count)]
        for thread in self._threads:
            thread.start()

    @property
    def pids(self) -> Sequence[int]:
        return [process.pid for process in self._processes]

    @property
    def figures(self) -> Figures:
        with self._news:
            return _sum(self._last())

    def have(self, name: str, least: int, seconds: float) -> bool:
        """Whether a figure comes to be at least so much in that time."""
        with self._news:
            self._news.wait_for(lambda: not self.runs or self._has(name, least), timeout=seconds)
            return self._has(name, least)

    def _has(self, name: str, least: int) -> bool:
        return all(self._said) and _sum(self._last())[name] >= least

    def _last(self) -> list[Figures]:
        return [said[-1] for said in self._said if said]

    def mark(self) -> list[int]:
        """A moment, for `rates`."""
        with self._news:
            return [len(said) for said in self._said]

    def rates(self, name: str, since: list[int]) -> list[int]:
        """By how much a figure grew in each second since a moment, as far as all have told."""
        with self._news:
            parts = [said[first - 1 :] for said, first in zip(self._said, since, strict=True)]
        steps = [[later[name] - former[name] for former, later in pairwise(part)] for part in parts]
        return [sum(step) for step in zip(*steps, strict=False)]

    def until(self, seq: int, seconds: float) -> Figures:
        """Have all come up to an entry; the report. Raises AssertionError if they do not in that time."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"until {seq}\n")
            process.stdin.flush()
        for thread in self._threads:
            thread.join(seconds)
        assert not any(thread.is_alive() for thread in self._threads), f"not all come up to {seq}: {self.figures}"
        return _sum(self._last())

    def close(self) -> None:
        """End what still runs."""
        for process in self._processes:
            process.kill()
            process.wait()
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def _listen(self, n: int) -> None:
        for line in _out(self._processes[n]):
            with self._news:
                self._said[n].append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self.runs = False
            self._news.notify_all()


def _out(process: "subprocess.Popen[str]") -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def _sum(parts: list[Figures]) -> Figures:
    total: Figures = {}
    for number, part in enumerate(parts):
        for name, value in part.items():
            if name in ("at", "least_cuts"):
                total[name] = (max if name == "at" else min)(value, total.get(name, value))
            elif name == "faults":
                total.setdefault(name, {}).update({f"{number}/{reader}": found for reader, found in value.items()})
            elif name == "words":
                total.setdefault(name, []).append(value)
            elif isinstance(value, dict):
                into = total.setdefault(name, {})
                for key, count in value.items():
                    into[key] = into.get(key, 0) + count
            else:
                total[name] = total.get(name, 0) + value
    return total
