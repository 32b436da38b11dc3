"""Ten thousand readers that wait for the next entry behind nginx with `proxy_cache_lock`: what reaches the origin?

`proxy_cache_min_uses 0`, because nginx counts the uses of a cache entry in ten bits: with 1 each 1,024th request finds
it "never used" and goes to the origin past the lock.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.fanout.build import Missing
from benchmarks.fanout.contenders import ours
from benchmarks.fanout.peers.ours import EDITION, STORY
from benchmarks.fanout.readers import Publisher
from benchmarks.servers import Server, free_port, running

READERS = 10_000
UPDATES = 5
PATIENCE_S = 30.0
AT_A_TIME = 200


class Waiting(asyncio.Protocol):
    """One reader: asks for the next entry, and for the one after it once it has that."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._next = crowd.first
        self._data = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: Any) -> None:  # Any: a transport that writes, whatever asyncio calls it
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if not end or len(body) < length:
            return
        self._data = b""
        if head.startswith(b"HTTP/1.1 200"):
            self._crowd.got(self._next)
            self._next += 1
        elif not head.startswith(b"HTTP/1.1 404"):  # held in vain: ask again
            self._crowd.failed.append(head)
            return
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._crowd.over:
            self._crowd.failed.append(f"connection lost: {error}".encode())

    def _ask(self) -> None:
        assert self._transport is not None
        path = f"/{STORY}/ops/{EDITION}/{self._next}"
        self._transport.write(f"GET {path} HTTP/1.1\r\nHost: {self._crowd.host}\r\n\r\n".encode())


class Crowd:
    """All of them."""

    def __init__(self, host: str, first: int, readers: int) -> None:
        self.host = host
        self.first = first
        self.failed: list[bytes] = []
        self.over = False
        self._readers = readers
        self._count: dict[int, int] = {}
        self._all: dict[int, asyncio.Event] = {}

    def got(self, n: int) -> None:
        """One more has entry n."""
        self._count[n] = self._count.get(n, 0) + 1
        if self._count[n] == self._readers:
            self._event(n).set()

    async def have(self, n: int) -> None:
        """Returns when all have entry n. Raises RuntimeError."""
        try:
            await asyncio.wait_for(self._event(n).wait(), PATIENCE_S)
        except TimeoutError:
            count = self._count.get(n, 0)
            raise RuntimeError(f"{count} of {self._readers} have entry {n}; failures: {self.failed[:2]}") from None

    def _event(self, n: int) -> asyncio.Event:
        return self._all.setdefault(n, asyncio.Event())


def measure(scratch: Path, readers: int = READERS) -> dict[str, Any]:  # Any: JSON
    """Requests that reached the origin for each update, and how long all readers took to have it. Raises Missing."""
    with ours() as mine, _cache(scratch, mine.server) as cache:
        log = scratch / "collapse" / "origin.log"
        publisher = Publisher(mine.server.base + mine.publish)
        return uvloop.run(_updates(cache, publisher, log, readers))


async def _updates(cache: Server, publisher: Publisher, log: Path, readers: int) -> dict[str, Any]:  # Any: JSON
    host, port = "127.0.0.1", int(cache.base.rpartition(":")[2])
    crowd = Crowd(f"{host}:{port}", 2, readers)
    loop = asyncio.get_running_loop()
    made = []
    for first in range(0, readers, AT_A_TIME):
        many = range(min(AT_A_TIME, readers - first))
        made += await asyncio.gather(*(loop.create_connection(lambda: Waiting(crowd), host, port) for _ in many))
    await asyncio.sleep(1)
    before, asked, took = len(log.read_text().splitlines()), [], []
    for _ in range(UPDATES):
        began = time.monotonic()
        entry = await asyncio.to_thread(publisher.publish) + 1
        await crowd.have(entry)
        took.append(time.monotonic() - began)
        await asyncio.sleep(1)
        after = len(log.read_text().splitlines())
        asked.append(after - before)
        before = after
    crowd.over = True
    for transport, _ in made:
        transport.abort()
    if crowd.failed:
        raise RuntimeError(f"{len(crowd.failed)} readers failed, the first: {crowd.failed[0]!r}")
    return {"readers": readers, "updates": UPDATES, "requests": asked, "most": max(asked), "all_have_it_s": max(took)}


@contextmanager
def _cache(scratch: Path, origin: Server) -> Iterator[Server]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        raise Missing("nginx is not installed (Debian: apt-get install nginx)")
    port = free_port()
    folder = scratch / "collapse"
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"""
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 19900; }}
        http {{
            log_format origin "$upstream_addr $upstream_status $request_uri";
            map $upstream_addr $asked {{ "" 0; default 1; }}
            access_log {folder}/origin.log origin if=$asked;
            client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
            uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            proxy_cache_path {folder}/cache keys_zone=live:10m; keepalive_requests 100000000;
            upstream origin {{ server {origin.base.removeprefix("http://")}; keepalive 16; }}
            server {{
                listen 127.0.0.1:{port} backlog=4096;
                location / {{
                    proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
                    proxy_cache live; proxy_cache_lock on; proxy_cache_lock_timeout 60s; proxy_cache_lock_age 60s;
                    proxy_cache_min_uses 0; proxy_read_timeout 60s;
                }}
            }}
        }}
        """
    )
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running("nginx", command, port, "/healthz", dict(os.environ)) as server:
        yield server
