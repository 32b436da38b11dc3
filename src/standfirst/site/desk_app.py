"""Django as an ASGI application with bounds: bodies and threads. How long a body may take is `edge.guard`'s matter."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.db import connections

from standfirst.accounts.tokens import bears_token
from standfirst.desk.api.problems import MEDIA, TOO_LARGE, document
from standfirst.edge.budgets import Trusted
from standfirst.site.hosts import arriving
from standfirst.site.middleware import HEADERS

Message = MutableMapping[str, Any]  # Any: as ASGI has it
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

MAX_BODY: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
"""Bytes."""
MAX_HELD = 16 * 1024 * 1024
"""Bytes of all bodies together, from their first one until Django has answered."""
HELD_BY_ONE = 2 * 1024 * 1024
"""Of these, what one address may have under way, which a whole newsroom may share: nobody fills it up alone."""
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

    Left alone, Django makes a thread and a database connection for every request, and takes bodies of any size and
    number. The body of one who shows no token is not read at all: Django refuses the request before it would.
    """

    def __init__(self, django: App) -> None:
        self._django = django
        self._scheme = urlsplit(settings.CONFIG.base_url).scheme
        self._trusted = Trusted(settings.CONFIG.trusted_proxies)
        self._idle = [ThreadPoolExecutor(1, thread_name_prefix=f"desk-{number}") for number in range(THREADS)]
        self._free = asyncio.Semaphore(THREADS)
        self._held = 0
        self._of: Counter[str] = Counter()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        scope = {**scope, **arriving(self._scheme, self._trusted, scope.get("client"), scope["headers"])}
        chunks: list[bytes] = []
        try:
            if await self._arrived(scope, receive, send, chunks):
                await self._hand_over(scope, _replay(b"".join(chunks), receive), send)
        finally:
            self._let_go(_address(scope), sum(map(len, chunks)))

    def close(self) -> None:
        """Let the threads end and close their connections, after the last request."""
        for thread in self._idle:
            thread.submit(connections.close_all)
            thread.shutdown()

    async def _arrived(self, scope: Message, receive: Receive, send: Send, chunks: list[bytes]) -> bool:
        """Whether the body is in `chunks` now. If not, the client was told why, or has gone."""
        try:
            await self._read(scope, receive, chunks)
        except Refused as refused:
            await _refuse(scope, send, refused)
        except Gone:
            pass
        else:
            return True
        return False

    async def _read(self, scope: Message, receive: Receive, chunks: list[bytes]) -> None:
        """The body into `chunks`. Raises Refused for one too large, as soon as that is known, or one too many; Gone."""
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            raise Refused(413, "too-large", TOO_LARGE)
        if not _may_speak(scope["path"], headers):
            return
        size, more, who = 0, True, _address(scope)
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > MAX_BODY:
                raise Refused(413, "too-large", TOO_LARGE)
            if self._held + len(chunk) > MAX_HELD or self._of[who] + len(chunk) > HELD_BY_ONE:
                raise Refused(503, "busy", "too many bodies arrive at once: send it again with the same key")
            chunks.append(chunk)
            self._held += len(chunk)
            self._of[who] += len(chunk)
            more = message.get("more_body", False)

    def _let_go(self, who: str, size: int) -> None:
        self._held -= size
        self._of[who] -= size
        if not self._of[who]:
            del self._of[who]

    async def _hand_over(self, scope: Message, receive: Receive, send: Send) -> None:
        async with self._free:
            thread = self._idle.pop()
            try:
                async with ThreadSensitiveContext(executor=thread):
                    await self._django(scope, receive, send)
            finally:
                self._idle.append(thread)


def _address(scope: Message) -> str:
    """Who asks, as `arriving` found out; "" for a connection without an address."""
    return str(scope["client"][0]) if scope["client"] else ""


def _may_speak(path: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a body is read at all: from one who shows a token or a session, or is about to sign in."""
    if bears_token(headers.get(b"authorization", b"").decode("latin-1")):
        return True
    return path.startswith("/account/") or settings.SESSION_COOKIE_NAME.encode() + b"=" in headers.get(b"cookie", b"")


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, then the disconnect; what was not to be read is dropped as it comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        while given:
            if (message := await receive())["type"] != "http.request":
                return message
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(scope: Message, send: Send, refused: Refused) -> None:
    body = document(refused.status, refused.code, str(refused), scope["path"])
    headers = {**HEADERS, "Content-Type": MEDIA, "Content-Length": str(len(body)), "Connection": "close"}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})
