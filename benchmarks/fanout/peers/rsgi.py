"""Granian's own interface, RSGI: a queue and a task per reader, as little around it as there can be."""

import asyncio
from typing import Any

readers: set[asyncio.Queue[bytes]] = set()


async def app(scope: Any, protocol: Any) -> None:  # Any: Granian's classes, made in Rust
    """POST takes the message, GET /live streams."""
    if scope.method == "POST":
        message = await protocol()
        event = b"event: ops\nid: %d\ndata: %b\n\n" % (int(message[6:14]), message)
        for reader in readers:
            reader.put_nowait(event)
        protocol.response_empty(202, [])
    elif scope.path != "/live":
        protocol.response_empty(404, [])
    else:
        await live(protocol)


async def live(protocol: Any) -> None:  # Any: as above
    """One reader, until it goes."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    stream = protocol.response_stream(200, [("content-type", "text/event-stream")])
    await stream.send_bytes(b":\n\n")
    readers.add(queue)
    try:
        while True:
            await stream.send_bytes(await queue.get())
    finally:
        readers.discard(queue)
