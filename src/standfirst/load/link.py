"""One reader's connection: a socket that never blocks, with or without TLS."""

import errno
import os
import socket
import ssl
from typing import Literal

from standfirst.load.answer import Answer, Event, Memo
from standfirst.load.reader import Reader
from standfirst.load.target import Target

READ_BYTES = 64 * 1024
PORTS = 20_000
"""Connections that come from one address of this machine: an address has few more ports to give away."""
HOMES = 250

Want = Literal["read", "write"]


class Link:
    """Connects, says the request, and takes what comes. `number` spreads the connections over this machine's addresses.

    `want` is what it waits for. Raises OSError (TLS errors are such) and AnswerError; nothing is left open then only
    after `close`.
    """

    __slots__ = ("_handshaken", "_memo", "_request", "answer", "began", "bytes", "reader", "sock", "want")

    def __init__(self, target: Target, reader: Reader, request: bytes, memo: Memo, number: int, now: float) -> None:
        self.reader = reader
        self.answer = Answer(memo)
        self.began = now
        self.bytes = 0
        self.want: Want = "write"
        self._request = request
        self._memo = memo
        self._handshaken = target.tls is None
        family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
        self.sock: socket.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.sock.setblocking(False)
            if number >= PORTS and target.address.startswith("127."):
                self._move_out(f"127.0.0.{1 + number // PORTS % HOMES}")
            if target.tls is not None:
                self.sock = target.tls.wrap_socket(
                    self.sock, do_handshake_on_connect=False, server_hostname=target.page.host
                )
            said = self.sock.connect_ex((target.address, target.page.port))
            if said not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
                raise OSError(said, os.strerror(said))
        except BaseException:
            self.sock.close()
            raise

    def _move_out(self, home: str) -> None:
        without_port = getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24)  # of Linux; Python names it from 3.12 on
        self.sock.setsockopt(socket.IPPROTO_IP, without_port, 1)
        self.sock.bind((home, 0))

    def go_on(self) -> tuple[Event, ...]:
        """Do what the socket is ready for; gives the events that came. `answer.ended` once the server has closed."""
        if self._request:
            self._set_out()
            return ()
        return self._read()

    def _set_out(self) -> None:
        """Connect, shake hands, send the request."""
        if said := self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(said, os.strerror(said))
        try:
            if not self._handshaken:
                assert isinstance(self.sock, ssl.SSLSocket)
                self.sock.do_handshake()
                self._handshaken = True
            self._request = self._request[self.sock.send(self._request) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            self.want = "write"
        except ssl.SSLWantReadError:
            self.want = "read"
        else:
            self.want = "write" if self._request else "read"

    def _read(self) -> tuple[Event, ...]:
        found: tuple[Event, ...] = ()
        while not self.answer.ended:
            try:
                data = self.sock.recv(READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            if not data:
                self.answer.ended = True
                break
            self.bytes += len(data)
            found = found + self.answer.feed(data) if found else self.answer.feed(data)
            if len(data) < READ_BYTES and not isinstance(self.sock, ssl.SSLSocket):
                break
        return found

    def close(self) -> None:
        self.sock.close()
