"""Many readers of one stream (`load.c`), messages to publish to them, and what became of each."""

import json
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

from benchmarks.fanout.build import Tools
from benchmarks.servers import unverified

EVENT_BYTES = 615
"""An event on the wire: `event: ops`, an id, the message."""
FRAME_BYTES = len(b"event: ops\nid: 99\ndata: \n\n")
PATIENCE_S = 30.0
IDLE_S = 1.0
PROCESS_MOST = 19_000
"""Readers in one load process: 20,000 open files are the usual limit."""

WORDS = (
    "The harbour gauge stood at {a}.{b} metres at the top of the tide, the harbour master said, {c} below the quay. ",
    "Two lorries with pumps have left the depot and are expected within {c} minutes. ",
    "People in the lower streets were asked to take what they need for {c} nights. ",
    "The railway has stopped all trains between platform {a} and junction {b} until further notice. ",
    "A spokesman for the county said {c} households were without power this morning. ",
)


@dataclass
class Seen:
    """What readers saw of some events. Latencies in microseconds: the least of a class, and how many are in it."""

    deliveries: int = 0
    doubled: int = 0
    skipped: int = 0
    behind: int = 0
    bytes: int = 0
    max_us: int = 0
    open: int = 0
    classes: dict[int, int] = field(default_factory=dict)

    def add(self, more: "Seen") -> None:
        """Count those in too; `behind` and `open` are what was said last."""
        for name in ("deliveries", "doubled", "skipped", "bytes"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        self.behind, self.open = more.behind, more.open
        self.max_us = max(self.max_us, more.max_us)
        for least, count in more.classes.items():
            self.classes[least] = self.classes.get(least, 0) + count

    def at(self, part: float) -> float:
        """The latency that `part` of the deliveries kept, in milliseconds; NaN if there were none."""
        left = part * sum(self.classes.values())
        for least in sorted(self.classes):
            left -= self.classes[least]
            if left <= 0:
                return least / 1000
        return float("nan")


class Readers:
    """`count` open streams on a server, in as many processes as their files need."""

    def __init__(self, processes: list["subprocess.Popen[str]"], count: int) -> None:
        self._processes = processes
        self.count = count

    def until(self, n: int, seconds: float = PATIENCE_S) -> Seen:
        """Wait until each has message `n`, at most `seconds`; what came since the last time."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"until {n} {int(seconds * 1000)}\n")
            process.stdin.flush()
        seen = Seen()
        behind = open_ = 0
        for process in self._processes:
            more = _line(process)
            part = Seen(**{**more, "classes": dict(more["classes"])})
            seen.add(part)
            behind, open_ = behind + part.behind, open_ + part.open
        seen.behind, seen.open = behind, open_
        return seen


@contextmanager
def reading(tools: Tools, addresses: Sequence[str], count: int, *options: str) -> Iterator[Readers]:
    """Open `count` streams, spread evenly over `addresses`. `options` are load.c's: "gzip", "stall", "window=N"."""
    with ExitStack() as ended:
        processes = []
        for address, share in _shares(addresses, count):
            parts = urlsplit(address)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            given = [*options, *(["tls"] if parts.scheme == "https" else [])]
            command = [tools.load, str(parts.port), path, str(share), *given]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            ended.enter_context(process)
            ended.callback(process.kill)
            processes.append(process)
        for process in processes:
            _line(process)
        yield Readers(processes, count)


def _shares(addresses: Sequence[str], count: int) -> Iterator[tuple[str, int]]:
    """Which load process opens how many streams where."""
    for place, address in enumerate(addresses):
        left = count * (place + 1) // len(addresses) - count * place // len(addresses)
        while left:
            yield address, min(left, PROCESS_MOST)
            left -= min(left, PROCESS_MOST)


def _line(process: "subprocess.Popen[str]") -> dict:  # as load.c writes it
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said:
        raise RuntimeError(f"{' '.join(process.args)} ended with {process.wait()}: see what it said above")
    return json.loads(said)


class Publisher:
    """Posts numbered messages to each of `addresses` over connections that stay open."""

    def __init__(self, *addresses: str) -> None:
        self._targets = []
        for address in addresses:
            parts = urlsplit(address)
            secure = parts.scheme == "https"
            to = HTTPSConnection(parts.netloc, context=unverified()) if secure else HTTPConnection(parts.netloc)
            self._targets.append((to, parts.path))
        self.last = 0
        self.message: Callable[[int, int], str] = message
        self._used = 0.0

    def publish(self, many: int = 1) -> int:
        """Send the next message, or `many` in one body, a line each; gives the number of the last."""
        self._connect()
        numbers = range(self.last + 1, self.last + many + 1)
        now = time.monotonic_ns()
        body = "\n".join(self.message(n, now) for n in numbers)
        for connection, path in self._targets:
            connection.request("POST", path, body)
        for connection, _ in self._targets:
            answer = connection.getresponse()
            answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"publishing was answered {answer.status}")
        self.last = numbers[-1]
        return self.last

    def posts(self, many: int) -> int:
        """Send so many messages, each in a request of its own, without waiting for an answer in between."""
        self._connect()
        connection, path = self._targets[0]
        for _ in range(many):
            self.last += 1
            body = self.message(self.last, time.monotonic_ns())
            head = f"POST {path} HTTP/1.1\r\nHost: {connection.host}\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sock.sendall((head + body).encode())
        answers = b""
        while answers.count(b"HTTP/1.1 2") < many:
            more = connection.sock.recv(65536)
            if not more:
                raise RuntimeError(f"of {many} posts in a row some were not answered: {answers!r}")
            answers += more
        return self.last

    def _connect(self) -> None:
        """Anew if the connections were idle: servers close such ones after seconds."""
        if time.monotonic() - self._used > IDLE_S:
            for connection, _ in self._targets:
                connection.close()
                connection.connect()
        self._used = time.monotonic()

    def close(self) -> None:
        """Close the connections."""
        for connection, _ in self._targets:
            connection.close()


def stamped(n: int, at: int) -> str:
    """What a message begins with: load.c looks for it."""
    return f'{{"n":"{n:08d}","at":"{at:022d}",'


def message(n: int, at: int, size: int = EVENT_BYTES - FRAME_BYTES) -> str:
    """Message `n`, published at `at` (CLOCK_MONOTONIC, nanoseconds): an operation with some words, `size` bytes."""
    chance = random.Random(n)
    head = f'{stamped(n, at)}"seq":{n},"ops":[{{"op":"insert","before":"u{n - 1:09d}","html":"'
    html = f'<article class=\\"update\\" id=\\"u{n:09d}\\"><h3>Gauge reading {n}</h3><p>'
    tail = '</p></article>"}]}'
    words = ""
    while len(words) < size:
        words += chance.choice(WORDS).format(a=chance.randint(1, 9), b=chance.randint(1, 99), c=chance.randint(2, 90))
    return head + html + words[: size - len(head) - len(html) - len(tail)] + tail
