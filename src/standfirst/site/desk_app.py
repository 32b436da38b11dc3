"""Django as an ASGI application with bounds: bodies, patience, threads."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

from standfirst.desk.api.problems import MEDIA, document
from standfirst.site.middleware import HEADERS

Message = MutableMapping[str, Any]  # Any: as ASGI has it
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

MAX_BODY = 256 * 1024
"""Bytes."""
PATIENCE_S = 30.0
"""For a whole body to arrive."""
THREADS = 4
"""Django works in these for good, each with a database connection that stays. There is one writer anyway."""


class Refused(Exception):  # an answer, not an error
    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code = status, code


class Gone(Exception):  # an answer, not an error
    """The client hung up before its body was here."""


class DeskApp:
    """Hands whole requests to Django, at most THREADS at a time.

    Left alone, Django makes a thread and a database connection for every request, and takes a body of any size.
    """

    def __init__(self, django: App) -> None:
        self._django = django
        self._idle = [ThreadPoolExecutor(1, thread_name_prefix=f"desk-{number}") for number in range(THREADS)]
        self._free = asyncio.Semaphore(THREADS)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                body = await _whole(scope, receive)
        except TimeoutError:
            detail = f"the body was not here within {PATIENCE_S:g} s: send it again with the same key"
            await _refuse(scope, send, Refused(408, "too-slow", detail))
            return
        except Refused as refused:
            await _refuse(scope, send, refused)
            return
        except Gone:
            return
        async with self._free:
            thread = self._idle.pop()
            try:
                async with ThreadSensitiveContext(executor=thread):
                    await self._django(scope, _replay(body, receive), send)
            finally:
                self._idle.append(thread)

    def close(self) -> None:
        """Let the threads end and close their connections, after the last request."""
        for thread in self._idle:
            thread.submit(connections.close_all)
            thread.shutdown()


async def _whole(scope: Message, receive: Receive) -> bytes:
    """The body. Raises Refused for one that is too large, as soon as that is known, and Gone."""
    too_large = Refused(413, "too-large", f"a body has at most {MAX_BODY // 1024} kB: split it into several updates")
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > MAX_BODY):
            raise too_large
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise too_large
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, then what else comes: a disconnect."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(scope: Message, send: Send, refused: Refused) -> None:
    body = document(refused.status, refused.code, str(refused), scope["path"])
    headers = {**HEADERS, "Content-Type": MEDIA, "Content-Length": str(len(body)), "Connection": "close"}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})
