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
    """One connection. It is the `edge.ports.Connection` of its requests."""

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

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: cast(dict[object, object], self)}

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        gone, self._gone = self._gone, None
        if gone is not None:
            gone()
        self._release()

    def _release(self) -> None:
        over, self._over = self._over, None
        if over is not None:
            over()

    @property
    def fields(self) -> Sequence[tuple[bytes, bytes]]:
        return self.server_state.default_headers

    def hand_over(self) -> tuple[socket.socket, Callable[[], None]] | None:
        if self.pipeline or self.transport.is_closing() or self.transport.get_write_buffer_size():
            return None
        over, self._over = self._over, None
        _end(self.cycle)
        return _taken(self.transport), over or _nothing

    def park(self, gone: Callable[[], None]) -> "Waiting":
        _end(self.cycle)
        if self.transport.is_closing():
            asyncio.get_running_loop().call_soon(gone)
        else:
            self._gone = gone
        return Waiting(self, self.cycle)

    def answer(self, cycle: RequestResponseCycle, response: bytes) -> None:
        """The response to the request that was parked."""
        self._gone = None
        if self.transport.is_closing():
            return
        cycle.disconnected = False
        cycle.response_started = cycle.response_complete = True
        self.transport.write(response)
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


class Waiting:
    """A request that is parked."""

    __slots__ = ("_cycle", "_protocol", "keep_alive")

    def __init__(self, protocol: Protocol, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle
        self.keep_alive = cycle.keep_alive

    def answer(self, response: bytes) -> None:
        self._protocol.answer(self._cycle, response)


def _end(cycle: RequestResponseCycle) -> None:
    """Let the request's task end without an answer and without complaint: uvicorn does so for clients that left."""
    cycle.disconnected = True


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
