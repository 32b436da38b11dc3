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


class Refused(Exception):  # an answer, not an error
    """Ends a request from within the parser; `said` is the whole response, empty: there is none."""

    def __init__(self, said: bytes) -> None:
        super().__init__()
        self.said = said


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
        self._in_body = self._outstanding = self._keeps = False

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.scope is self.scope:
            self.scope["extensions"] = {CONNECTION: cast(dict[object, object], Request(self, self.cycle))}
        self._in_body = True

    def _hold_back(self) -> None:
        """Until the body is whole, an answer ends the connection, or the rest of the body would be the next request."""
        cycle = self.cycle
        self._outstanding = True
        self._keeps, cycle.keep_alive = cycle.keep_alive, False
        cycle.transport = Lingering(self)  # type: ignore[assignment]  # it has what a cycle needs

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False
        if self._outstanding:
            self._outstanding = False
            self._whole()

    def _whole(self) -> None:
        """A body that took its time is complete: the connection goes on, unless its client was told that it ends."""
        cycle = self.cycle
        if cycle.response_complete:
            self.finish()
            raise Refused(b"")  # what comes behind it is not read
        if not cycle.response_started and self._gone is None:
            cycle.keep_alive = self._keeps

    def shutdown(self) -> None:
        self._keeps = False
        super().shutdown()

    def finish(self) -> None:
        """Close after an answer, once its request is whole: what is unread on closing would take the answer back.

        How long the rest may take is up to the body's deadline. Who expects a 100 instead sends nothing more.
        """
        if not self._in_body or self.expect_100_continue:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # a timer would keep all of this until it is due
        self._unbind()
        gone, self._gone = self._gone, None
        if gone is not None:
            gone()
        over, self._over = self._over, None
        if over is not None:
            over()

    def _unbind(self) -> None:
        """Leave no circle of this, its requests and what they found in their scopes: nothing waits to be collected."""
        self._drop_waiting()
        if self.cycle is not None:
            self.cycle.scope.get("extensions", {}).pop(CONNECTION, None)
            self.cycle.transport = self.transport

    def _drop_waiting(self) -> None:
        """Requests that are never run would keep this."""
        for waiting, _ in self.pipeline:
            waiting.on_response = _nothing
            waiting.scope.get("extensions", {}).pop(CONNECTION, None)
        self.pipeline.clear()

    def hand_over(self) -> tuple[socket.socket, Callable[[], None]] | None:
        """The connection's socket. What was asked behind the request is never answered: the stream has no end."""
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            return None
        taken = _taken(self.transport)
        if taken is None:
            return None
        self._drop_waiting()
        over, self._over = self._over, None
        return taken, over or _nothing

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
            cycle.transport.close()
        self.on_response_complete()


class Lingering:
    """What answers a request whose body is not whole yet has this for its transport: closing waits for the rest."""

    __slots__ = ("_connection", "is_closing", "write")

    def __init__(self, connection: Protocol) -> None:
        self._connection = connection
        self.write = connection.transport.write
        self.is_closing = connection.transport.is_closing

    def close(self) -> None:
        self._connection.finish()


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
            self._cycle.scope.get("extensions", {}).pop(CONNECTION, None)
        return taken

    def park(self, gone: Callable[[], None]) -> None:
        self._end_task()
        self._protocol.wait(gone)

    def answer(self, response: Sequence[bytes]) -> None:
        self._protocol.answer(self._cycle, response)

    def _end_task(self) -> None:
        """Without an answer and without complaint, as uvicorn does for clients that left."""
        self._cycle.disconnected = True


def _taken(transport: asyncio.Transport) -> socket.socket | None:
    """The connection on a descriptor of ours; the transport closes its own. None: it is not to be had."""
    if (take := getattr(transport, "take", None)) is not None:  # TLS: see edge.tls
        return cast(socket.socket | None, take())
    its = transport.get_extra_info("socket")
    try:
        descriptor = os.dup(its.fileno())
    except OSError:  # no file is left
        return None
    ours = socket.socket(its.family, its.type, its.proto, fileno=descriptor)
    ours.setblocking(False)
    transport.abort()
    return ours


def _nothing() -> None:
    """Nobody counts this connection."""
