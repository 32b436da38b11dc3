"""`standfirst serve --workers`: which process holds a connection, as the kernel knows it, and readers to spread."""

import asyncio
import os
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

import httpx

from tests.contracts.killing import SLUG, Server
from tests.edge.sse import Decoder
from tests.plain import NO_TLS

PATIENCE_S = 60.0
"""For what is sure to come: never waited out."""

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST = 1
ANY_STATE = 0xFFFFFFFF
ANY_COOKIE = (0xFFFFFFFF, 0xFFFFFFFF)


class Workers(Server):
    """A server of several processes. `kill` takes one of its workers only."""

    def __init__(self, env: dict[str, str], count: int) -> None:
        super().__init__({**env, "STANDFIRST_WORKERS": str(count)})
        self.env = env
        self.count = count
        self.url = self._url
        self.headers = self._headers
        self.killed: list[int] = []

    def start(self) -> None:
        if self._process is None:
            super().start()

    def kill(self) -> None:
        pid = self.pids()[0]
        os.kill(pid, signal.SIGKILL)
        self.killed.append(pid)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal the parent; its exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(PATIENCE_S)

    def said(self) -> str:
        return self._said.read_text()

    def pids(self) -> list[int]:
        """The workers that live, oldest first."""
        assert self._process is not None
        parent = self._process.pid
        children = map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
        return [pid for pid in children if "spawn_main" in command_line(pid) and pid not in self.killed]

    def worker_of(self, port: int) -> int | None:
        """The process that holds the connection from this port of ours; None while nobody has accepted it."""
        wanted = f"socket:[{inode(self.port, port)}]"
        for pid in self.pids():
            with suppress(FileNotFoundError):
                for fd in Path(f"/proc/{pid}/fd").iterdir():
                    with suppress(FileNotFoundError):
                        if fd.readlink().name == wanted:
                            return pid
        return None

    async def client(self, worker: int) -> httpx.AsyncClient:
        """A client whose one connection is held by this worker: the kernel deals them out, so ask until it is."""
        while True:
            client = httpx.AsyncClient(
                base_url=self.url, timeout=PATIENCE_S, trust_env=False, verify=NO_TLS, headers=self.headers
            )
            try:
                answer = await client.get("/healthz")
            except httpx.ConnectError:  # nobody listens at this moment
                await client.aclose()
                await asyncio.sleep(0.05)
                continue
            stream = answer.extensions["network_stream"]
            if self.worker_of(stream.get_extra_info("client_addr")[1]) == worker:
                return client
            await client.aclose()


class Reader:
    """Follows a story as a browser does: when its stream ends it comes back, with the last id that it has seen."""

    def __init__(self, server: Workers, *, resumes: bool = True) -> None:
        self._server = server
        self._resumes = resumes
        self.ids: list[int] = []
        self.said: list[str] = []
        self.worker: int | None = None
        self.connections = 0
        self.may_come_back = asyncio.Event()
        self.may_come_back.set()
        self.news = asyncio.Condition()

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(
            base_url=self._server.url, timeout=PATIENCE_S, trust_env=False, verify=NO_TLS
        ) as client:
            while True:
                with suppress(httpx.TransportError):
                    await self._follow(client)
                await self.may_come_back.wait()
                await asyncio.sleep(0.02)  # a browser waits longer

    async def _follow(self, client: httpx.AsyncClient) -> None:
        headers = {"accept-encoding": "identity"}
        if self.ids and self._resumes:
            headers["last-event-id"] = str(self.ids[-1])
        async with client.stream("GET", f"/{SLUG}/live", headers=headers) as answer:
            port = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
            decoder = Decoder()
            async for chunk in answer.aiter_raw():
                for event in decoder.feed(chunk):
                    async with self.news:
                        self.said.append(event.event)
                        if event.event == "hello":
                            self.worker = self._server.worker_of(port)
                            self.connections += 1
                        elif event.event == "ops":
                            self.ids.append(int(event.id))
                        self.news.notify_all()

    async def has(self, *, connections: int = 0, last: int = 0) -> None:
        """Returns when the reader has connected so often, and seen this entry."""
        async with asyncio.timeout(PATIENCE_S), self.news:
            await self.news.wait_for(
                lambda: self.connections >= connections and (self.ids[-1] if self.ids else 0) >= last
            )


def command_line(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def inode(port: int, client: int) -> int:
    """Of the socket on `port` that is connected to `client`; 0: none, or not accepted. Asks sock_diag(7) for it alone.

    The tables in /proc have every connection of the machine: a busy one takes seconds to write them.
    """
    home = socket.inet_aton("127.0.0.1") + bytes(12)
    which = struct.pack("!HH", port, client) + home + home + struct.pack("=I2I", 0, *ANY_COOKIE)
    body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, ANY_STATE) + which
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as asking:
        asking.send(struct.pack("=IHHII", 16 + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0) + body)
        answer = asking.recv(8192)
    (kind,) = struct.unpack_from("=H", answer, 4)
    return int(struct.unpack_from("=I", answer, 84)[0]) if kind == SOCK_DIAG_BY_FAMILY else 0
