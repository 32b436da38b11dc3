"""The peer: a page and an event stream with Starlette and sse-starlette, a queue per reader, nothing stored."""

import asyncio
import json
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

PAGE = """<!doctype html><html lang="en" data-seq="0"><title>peer</title><div id="updates"></div><script>
new EventSource("/live").onmessage = (event) => {
  const { seq, html } = JSON.parse(event.data);
  document.getElementById("updates").insertAdjacentHTML("afterbegin", html);
  document.documentElement.dataset.seq = seq;
};
</script>"""

readers: set[asyncio.Queue[str]] = set()
count = 0


async def page(request: Request) -> Response:
    return HTMLResponse(PAGE)


async def post(request: Request) -> Response:
    """Number the update and give it to every reader."""
    global count
    count += 1
    words = (await request.json())["text"]
    message = json.dumps({"seq": count, "html": f'<article class="up"><h3>Update {count}</h3><p>{words}</p></article>'})
    for reader in readers:
        reader.put_nowait(message)
    return JSONResponse({"seq": count}, 201)


async def live(request: Request) -> Response:
    async def events() -> AsyncIterator[ServerSentEvent]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        readers.add(queue)
        try:
            while True:
                message = await queue.get()
                yield ServerSentEvent(message, id=str(json.loads(message)["seq"]))
        finally:
            readers.discard(queue)

    return EventSourceResponse(events())


app = Starlette(routes=[Route("/", page), Route("/post", post, methods=["POST"]), Route("/live", live)])
