"""The door: accepts connections itself, so that what nobody should get costs next to nothing.

A connection is looked at before anything is made for it: how many its client has already, and how fast all come. Over
its client's budget it is told so on the raw socket and closed. When too many come at once, accepting pauses and the
kernel's backlog holds them: readers who are here go first. When no file is left, newcomers are told to come back.
"""

import asyncio
import errno
import logging
import os
import socket
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus

from standfirst.config import ConfigError
from standfirst.edge.budgets import Bucket, Budgets, Lease, Trusted
from standfirst.edge.certificate import Certificate
from standfirst.edge.guard import refusal
from standfirst.edge.handshakes import Handshakes

log = logging.getLogger(__name__)

TURN = 64
"""Connections accepted in one turn of the event loop; then others get theirs."""
PAUSE_S = 0.02
"""Accepting pauses for at least so long, or it would stop and start all the time."""
STARVED_S = 0.25
"""Pause when no file is left."""
RETRY_S = 30
TAKEN_IN = 64 * 1024
"""Bytes that the kernel may hold of what a client sends and nobody reads yet; it doubles this for its own book-keeping.

Without a bound it would take megabytes from a client whose first request is held.
"""
REFUSED_MOST = 5
"""Times `rate`: connections a second that are accepted only to be refused. It is work too: beyond, accepting pauses."""
UNSENT = 32 * 1024
"""Bytes that the kernel takes of an answer beyond what it can send; else it takes megabytes for who does not read."""
NOTSENT: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", None)

_NO_FILE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


CROWDED = refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, "too many connections from this address: close some, or come back later", RETRY_S
)
FULL = refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections: come back later", RETRY_S)


Factory = Callable[[Lease], asyncio.Protocol]


class Door:
    """Accepts on listening sockets and has `factory` make a protocol of each connection, which must end its lease.

    `rate`: connections a second that are let in, and as many at once; 0: no limit. The counts only ever go up.
    """

    def __init__(
        self,
        factory: Factory,
        budgets: Budgets,
        trusted: Trusted,
        *,
        rate: float = 0,
        certificate: Certificate | None = None,
        handshake_seconds: float = 10,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._factory = factory
        self._budgets = budgets
        self._trusted = trusted
        self._pace = Bucket(rate, max(1, int(rate)))
        self._refusals = Bucket(REFUSED_MOST * rate, max(1, int(REFUSED_MOST * rate)))
        self._certificate = certificate
        self._handshakes = Handshakes(handshake_seconds, now)
        self._now = now
        self._loop: AbstractEventLoop | None = None
        self._listeners: list[socket.socket] = []
        self._resuming: TimerHandle | None = None
        self._made: set[asyncio.Task[None]] = set()
        self._spare = -1
        self._starving = False
        self.accepted = 0
        self.crowded = 0
        self.turned_away = 0
        self.pauses = 0

    @property
    def listeners(self) -> tuple[socket.socket, ...]:
        return tuple(self._listeners)

    @property
    def unfinished(self) -> int:
        """TLS handshakes that were ended because they took too long; only ever goes up."""
        return self._handshakes.overdue

    def open(self, listeners: Iterable[socket.socket]) -> None:
        """Accept on these from now on. They must listen; the door closes them."""
        self._loop = asyncio.get_running_loop()
        self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._listeners = list(listeners)
        for listener in self._listeners:
            _tune(listener)
        self._resume(self._loop)

    def stop(self) -> None:
        """Accept no more, and close what listens. Connections stay, but for those that are still shaking hands."""
        if self._loop is None:
            return
        self._halt(self._loop)
        self._loop = None
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        self._handshakes.end()
        if self._spare >= 0:
            os.close(self._spare)
            self._spare = -1

    def sweep(self) -> None:
        """Call this every second or so: it ends handshakes that take too long and sees to a changed certificate."""
        self._handshakes.sweep()
        self._budgets.forget(self._now())
        if self._certificate is not None:
            self._certificate.refresh()

    def _resume(self, loop: AbstractEventLoop) -> None:
        self._resuming = None
        for listener in self._listeners:
            loop.add_reader(listener.fileno(), self._knock, loop, listener)

    def _halt(self, loop: AbstractEventLoop) -> None:
        for listener in self._listeners:
            loop.remove_reader(listener.fileno())
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None

    def _pause(self, loop: AbstractEventLoop, seconds: float) -> None:
        self._halt(loop)
        self._resuming = loop.call_later(max(seconds, PAUSE_S), self._resume, loop)
        self.pauses += 1

    def _knock(self, loop: AbstractEventLoop, listener: socket.socket) -> None:
        for _ in range(TURN):
            now = self._now()
            if wait := self._pace.wait(now) or self._refusals.wait(now):
                self._pause(loop, wait)
                return
            try:
                sock, address = listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _NO_FILE:
                    self._starve(loop, listener)
                    return
                continue  # it broke before it was accepted: Linux reports a newcomer's own error here
            self._starving = False
            self._let_in(loop, sock, address[0] if isinstance(address, tuple) else "", now)

    def _let_in(self, loop: AbstractEventLoop, sock: socket.socket, peer: str, now: float) -> None:
        """Those refused take nothing of the pace of those let in: one client's loop must not shut the others out."""
        client = self._trusted.client(peer)
        if not (self._budgets.come(client, now) and self._budgets.enter(client)):
            self.crowded += 1
            self._refusals.take(now)
            self._refuse(sock, CROWDED)
            return
        self._pace.take(now)
        sock.setblocking(False)
        self.accepted += 1
        lease = Lease(self._budgets, client)
        make = partial(self._factory, lease)
        if self._certificate is not None:
            self._handshakes.start(loop, sock, self._certificate.context, make, lease.end)
            return
        task = loop.create_task(_connect(loop, sock, make, lease))
        self._made.add(task)
        task.add_done_callback(self._made.discard)

    def _refuse(self, sock: socket.socket, said: bytes) -> None:
        """Say why, unless it would be in TLS. What has arrived is read, or closing would take the words back."""
        sock.setblocking(False)  # it may have sent nothing
        try:
            if self._certificate is None:
                sock.send(said)
                sock.shutdown(socket.SHUT_WR)
                sock.recv(65536)
        except OSError:
            pass
        finally:
            sock.close()

    def _starve(self, loop: AbstractEventLoop, listener: socket.socket) -> None:
        """No file is left. With the one that is kept for this, tell a few to come back, and pause."""
        if not self._starving:
            self._starving = True
            log.warning("edge: no file is left for another connection: raise `ulimit -n`; newcomers are turned away")
        if self._spare >= 0:
            os.close(self._spare)
            try:
                for _ in range(TURN):
                    self._refuse(listener.accept()[0], FULL)
                    self.turned_away += 1
            except OSError:  # nobody else is there, or somebody was quicker to take the file
                pass
            try:
                self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                self._spare = -1
        self._pause(loop, STARVED_S)


async def _connect(
    loop: AbstractEventLoop, sock: socket.socket, make: Callable[[], asyncio.Protocol], lease: Lease
) -> None:
    try:
        await loop.connect_accepted_socket(make, sock)
    except OSError:  # it has gone meanwhile
        lease.end()
        sock.close()


def _tune(listener: socket.socket) -> None:
    """What is set here, each connection inherits."""
    listener.setblocking(False)
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TAKEN_IN)
    if NOTSENT is not None:
        listener.setsockopt(socket.IPPROTO_TCP, NOTSENT, UNSENT)
    if hasattr(socket, "TCP_DEFER_ACCEPT"):  # one that says nothing for a second is not even seen until then
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)


def listening(host: str, port: int, backlog: int) -> list[socket.socket]:
    """Sockets that listen on every address that `host` names. Raises ConfigError."""
    made: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            listener = socket.socket(family, kind, protocol)
            made.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
            listener.listen(backlog)
    except OSError as error:
        for listener in made:
            listener.close()
        raise ConfigError(f"cannot listen on {host}:{port} ({error.strerror}): give another --host or --port") from None
    return made
