"""The network between one browser and the newsroom: a TCP proxy that loses what networks lose, by a seed.

It runs in a thread of the test. What the browser connects to is this proxy, whatever it asks for.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import Counter
from random import Random
from typing import Literal

State = Literal["calm", "lossy", "refused", "hole"]
"""As it should be; 30 % of everything is lost; nobody answers; connections stand and nothing comes through."""

LOSS = 0.3
"""Of flights of bytes, either way, and of new connections."""
FLIGHT = 16_384
LATE_S = (0.03, 0.4)
"""How late comes what has to be sent again."""


class Network:
    """Listens on `port`. `happened` counts what was done to connections."""

    def __init__(self, server: int, seed: object) -> None:
        self.happened: Counter[str] = Counter()
        self.state: State = "calm"
        self._server = server
        self._chance = Random(f"{seed}/network")
        self._lines: set[Line] = set()
        self._lose: list[bytes] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = self._do(self._listen())

    def be(self, state: State) -> None:
        """What is under way when the network is cut, or comes back, is lost."""

        async def turn() -> None:
            before, self.state = self.state, state
            if state == "refused" or before == "hole":
                for line in list(self._lines):
                    line.cut()
            elif state != "hole":
                for line in [one for one in self._lines if one.stalled]:
                    line.cut()

        self._do(turn())

    def lose_answer(self, request: str) -> None:
        """The next request whose head has these words is carried out, and its answer is lost."""

        async def note() -> None:
            self._lose.append(request.encode())

        self._do(note())

    def close(self) -> None:
        async def end() -> None:
            self._listener.close()
            for line in list(self._lines):
                line.cut()
            under_way = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            if under_way:
                await asyncio.wait(under_way, timeout=10)

        self._do(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> int:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=FLIGHT)
        return int(self._listener.sockets[0].getsockname()[1])

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(writer)
        self._lines.add(line)
        try:
            if self.state == "refused" or (self.state == "lossy" and self._chance.random() < LOSS / 2):
                self.happened["refused"] += 1
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server, limit=FLIGHT)
            line.far = far_writer
            await asyncio.gather(
                self._carry(line, reader, far_writer, asking=True), self._carry(line, far_reader, writer, asking=False)
            )
        except OSError:
            self.happened["broken"] += 1
        finally:
            line.cut()
            self._lines.discard(line)

    async def _carry(
        self, line: "Line", source: asyncio.StreamReader, target: asyncio.StreamWriter, *, asking: bool
    ) -> None:
        while data := await source.read(FLIGHT):
            if asking:
                line.doomed = line.doomed or self._wanted(data)
            elif line.doomed:
                self.happened["answer lost"] += 1
                line.cut()
                return
            if not await self._pass(line, target, data):
                return
        with contextlib.suppress(OSError):
            target.write_eof()

    async def _pass(self, line: "Line", target: asyncio.StreamWriter, data: bytes) -> bool:
        """Whether the connection still stands after this flight."""
        fate = self._fate()
        if fate == "late":
            await asyncio.sleep(self._chance.uniform(*LATE_S))
        if fate == "stalled" or self.state == "hole":
            line.stalled = True
        if line.stalled:
            self.happened["stalled"] += 1
            await line.ended.wait()
            return False
        if fate == "cut":
            line.cut()
            return False
        target.write(data)
        await target.drain()
        if fate == "cut after":
            await asyncio.sleep(0.01)
            line.cut()
            return False
        return True

    def _fate(self) -> str:
        if self.state != "lossy" or self._chance.random() >= LOSS:
            return ""
        fate = self._chance.choices(("late", "cut", "cut after", "stalled"), (60, 17, 17, 6))[0]
        self.happened[fate] += 1
        return fate

    def _wanted(self, data: bytes) -> bool:
        """Whether the answer to this request is one that is to be lost, which happens once."""
        found = next((words for words in self._lose if words in data.partition(b"\r\n")[0]), None)
        if found:
            self._lose.remove(found)
        return found is not None

    def _do(self, work):  # type: ignore[no-untyped-def]  # gives what the coroutine gives
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


class Line:
    """One connection."""

    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.far: asyncio.StreamWriter | None = None
        self.doomed = self.stalled = False
        self.ended = asyncio.Event()
        self._near = near

    def cut(self) -> None:
        """As a network does: with a reset."""
        self.ended.set()
        for end in (self._near, self.far):
            if end is not None and not end.transport.is_closing():
                sock: socket.socket = end.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.transport.abort()
