"""Our protocol under guard: a client that is slow, large or greedy is refused, and costs little until it is."""

import asyncio
import contextlib
import fcntl
import socket
import struct
import termios
from collections.abc import Callable
from http import HTTPStatus
from itertools import chain
from math import ceil
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.server import ServerState

from standfirst.edge.budgets import Lease
from standfirst.edge.door import NOTSENT
from standfirst.edge.guard import Guard, refusal
from standfirst.edge.protocol import Protocol, Refused

PIPELINE_MOST = 16
"""Requests that may wait behind the one that is answered."""

SLICE = 16 * 1024
"""Bytes that the parser is given at a time: what is too much is found after one of them, not after all that came."""

RETRY_S = 30

_IDLE = (0, False)
_AT_ONCE = struct.pack("ii", 1, 0)


class Guarded(Protocol):
    """One connection. It is a `guard.Connection`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # Any: uvicorn's own
        *,
        guard: Guard,
        lease: Lease,
    ) -> None:
        """`lease` is ended when the connection is closed, whoever has it by then."""
        super().__init__(config, server_state, app_state)
        self.timeout_keep_alive = guard.idle_seconds  # type: ignore[assignment]  # any number does
        self.url = b""
        self.headers = []
        self._over = lease.end
        self._guard = guard
        self._lease = lease
        self._in_head, self._begun = True, False
        self._fed = self._heads = 0
        self._room = guard.caps.fields  # lines that the head may still grow to; none outside of one
        self._watched = _IDLE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""
        self._proxied = self._guard.trusted.proxy(self._peer)
        self._client = "" if self._proxied else self._guard.trusted.client(self._peer)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, but under guard, and a client's mistake is not logged: it could fill the disk with them."""
        if self.transport.is_closing():
            return
        if self.timeout_keep_alive_task is not None and not self._in_body:
            self._in_head = True  # whatever comes now is one, or pretends to be
        self._unset_keepalive_if_required()
        try:
            if len(data) <= SLICE:
                self._feed(data)
            else:
                for start in range(0, len(data), SLICE):
                    self._feed(memoryview(data)[start : start + SLICE])
        except httptools.HttpParserUpgrade:  # to what we do not speak: it is answered as if it had not been asked for
            self.cycle.keep_alive = False
        except httptools.HttpParserError as error:
            said = getattr(error.__context__, "said", None)  # the exception in a name here would hold its own frames
            self._refuse(self._malformed() if said is None else said)
            return
        except Refused as refused:
            self._refuse(refused.said)
            return
        if self._in_body and not self._outstanding:
            self._hold_back()
        self._watch()

    def _feed(self, data: bytes | memoryview) -> None:
        """Parse some; `_fed` is what came since something was complete. Raises Refused, and httptools' errors."""
        self._fed += len(data)
        self.parser.feed_data(data)
        caps = self._guard.caps
        if self._fed > caps.head or len(self.url) > caps.url:
            raise Refused(self._too_large())

    def _watch(self) -> None:
        """Have a deadline for what is not whole yet. A request that came in one piece never gets here with a change."""
        guard = self._guard
        now_at = (self._heads, self._in_head) if self._in_head or self._in_body else _IDLE
        if now_at == self._watched:
            return
        self._watched = now_at
        guard.heads.stop(self)
        guard.bodies.stop(self)
        if now_at != _IDLE:
            (guard.heads if self._in_head else guard.bodies).start(self, guard.now())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = self._in_head = True
        self._room = self._guard.caps.fields

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of a head. Lines behind a body would become the head's: they are not taken at all.

        This is called for each line of every request, so what uvicorn does with it is done here.
        """
        headers = self.headers
        if len(headers) >= self._room:
            raise Refused(self._too_large() if self._in_head else self._trailer())
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        headers.append((name, value))

    def _too_large(self) -> bytes:
        caps = self._guard.caps
        if len(self.url) > caps.url:
            detail = f"the address has more than {caps.url} bytes: shorten it"
            return refusal(HTTPStatus.REQUEST_URI_TOO_LONG, detail)
        detail = f"a request's head has at most {caps.head} bytes in {caps.fields} lines: send fewer or shorter ones"
        return refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)

    def _trailer(self) -> bytes:
        detail = "no header lines are taken behind a body: send them in the head"
        return refusal(HTTPStatus.BAD_REQUEST, detail)

    def _malformed(self) -> bytes:
        self._guard.malformed += 1
        return refusal(HTTPStatus.BAD_REQUEST, "this is no HTTP/1.1 request: see RFC 9112")

    def on_headers_complete(self) -> None:
        caps = self._guard.caps
        size = len(self.url) + 4 * len(self.headers) + sum(map(len, chain.from_iterable(self.headers)))
        if size > caps.head or len(self.url) > caps.url:
            raise Refused(self._too_large())
        self._in_head, self._begun, self._fed, self._room = False, False, 0, 0
        self._heads += 1
        self._admit()
        super().on_headers_complete()

    def _admit(self) -> None:
        """Have the client's budget pay for the request. Behind a proxy of ours, that is a connection's too."""
        guard = self._guard
        client = self._forwarded() if self._proxied else self._client
        if self._proxied and not self._lease.ask(client):
            guard.limited += 1
            detail = "too many connections from this address: close some, or come back later"
            raise Refused(refusal(HTTPStatus.TOO_MANY_REQUESTS, detail, RETRY_S))
        if client and (wait := guard.budgets.spend(client, guard.now())):
            guard.limited += 1
            detail = "too many requests from this address: wait, and send fewer"
            raise Refused(refusal(HTTPStatus.TOO_MANY_REQUESTS, detail, ceil(wait)))
        if len(self.pipeline) >= PIPELINE_MOST:
            raise Refused(b"")

    def _forwarded(self) -> str:
        """For whom our proxy asks; "" if it does not say."""
        said = ",".join([value.decode("latin-1") for name, value in self.headers if name == b"x-forwarded-for"])
        return self._guard.trusted.client(self._peer, said) if said else ""

    def on_body(self, body: bytes) -> None:
        self._fed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._fed = 0
        super().on_message_complete()

    def finish(self) -> None:
        super().finish()
        self._drain()

    def on_response_complete(self) -> None:
        """As uvicorn's, and while the client thinks about its next request, the body of the last one is not kept."""
        self._lease.answered()
        super().on_response_complete()
        cycle = self.cycle
        if cycle.response_complete and cycle.body:
            cycle.body = bytearray()
        if self.transport.is_closing():
            self._drain()

    def _drain(self) -> None:
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._guard.drain(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._guard.drain(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():  # else what is left has to go too
            self._guard.drained(self)

    def timeout_keep_alive_handler(self) -> None:
        """The client has not asked again in time; nor has it read, if something is left of its last answer."""
        if self.unread():
            self._guard.stalled += 1
            self.cut()
        elif not self.transport.is_closing():
            self.transport.close()

    def head_overdue(self) -> None:
        detail = "the head of the request was not here in time: send it again, at once"
        self._refuse(refusal(HTTPStatus.REQUEST_TIMEOUT, detail) if self._begun or self._fed else b"")

    def body_overdue(self) -> None:
        detail = "the body was not here in time: send it again with the same key"
        self._refuse(refusal(HTTPStatus.REQUEST_TIMEOUT, detail))

    def _refuse(self, said: bytes) -> None:
        """Say so and close; without a word if there is none, or if it could be taken for another request's answer.

        A head that was given up costs its client as much as a request, and once it has spent all, no word either.
        """
        if self.transport.is_closing():
            return
        guard, cycle = self._guard, self.cycle
        if self._in_head and said:
            client = self._forwarded() if self._proxied else self._client
            if client and guard.budgets.spend(client, guard.now()):
                guard.limited += 1
                said = b""
        if self._in_body:
            fitting = not cycle.response_started and not self.pipeline
        else:
            fitting = cycle is None or cycle.response_complete
        if not said or not fitting:
            self.cut()
            return
        guard.forget(self)
        self.transport.write(said)
        if self._in_body:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()
        guard.drain(self)

    def hand_over(self) -> tuple[socket.socket, Callable[[], None]] | None:
        """As it is, but what the door set for answers is undone: a stream has a bound of its own."""
        taken = super().hand_over()
        if taken is not None and NOTSENT is not None:
            with contextlib.suppress(OSError):  # whoever takes it will see that it has gone
                taken[0].setsockopt(socket.IPPROTO_TCP, NOTSENT, 2**31 - 1)
        return taken

    def unread(self) -> int:
        left = 0
        with contextlib.suppress(OSError, ValueError):  # it is closed
            left = _in_kernel(self.transport.get_extra_info("socket").fileno())
        return left + self.transport.get_write_buffer_size()

    def cut(self) -> None:
        with contextlib.suppress(OSError):
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()


def _in_kernel(descriptor: int) -> int:
    """Bytes that were sent and that the other side has not acknowledged."""
    found: int = struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)))[0]
    return found
