"""TLS on sockets that stay ours: `ssl.SSLSocket` behind asyncio's transport interface.

asyncio's own TLS keeps two buffers and a protocol for each connection, an order of magnitude more than OpenSSL itself,
and no socket that could be handed over. Here the socket does the encryption, the event loop only says when it can be
read or written, and `take` gives the socket to whoever sends on it next.
"""

import asyncio
import contextlib
import ssl
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from standfirst.edge.records import CountedSocket, release

RECORD = 16 * 1024
"""Bytes: the most that TLS puts in one record, and the unit that is read and written here."""
TURN = 16
"""Records that one connection may read or write in a turn of the event loop."""
HIGH_WATER = 64 * 1024
"""Bytes that may wait to be written before the protocol is told to stop."""
Make = Callable[[], asyncio.Protocol]
Buffer = bytes | bytearray | memoryview


class TlsTransport(asyncio.Transport):
    """One connection. `done` is called once: when its hands are shaken, or when it closes before.

    What waits is kept as it was given, so that all who wait for the same page share it. Only a record is cut, and maybe
    copied, at a time; one that OpenSSL could not write at once must be offered again as it was.
    """

    __slots__ = (
        "_closing",
        "_done",
        "_ended",
        "_high",
        "_left",
        "_loop",
        "_low",
        "_make",
        "_pieces",
        "_protocol",
        "_protocol_waits",
        "_reading",
        "_record",
        "_sock",
        "_taken",
        "_writing",
    )

    def __init__(
        self, loop: AbstractEventLoop, sock: CountedSocket, make: Make, done: "Callable[[TlsTransport], None]"
    ) -> None:
        super().__init__()
        self._loop = loop
        self._sock = sock
        self._make = make
        self._done: Callable[[TlsTransport], None] | None = done
        self._protocol: asyncio.Protocol | None = None
        self._protocol_waits = False
        self._pieces: deque[memoryview] = deque()
        self._record: bytes | memoryview = b""
        self._left = 0
        self._high, self._low = HIGH_WATER, HIGH_WATER // 4
        self._reading = self._writing = self._closing = self._ended = self._taken = False

    def shake(self) -> None:
        """Go on with the handshake."""
        try:
            self._sock.do_handshake()
        except ssl.SSLWantReadError:
            self._watch(reading=True, writing=False)
        except ssl.SSLWantWriteError:
            self._watch(reading=False, writing=True)
        except OSError as error:
            self._end(error)
        else:
            self._protocol = self._make()
            self._settle()
            self._watch(reading=True, writing=False)
            self._protocol.connection_made(self)

    def _settle(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(self)

    def take(self) -> ssl.SSLSocket | None:
        """The socket itself, to be closed by whoever takes it; the protocol is told that its connection has gone.

        None: something is still to be written, or the connection is about to close.
        """
        if self._closing or self._left or self._protocol is None:
            return None
        self._taken = True
        self._end(None)
        release(self._sock)
        if (inner := getattr(self._sock, "_sslobj", None)) is not None:
            # a stream's sends go straight to OpenSSL: `SSLSocket.send` does no more than call this
            self._sock.send = inner.write  # type: ignore[method-assign]  # of this one socket
        return self._sock

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # Any: asyncio's own
        match name:
            case "socket" | "ssl_object":
                return self._sock
            case "sslcontext":
                return self._sock.context
            case "peername" | "sockname":
                try:
                    return self._sock.getpeername() if name == "peername" else self._sock.getsockname()
                except OSError:
                    return default
        return default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol), "a buffered protocol is not served here"
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self._protocol is not None, "the handshake is not over"
        return self._protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        self._watch(reading=False, writing=self._writing)

    def resume_reading(self) -> None:
        if not self._closing:
            self._watch(reading=True, writing=self._writing)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        high = (HIGH_WATER if low is None else 4 * low) if high is None else high
        low = high // 4 if low is None else low
        if not high >= low >= 0:
            raise ValueError(f"high={high} is below low={low}, or that is below 0: give high >= low >= 0")
        self._high, self._low = high, low

    def get_write_buffer_size(self) -> int:
        return self._left

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    def can_write_eof(self) -> bool:
        return False

    def write(self, data: Buffer) -> None:
        """Send at once what goes; the rest when it goes."""
        self.writelines((data,))

    def writelines(self, list_of_data: Iterable[Buffer]) -> None:
        if self._closing:
            return
        for data in list_of_data:
            if data:
                self._pieces.append(memoryview(data if isinstance(data, bytes) else bytes(data)))
                self._left += len(data)
        if self._left and not self._writing:
            self._write()
        if self._left > self._high and not self._protocol_waits and self._protocol is not None:
            self._protocol_waits = True
            self._protocol.pause_writing()

    def close(self) -> None:
        """Close once everything is written."""
        if self._closing:
            return
        if self._protocol is None:
            self.abort()
            return
        self._closing = True
        self._watch(reading=False, writing=self._writing)
        if not self._left:
            self._say_goodbye()

    def abort(self) -> None:
        """Close now."""
        self._end(None)

    def _watch(self, *, reading: bool, writing: bool) -> None:
        fd = self._sock.fileno()
        if reading != self._reading:
            self._reading = reading
            if reading:
                self._loop.add_reader(fd, self._read)
            else:
                self._loop.remove_reader(fd)
        if writing != self._writing:
            self._writing = writing
            if writing:
                self._loop.add_writer(fd, self._write)
            else:
                self._loop.remove_writer(fd)

    def _read(self) -> None:
        if self._protocol is None:
            self.shake()
            return
        try:
            data = self._sock.recv(RECORD)
        except ssl.SSLWantReadError:
            return
        except OSError as error:
            self._end(error)
            return
        if data:
            self._sock.records = 0
            self._protocol.data_received(data)
        else:
            self._protocol.eof_received()
            self.close()

    def _write(self) -> None:
        if self._protocol is None:
            self.shake()
            return
        for _ in range(TURN):
            if not self._record:
                if not self._pieces:
                    break
                self._record = self._cut()
            try:
                sent = self._sock.send(self._record)
            except ssl.SSLWantWriteError:
                break
            except OSError as error:
                self._end(error)
                return
            self._left -= sent
            self._record = self._record[sent:] or b""  # an empty view would keep its page
        if self._closing and not self._left:
            self._say_goodbye()
            return
        self._watch(reading=self._reading, writing=bool(self._left))
        if self._protocol_waits and self._left <= self._low:
            self._protocol_waits = False
            self._protocol.resume_writing()

    def _cut(self) -> bytes | memoryview:
        """The next record: a view if it is of one piece, a copy of the pieces if they are smaller."""
        first = self._next(RECORD)
        if len(first) == RECORD or not self._pieces:
            return first
        joined = bytearray(first)
        while self._pieces and len(joined) < RECORD:
            joined += self._next(RECORD - len(joined))
        return bytes(joined)

    def _next(self, most: int) -> memoryview:
        piece = self._pieces[0]
        if len(piece) <= most:
            return self._pieces.popleft()
        self._pieces[0] = piece[most:]
        return piece[:most]

    def _say_goodbye(self) -> None:
        """Tell the client that nothing is cut off; it need not answer."""
        with contextlib.suppress(OSError, ValueError):
            self._sock.unwrap()
        self._end(None)

    def _end(self, error: OSError | None) -> None:
        if self._sock.fileno() >= 0:
            self._watch(reading=False, writing=False)
        if not self._ended:
            self._ended = self._closing = True
            self._pieces.clear()
            self._record = b""
            self._left = 0
            self._loop.call_soon(self._lost, error)

    def _lost(self, error: OSError | None) -> None:
        self._settle()
        if self._protocol is not None:
            self._protocol.connection_lost(error)
        if not self._taken:
            self._sock.close()
