"""Streams that are packed once for all, in a browser: each event is shown when it comes, not when the next one does.

Chromium offers `gzip, deflate, br, zstd`, and ours prefers gzip, so a hop before the server asks for what a test is
about. The hop is cut by the test, too.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page

from tests.browser.newsroom import Desk

FOLLOW = {
    "fetch": """(path) => {
      window.got = []; window.encoding = '';
      (async () => {
        for (let after = null; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
          try {
            const answer = await fetch(after === null ? path : `${path}?after=${after}`, { cache: 'no-store' });
            window.encoding = answer.headers.get('content-encoding');
            const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
            for (let text = ''; ; ) {
              const { value, done } = await chunks.read();
              if (done) break;
              const blocks = (text + value).split('\\n\\n');
              text = blocks.pop();
              for (const block of blocks) {
                const id = /^id: (.*)$/m.exec(block);
                if (id) { after = Number(id[1]); window.got.push(after) }
                else if (/^event: hello$/m.test(block)) {
                  window.got.push('hello');
                  after ??= JSON.parse(/^data: (.*)$/m.exec(block)[1]).seq;
                }
              }
            }
          } catch {}
        }
      })();
    }""",
    "EventSource": """(path) => {
      window.got = [];
      window.source = new EventSource(path);
      source.addEventListener('hello', () => got.push('hello'));
      source.addEventListener('ops', (event) => got.push(Number(event.lastEventId)));
    }""",
}


class Hop:
    """A way to a server's port where requests accept `coding` alone. `answered` has what the answers are packed in."""

    def __init__(self, port: int, coding: str) -> None:
        self._port, self._coding = port, coding.encode()
        self.answered: list[str] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._pass, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def cut(self) -> None:
        """Break every connection."""

        async def cut() -> None:
            for writer in list(self._open):
                writer.transport.abort()

        self._do(cut())

    def close(self) -> None:
        self._server.close()
        self.cut()

        async def over() -> None:
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0.01)

        self._do(over())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server, there = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, there}
        answers = asyncio.create_task(self._answers(server, writer))
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                there.write(re.sub(rb"(?im)^(accept-encoding:)[^\r]*", rb"\1 " + self._coding, head))
        there.transport.abort()
        await answers
        self._open -= {writer, there}

    async def _answers(self, server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await server.read(65536):
                for coding in re.findall(
                    rb"(?im)^content-type: text/event-stream[^\0]*?^content-encoding: (\w+)", data
                ):
                    self.answered.append(coding.decode())
                writer.write(data)
        writer.close()


@pytest.fixture(params=["gzip", "zstd", "gzip, deflate, br, zstd"])
def hop(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Hop]:
    made = Hop(desk.newsroom.port, request.param)
    yield made
    made.close()


def shown(page: Page, *expected: int | str) -> None:
    """Wait until the page has this, and no more."""
    page.wait_for_function("(n) => window.got.length >= n", arg=len(expected))
    assert page.evaluate("window.got") == list(expected)


@pytest.mark.parametrize("how", FOLLOW)
def test_each_event_is_shown_at_once_over_joins_drops_and_resumes(desk: Desk, page: Page, hop: Hop, how: str) -> None:
    page.goto(f"{hop.url}/")
    page.evaluate(FOLLOW[how], f"/{desk.slug}/live")
    expected: list[int | str] = ["hello"]
    shown(page, *expected)
    for text in ("One", "Two more words.\n\n" * 400, "Three – größer, 漢字"):
        desk.post(text=text)  # nothing follows it: what is shown came with it
        expected.append(desk.seq)
        shown(page, *expected)
    for missed in (0, 1, 3) if how == "fetch" else (2,):  # EventSource waits as long as the server asks for
        hop.cut()
        for _ in range(missed):
            desk.post()
            expected.append(desk.seq)
        page.wait_for_function("(n) => got.filter((one) => one === 'hello').length >= n", arg=2)
        desk.post()
        expected.append(desk.seq)
        page.wait_for_function("(last) => got.at(-1) === last", arg=desk.seq)
        assert [one for one in page.evaluate("got") if one != "hello"] == expected[1:]
        page.evaluate("got.splice(0, got.length, 'hello', ...got.filter((one) => one !== 'hello'))")
    wanted = "zstd" if hop._coding == b"zstd" else "gzip"
    assert len(hop.answered) >= 2
    assert set(hop.answered) == {wanted}
    if how == "fetch":
        assert page.evaluate("encoding") == wanted
