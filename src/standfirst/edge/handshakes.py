"""TLS connections that are not through yet. They are bounded in time, and cost no protocol until they are."""

import socket
import ssl
from asyncio import AbstractEventLoop
from collections.abc import Callable

from standfirst.edge.deadlines import Queue
from standfirst.edge.records import CountedSocket
from standfirst.edge.tls import Make, TlsTransport


class Handshakes:
    """Connections that are not through yet; each has `seconds`."""

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._under_way: Queue[TlsTransport] = Queue(seconds)
        self._now = now
        self.overdue = 0

    def __len__(self) -> int:
        return len(self._under_way)

    def start(
        self,
        loop: AbstractEventLoop,
        sock: socket.socket,
        context: ssl.SSLContext,
        make: Make,
        over: Callable[[], None],
    ) -> None:
        """Shake hands; then `make` makes the protocol. `over` is called if it comes to nothing."""

        def done(transport: "TlsTransport") -> None:
            self._under_way.stop(transport)
            if transport.is_closing():
                over()

        try:
            secured = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        except OSError:  # it has gone meanwhile
            sock.close()
            over()
            return
        assert isinstance(secured, CountedSocket), "the context counts what its connections read"
        transport = TlsTransport(loop, secured, make, done)
        self._under_way.start(transport, self._now())
        transport.shake()

    def sweep(self) -> None:
        """End those that are overdue."""
        late = self._under_way.overdue(self._now())
        self.overdue += len(late)
        for transport in late:
            transport.abort()

    def end(self) -> None:
        """End all."""
        for transport in self._under_way.clear():
            transport.abort()
