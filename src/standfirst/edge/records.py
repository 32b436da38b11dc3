"""A bound on the TLS records that one read may swallow.

CPython has OpenSSL read on until there is data. A client that sends nothing but key updates could so hold the event
loop for as long as it has bandwidth: each costs 27 bytes and some 15 us. So records are counted as OpenSSL meets
them, and the connection is cut from within the read.
"""

import contextlib
import socket
import ssl

MOST = 64
"""Records that may come in without data, in the handshake or after it. Clients send up to about 10."""

_HEADER = 0x100
"""What OpenSSL calls the content type when it tells of a record's header."""
_QUIET = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


class CountedSocket(ssl.SSLSocket):
    """A connection's socket. Whoever reads data from it sets `records` to 0."""

    records = 0


def count(context: ssl.SSLContext) -> None:
    """Have the connections that are made with a context counted, and cut at MOST. It costs 1 us a record."""
    context.sslsocket_class = CountedSocket
    # The setter of `ssl.SSLContext` makes enumerations of every argument, which costs four times as much.
    raw = ssl.SSLContext.__base__
    raw._msg_callback.__set__(context, _tell)  # type: ignore[union-attr]  # not in the stubs


def release(sock: ssl.SSLSocket) -> None:
    """Count no more: nothing is read from this one again. What is left of the context is not used after a handshake."""
    sock.context = _QUIET


def _tell(sock: object, direction: str, _version: int, kind: int, _message: int, _data: bytes) -> None:
    if kind == _HEADER and direction == "read" and isinstance(sock, CountedSocket):
        sock.records += 1
        if sock.records > MOST:
            _cut(sock)


def _cut(sock: socket.socket) -> None:
    """Have OpenSSL fail at this very record: a byte of it is missing, and no more will come."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        socket.socket.recv(sock, 1)
