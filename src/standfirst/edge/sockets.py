"""Streams whose sockets are ours: no task, no transport and no buffer for a reader, only its socket and its place.

`hub` sends on the sockets themselves. One selector hears which of them have ended, and the event loop watches that
selector as a single descriptor. What a socket does not take at once, of its greeting or of a broadcast, is poured bit
by bit; the pieces are shared with other readers, and what is broadcast meanwhile queues up behind them, to a bound.
"""

import selectors
import socket
import ssl
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

from standfirst.edge.channel import Peer, Reader
from standfirst.edge.hub import Hub, Joined
from standfirst.edge.ports import Machine

SEND_BUFFER = 32 * 1024
"""Bytes that the kernel may hold for a reader that does not read; it doubles this for its own book-keeping."""
UNACKNOWLEDGED_MS = 60_000
"""A reader whose machine acknowledges nothing for so long has gone without a word."""
QUEUE_BYTES = 64 * 1024
"""Of what is broadcast, what may wait for a reader that is behind; the bytes are shared with all who are."""
POUR_S = 30.0
POUR_BYTES = 16 * 1024
"""A socket that is behind takes so many bytes in so many seconds, or it is closed."""

TURN = 500
"""Sockets that are seen to before other work has its turn."""

_BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE
NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Line:
    """One reader's socket: a hub's peer. Its reader sends on the socket itself while nothing else is in the way."""

    __slots__ = ("_lines", "_over", "reader", "send", "socket")

    def __init__(self, lines: "Lines", sock: socket.socket, over: Callable[[], None]) -> None:
        self._lines = lines
        self._over = over
        self.socket = sock
        self.reader: Reader | None = None
        self.send: Callable[[bytes | memoryview], int] = sock.send

    def rest(self, data: bytes, sent: int) -> bool:
        """Pour the rest; False: this was behind already, or it has just been found to be gone."""
        return self._lines.behind(self, data, sent)

    def drop(self) -> None:
        """End the stream now."""
        self._lines.drop(self)

    def end(self) -> None:
        """End the stream once what waits for it has gone."""
        self._lines.end(self)

    def over(self) -> None:
        """Close the socket and say so to whoever counts it. OpenSSL would go on to write on whoever's it is next."""
        self.send = _closed
        self.socket.close()
        self._over()


class Pour:
    """What a line's socket has not taken yet. `ending`: the line is to be closed after it."""

    __slots__ = ("_moved", "_now", "_pieces", "_queued", "due", "ending")

    def __init__(self, pieces: Iterable[bytes | memoryview], now: Callable[[], float]) -> None:
        self._pieces = deque(pieces)
        self._queued = 0
        self._moved = 0
        self._now = now
        self.due = now() + POUR_S
        self.ending = False

    def queue(self, data: bytes) -> int:
        """Take what is broadcast; nothing once too much waits."""
        if self._queued + len(data) > QUEUE_BYTES:
            return 0
        self._queued += len(data)
        self._pieces.append(data)
        return len(data)

    def on(self, send: Callable[[bytes | memoryview], int]) -> bool:
        """Send what goes now; True: all has gone. Raises OSError."""
        while self._pieces:
            piece = self._pieces[0]
            try:
                sent = send(piece)
            except NOT_NOW:
                return False
            self._progress(sent)
            if sent == len(piece):
                self._pieces.popleft()
            else:
                self._pieces[0] = memoryview(piece)[sent:]
        return True

    def _progress(self, sent: int) -> None:
        self._moved += sent
        if self._moved >= POUR_BYTES:
            self._moved = 0
            self.due = self._now() + POUR_S


class Lines:
    """All readers whose sockets are ours. `start` it on the event loop before the first."""

    def __init__(self, hub: Hub, machine: Machine) -> None:
        self._hub = hub
        self._machine = machine
        self._pours: dict[Line, Pour] = {}
        self._loop: AbstractEventLoop | None = None

    def start(self, loop: AbstractEventLoop) -> None:
        """Hear from now on which readers leave."""
        self._selector = selectors.DefaultSelector()
        self._loop = loop
        loop.add_reader(self._selector.fileno(), self._hear)

    def stop(self) -> None:
        """Close what is still open. Once is enough, again does no harm."""
        if self._loop is None:
            return
        self._loop.remove_reader(self._selector.fileno())
        self._loop = None
        for key in list(self._selector.get_map().values()):
            self.drop(key.data)
        self._selector.close()

    def open(self, sock: socket.socket, over: Callable[[], None], head: bytes, join: Callable[[Peer], Joined]) -> None:
        """Take a socket, say `head` and what the hub greets with, and leave it to the hub. `over`: it was closed."""
        line = Line(self, sock, over)
        try:
            _tune(sock)
            self._selector.register(sock, selectors.EVENT_READ, line)
        except OSError:  # it broke before we had it
            line.over()
            return
        line.reader, greeting = join(line)
        self._greet(line, [b"".join([head, greeting[0]]), *greeting[1:]])

    def _greet(self, line: Line, pieces: list[bytes]) -> None:
        pour = self._begin(line, pieces)
        pour.ending = line.reader is None
        self._pour_on(line, pour)

    def behind(self, line: Line, data: bytes, sent: int) -> bool:
        """Pour what a socket did not take of a broadcast; False if it was behind before, or is closed now."""
        if line in self._pours:
            return False
        self._pour_on(line, self._begin(line, [memoryview(data)[sent:]]))
        return line.reader is not None

    def _begin(self, line: Line, pieces: Iterable[bytes | memoryview]) -> Pour:
        pour = self._pours[line] = Pour(pieces, self._machine.now)
        if line.reader is not None:
            line.reader.send = pour.queue
        return pour

    def _pour_on(self, line: Line, pour: Pour) -> None:
        try:
            done = pour.on(line.send)
        except OSError:
            if line.reader is not None:
                self._hub.lose(line.reader, "gone")
            self.drop(line)
            return
        if done and pour.ending:
            self.drop(line)
            return
        if done:
            del self._pours[line]
            if line.reader is not None and line.reader.open:
                line.reader.send = line.send
        self._selector.modify(line.socket, selectors.EVENT_READ if done else _BOTH, line)

    def end(self, line: Line) -> None:
        """Close a line after what it still has to be given."""
        pour = self._pours.get(line)
        if pour is None:
            self.drop(line)
        else:
            pour.ending = True

    def drop(self, line: Line) -> None:
        """Close a line now; what waits for it is lost, and its reader will ask for it again."""
        self._pours.pop(line, None)
        if line.socket.fileno() < 0:
            return
        self._selector.unregister(line.socket)
        reader, line.reader = line.reader, None  # no circle is left to collect
        if reader is not None:
            self._hub.leave(reader)
        line.over()

    def overdue(self) -> int:
        """Drop those that were behind for too long; gives how many readers the hub lost. Call it now and then."""
        now = self._machine.now()
        late = [line for line, pour in self._pours.items() if pour.due <= now]
        lost = sum(line.reader is not None and line.reader.open for line in late)
        for line in late:
            self.drop(line)
        return lost

    def _hear(self) -> None:
        for key, events in islice(self._selector.select(0), TURN):
            line: Line = key.data
            pour = self._pours.get(line)
            if pour is not None and events & selectors.EVENT_WRITE:
                self._pour_on(line, pour)
            if events & selectors.EVENT_READ and line.socket.fileno() >= 0 and _has_ended(line.socket):
                self.drop(line)


def _has_ended(sock: socket.socket) -> bool:
    """A reader has nothing to say on a stream: whatever is heard is its end.

    OpenSSL is not asked what it was: a client that says much to it would hold the event loop. One that renews its keys
    in the middle of a stream, which none is known to do, resumes.
    """
    try:
        socket.socket.recv(sock, 1)
    except NOT_NOW:
        return False
    except OSError:
        return True
    return True


def _closed(_: bytes | memoryview) -> int:
    raise BrokenPipeError("the stream is closed")


def _tune(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT") and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
