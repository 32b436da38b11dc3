"""Clients that nobody wants: `python -m benchmarks.attack trickle|stall PORT COUNT`.

`trickle` sends the head of a request a byte at a time and never ends it. `stall` asks for much and never reads. One
that is thrown out comes back at once, until `rest` is said on standard input. Each line there is answered by one of
JSON: how many are open, how many came and went, and the longest that one of them stayed, in seconds.
"""

import json
import select
import socket
import sys
import time
from collections import deque

RATE = 500
"""New connections a second."""
TRICKLE_S = 2.0
"""Between two bytes of one client."""
SMALL = 4096
"""Bytes of a stalled client's receive buffer."""
FIRST, LAST = 9, 28
"""They come from 127.0.9.1 to 127.0.28.254, so that no budget of an address is what stops them."""

HEAD = b"GET /bench HTTP/1.1\r\nHost: x\r\nX-Trickle: "
BLOCK = b"GET /bench/log/1-100 HTTP/1.1\r\nHost: x\r\n\r\n" * 8


class Crowd:
    """`count` clients of a kind on a port of this machine."""

    def __init__(self, kind: str, port: int, count: int) -> None:
        self._kind = kind
        self._port = port
        self._count = count
        self._since: dict[socket.socket, float] = {}
        self._due: deque[tuple[float, socket.socket]] = deque()
        self._clients: dict[int, socket.socket] = {}
        self._epoll = select.epoll()
        self._epoll.register(sys.stdin, select.EPOLLIN)
        self._source = 0
        self._began = time.monotonic()
        self._resting = False
        self.opened = self.closed = 0
        self.longest = 0.0

    def run(self) -> None:
        """Until standard input ends."""
        while True:
            for descriptor, events in self._epoll.poll(0.02):
                if descriptor != sys.stdin.fileno():
                    self._heard(self._clients[descriptor], events)
                    continue
                line = sys.stdin.readline()
                if not line:
                    return
                self._resting = self._resting or line.strip() == "rest"
                self._say()
            self._trickle()
            self._come()

    def _say(self) -> None:
        now = time.monotonic()
        oldest = max((now - since for since in self._since.values()), default=0.0)
        said = {"open": len(self._since), "opened": self.opened, "closed": self.closed}
        print(json.dumps(said | {"longest": max(self.longest, oldest)}), flush=True)

    def _come(self) -> None:
        wanted = min(self._count - len(self._since), int((time.monotonic() - self._began) * RATE) - self.opened)
        for _ in range(0 if self._resting else min(wanted, RATE // 20)):
            self._open()

    def _open(self) -> None:
        self._source = (self._source + 1) % ((LAST - FIRST) * 254)
        client = socket.socket()
        client.setblocking(False)
        if self._kind == "stall":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        client.bind((f"127.0.{FIRST + self._source // 254}.{1 + self._source % 254}", 0))
        client.connect_ex(("127.0.0.1", self._port))
        self._clients[client.fileno()] = client
        self._epoll.register(client, select.EPOLLOUT)
        self._since[client] = time.monotonic()
        self.opened += 1

    def _heard(self, client: socket.socket, events: int) -> None:
        if not events & select.EPOLLOUT or events & (select.EPOLLERR | select.EPOLLHUP):
            self._close(client)
            return
        self._epoll.modify(client, select.EPOLLRDHUP)  # it reads nothing, so it hears of the end only
        client.send(HEAD if self._kind == "trickle" else BLOCK)
        if self._kind == "trickle":
            self._due.append((time.monotonic() + TRICKLE_S, client))

    def _trickle(self) -> None:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            _, client = self._due.popleft()
            if client not in self._since:
                continue
            try:
                client.send(b"x")
            except OSError:
                self._close(client)
            else:
                self._due.append((now + TRICKLE_S, client))

    def _close(self, client: socket.socket) -> None:
        self.longest = max(self.longest, time.monotonic() - self._since.pop(client))
        del self._clients[client.fileno()]
        client.close()
        self.closed += 1


if __name__ == "__main__":
    Crowd(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()
