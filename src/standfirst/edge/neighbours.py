"""Processes of one newsroom tell each other how many readers they have: a datagram each, every few seconds.

Each binds a socket in `run/` of the newsroom's home, where the bell's are (see `record.bell`). What is lost is made up
for by the next one. What cannot be read, another version's say, is passed over.
"""

import logging
import os
import re
import secrets
import socket
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from standfirst.edge.audience import Audience, Count
from standfirst.record.bell import addresses, bound

log = logging.getLogger(__name__)

EVERY_S = 3.0
STORIES_MOST = 500
"""In a datagram; those with most readers, when there are more."""
BYTES_MOST = 128 * 1024
NEIGHBOURS_MOST = 64
"""Datagrams taken in one turn of the event loop."""

_NAME = re.compile(r"[0-9a-f]{16}\.count")


class Word(msgspec.Struct):
    """What a process says: its name, and streams, held requests and pollers by story."""

    name: str
    counts: dict[str, Count]


class Neighbours:
    """Tells and hears, from `start` to `stop`. Without a folder that can be used it counts alone, and says so once."""

    def __init__(self, folder: Path, audience: Audience) -> None:
        self._folder = folder
        self._audience = audience
        self._name = f"{secrets.token_hex(8)}.count"
        self._decoder = msgspec.msgpack.Decoder(Word)
        self._socket: socket.socket | None = None
        self._timer: TimerHandle | None = None

    def start(self, loop: AbstractEventLoop) -> None:
        """Tell and hear from now on."""
        try:
            ours = bound(self._folder, self._name)
        except OSError as error:
            log.warning("edge: %s: %s: readers of other processes are not counted here", self._folder, error.strerror)
            return
        ours.setblocking(False)
        self._socket = ours
        loop.add_reader(ours.fileno(), self._hear, ours)
        self._tick(loop)

    def stop(self, loop: AbstractEventLoop) -> None:
        """Once is enough, again does no harm."""
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
            with suppress(OSError):
                (self._folder / self._name).unlink()

    def _tick(self, loop: AbstractEventLoop) -> None:
        self._timer = loop.call_later(EVERY_S, self._tick, loop)
        self.tell()

    def tell(self) -> None:
        """Tell every other process now. Never waits, never fails; clears away the sockets of the dead."""
        if self._socket is None:
            return
        counts = sorted(self._audience.here().items(), key=lambda item: -item[1].total)[:STORIES_MOST]
        word = msgspec.msgpack.encode(Word(self._name, dict(counts)))
        with suppress(OSError), addresses(self._folder) as address:
            for name in self._others():
                try:
                    self._socket.sendto(word, address(name))
                except ConnectionRefusedError:  # nobody has it open
                    with suppress(OSError):
                        (self._folder / name).unlink()
                except OSError:  # its queue is full, or it has gone
                    continue

    def _others(self) -> Iterator[str]:
        return (name for name in os.listdir(self._folder) if name != self._name and _NAME.fullmatch(name))

    def _hear(self, ours: socket.socket) -> None:
        for _ in range(NEIGHBOURS_MOST):
            try:
                data = ours.recv(BYTES_MOST)
            except OSError:  # nothing more
                return
            with suppress(msgspec.DecodeError):  # a wrong shape is one too
                word = self._decoder.decode(data)
                self._audience.heard(word.name, word.counts)
