"""A TCP proxy that does to connections what networks do: cuts them anywhere, resets, stalls, half-closes, delays.

    python -m tests.chaos PORT SEED LIFE REACH [HOST]

Forwards to PORT of this machine, and prints the port that it listens on. `Fate` says what becomes of a connection; the
n-th always has the same, whatever the others do. On standard input: "calm", and nothing is done to anybody until
"chaos", which then also befalls those who are connected. Each is answered by a line. Ends with standard input, and says
what it did.
"""

import asyncio
import json
import socket
import struct
import sys
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Literal, cast

import uvloop

End = Literal["close", "reset", "half-close to the reader", "half-close to the server", "stall"]
ENDS: tuple[End, ...] = ("close", "reset", "half-close to the reader", "half-close to the server", "stall")
HEAD_BYTES = 700
"""An answer's head and its first event end about here."""
LINGER_S = 2.0
"""How long a connection that stalls or is closed by half is kept."""


@dataclass(frozen=True, slots=True)
class Fate:
    """The connection ends this way after `at` bytes of the answer, or `after` seconds, whichever comes first.

    `delay`: what the server sends is held for up to so many seconds, and goes on in pieces; 0: at once.
    """

    end: End
    at: int
    after: float
    delay: float
    seed: int


def fate(seed: int, number: int, life: float, reach: int) -> Fate:
    """The fate of a connection: it lives `life` seconds at most and gets `reach` bytes at most, one in six only some of
    the answer's head.
    """
    chance = Random(f"{seed}/{number}")
    at = chance.randrange(HEAD_BYTES) if chance.random() < 1 / 6 else chance.randrange(reach)
    delay = chance.uniform(0.01, 0.2) if chance.random() < 0.25 else 0.0
    return Fate(chance.choice(ENDS), at, chance.uniform(life / 10, life), delay, chance.getrandbits(30))


class Proxy:
    """Listens on a port of its own. `cuts` counts what was done, by how much of an answer had come."""

    def __init__(self, port: int, seed: int, life: float, reach: int) -> None:
        self._port = port
        self._plan = (seed, life, reach)
        self._number = 0
        self._calm = False
        self.nears: set[Near] = set()
        self.cuts: Counter[str] = Counter()

    async def start(self, host: str) -> int:
        """The port that it listens on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Near(self), host, 0, backlog=4096)
        return int(self._server.sockets[0].getsockname()[1])

    def turn(self, calm: bool) -> None:
        """Be calm from now on, or no more."""
        self._calm = calm
        for near in self.nears:
            near.meet(self.next_fate())

    def next_fate(self) -> Fate | None:
        """None: nothing is done to this connection."""
        if self._calm:
            return None
        self._number += 1
        seed, life, reach = self._plan
        return fate(seed, self._number, life, reach)

    async def reach(self, near: "Near") -> None:
        """Connect to the server, from one of many addresses: one has too few ports."""
        home = f"127.2.{self._number % 200}.1"
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: near.far, "127.0.0.1", self._port, local_addr=(home, 0)
            )
        except OSError:
            near.cut()


class Near(asyncio.Protocol):
    """The reader's side."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.far = Far(self)
        self._early = b""
        self._passed = 0
        self._waiting = b""
        self._flush: asyncio.TimerHandle | None = None
        self._ended = False
        self._fate: Fate | None = None
        self._timer: asyncio.TimerHandle | None = None

    def meet(self, fate: Fate | None) -> None:
        """Have a fate from now on, instead of the one before."""
        if self._ended:
            return
        self._fate, self._passed = fate, 0
        self._stop_timer()
        if fate is not None:
            self._chance = Random(fate.seed)
            self._timer = asyncio.get_running_loop().call_later(fate.after, self.end)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self.proxy.reach(self))
        self.proxy.nears.add(self)
        self.meet(self.proxy.next_fate())

    def data_received(self, data: bytes) -> None:
        if self.far.transport is None:
            self._early += data
        elif not self._ended:
            self.far.transport.write(data)

    def reached(self) -> None:
        """The server is there."""
        assert self.far.transport is not None
        if self.transport.is_closing():
            self.far.transport.abort()
        elif self._early:
            self.far.transport.write(self._early)

    def answered(self, data: bytes) -> None:
        """Pass on what the server says, to where the connection ends."""
        if not self._waiting and (self._fate is None or not self._fate.delay):
            self._pass(data)
            return
        self._waiting += data
        if self._flush is None:
            self._flush_later()

    def _flush_later(self) -> None:
        wait = 0.0 if self._fate is None else self._chance.uniform(0, self._fate.delay)
        self._flush = asyncio.get_running_loop().call_later(wait, self._flush_some)

    def _flush_some(self) -> None:
        self._flush = None
        some = self._chance.randrange(1, len(self._waiting) + 1)
        piece, self._waiting = self._waiting[:some], self._waiting[some:]
        self._pass(piece)
        if self._waiting and not self._ended:
            self._flush_later()

    def _pass(self, data: bytes) -> None:
        if self._ended:
            return
        left = len(data) + 1 if self._fate is None else self._fate.at - self._passed
        self._passed += len(data)
        if not self.transport.is_closing():
            self.transport.write(data[:left])
        if len(data) >= left:
            self.end()

    def end(self) -> None:
        """Do what is fated."""
        if self._ended or self.transport.is_closing() or self._fate is None:
            return
        self._ended = True
        self.proxy.cuts[self._fate.end] += 1
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(LINGER_S, self.cut)
        far = self.far.transport
        if far is not None and far.is_closing():
            far = None
        match self._fate.end:
            case "close":
                self.transport.close()
            case "reset":
                _reset(self.transport)
            case "half-close to the reader":
                self.transport.write_eof()
            case "half-close to the server" if far is not None:
                far.write_eof()
            case "stall" if far is not None:
                far.pause_reading()

    def cut(self) -> None:
        """It is over."""
        self.transport.abort()

    def server_ended(self) -> None:
        """The server hung up; what it said before is passed on."""
        if self._waiting and not self._ended:
            asyncio.get_running_loop().call_later(0.1, self.server_ended)
        else:
            self.transport.close()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._stop_timer()
        self.proxy.nears.discard(self)
        if self.far.transport is not None:
            self.far.transport.abort()


class Far(asyncio.Protocol):
    """The server's side."""

    def __init__(self, near: Near) -> None:
        self._near = near
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._near.reached()

    def data_received(self, data: bytes) -> None:
        self._near.answered(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._near.server_ended()


def _reset(transport: asyncio.Transport) -> None:
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def main() -> None:
    port, seed, life, reach, *host = sys.argv[1:]
    proxy = Proxy(int(port), int(seed), float(life), int(reach))
    print(await proxy.start(host[0] if host else "127.0.0.1"), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        proxy.turn(line.strip() == "calm")
        print(line.strip(), flush=True)
    print(json.dumps(proxy.cuts), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
