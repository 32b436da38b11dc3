"""uvicorn's HTTP protocol, which can part with a connection: for a stream, or for a request that waits.

A request begins as any other, as an ASGI task. What answers it finds the connection in the scope and may take its
socket, or park it; the task then ends, and of a stream nothing of uvicorn remains. This leans on uvicorn's internals,
so its version is pinned: `tests/edge/test_protocol.py` shows what has to hold before the pin moves.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from standfirst.edge.ports import CONNECTION


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # Any: uvicorn's own
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        over: Callable[[], None] | None = None,
    ) -> None:
        """As uvicorn makes one; `over` is called when the connection is closed, whoever has it by then."""
        super().__init__(config, server_state, app_state, _loop)
        self._gone: Callable[[], None] | None = None
        self._over = over

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.scope is self.scope:
            self.scope["extensions"] = {CONNECTION: cast(dict[object, object], Request(self, self.cycle))}

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        gone, self._gone = self._gone, None
        if gone is not None:
            gone()
        over, self._over = self._over, None
        if over is not None:
            over()

    def hand_over(self) -> tuple[socket.socket, Callable[[], None]] | None:
        """The connection's socket. What was asked behind the request is never answered: the stream has no end."""
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            return None
        self.pipeline.clear()
        over, self._over = self._over, None
        return _taken(self.transport), over or _nothing

    def wait(self, gone: Callable[[], None]) -> None:
        """Call `gone` if the client leaves before it is answered."""
        if self.transport.is_closing():
            asyncio.get_running_loop().call_soon(gone)
        else:
            self._gone = gone

    def answer(self, cycle: RequestResponseCycle, response: Sequence[bytes]) -> None:
        """The whole response to a request."""
        self._gone = None
        if self.transport.is_closing():
            return
        cycle.disconnected = False
        cycle.response_started = cycle.response_complete = True
        self.transport.writelines(response)
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


class Request:
    """`edge.ports.Connection` of one request."""

    __slots__ = ("_cycle", "_protocol")

    def __init__(self, protocol: Protocol, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle

    @property
    def fields(self) -> Sequence[tuple[bytes, bytes]]:
        return self._protocol.server_state.default_headers

    @property
    def keep_alive(self) -> bool:
        return self._cycle.keep_alive

    def respond(self, response: Sequence[bytes]) -> bool:
        if self._protocol.flow.write_paused:
            return False
        self._protocol.answer(self._cycle, response)
        return True

    def hand_over(self) -> tuple[socket.socket, Callable[[], None]] | None:
        taken = self._protocol.hand_over()
        if taken is not None:
            self._end_task()
        return taken

    def park(self, gone: Callable[[], None]) -> None:
        self._end_task()
        self._protocol.wait(gone)

    def answer(self, response: Sequence[bytes]) -> None:
        self._protocol.answer(self._cycle, response)

    def _end_task(self) -> None:
        """Without an answer and without complaint, as uvicorn does for clients that left."""
        self._cycle.disconnected = True


def _taken(transport: asyncio.Transport) -> socket.socket:
    """The connection on a descriptor of ours; the transport closes its own."""
    if (take := getattr(transport, "take", None)) is not None:  # TLS: see edge.tls
        return cast(socket.socket, take())
    its = transport.get_extra_info("socket")
    ours = socket.socket(its.family, its.type, its.proto, fileno=os.dup(its.fileno()))
    ours.setblocking(False)
    transport.abort()
    return ours


def _nothing() -> None:
    """Nobody counts this connection."""
