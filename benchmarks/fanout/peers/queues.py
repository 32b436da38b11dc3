"""How event streams are usually served from Python: a queue and a task per reader. ASGI, for uvicorn and for Granian.

/plain streams events that were encoded once; /sse has sse-starlette encode them. POST /publish takes the message.
"""

import asyncio
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

NEVER_S = 3600
"""Between pings: what is measured is delivery."""

readers: set[asyncio.Queue[bytes]] = set()


async def publish(request: Request) -> Response:
    """Put the message into every queue."""
    message = await request.body()
    for reader in readers:
        reader.put_nowait(message)
    return Response(status_code=202)


async def messages() -> AsyncIterator[bytes]:
    """What one reader gets."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    readers.add(queue)
    try:
        while True:
            yield await queue.get()
    finally:
        readers.discard(queue)


async def plain(request: Request) -> Response:
    async def events() -> AsyncIterator[bytes]:
        yield b":\n\n"
        async for message in messages():
            yield b"event: ops\nid: %d\ndata: %b\n\n" % (int(message[6:14]), message)

    return StreamingResponse(events(), media_type="text/event-stream")


async def sse(request: Request) -> Response:
    async def events() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(comment="")
        async for message in messages():
            yield ServerSentEvent(message.decode(), event="ops", id=str(int(message[6:14])))

    return EventSourceResponse(events(), ping=NEVER_S)


app = Starlette(
    routes=[Route("/publish", publish, methods=["POST"]), Route("/plain", plain), Route("/sse", sse)],
)
