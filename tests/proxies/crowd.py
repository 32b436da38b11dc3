"""Many readers at once, each over a connection of its own that it keeps: less work than an HTTP client for each."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.proxies.programs import Front


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:  # Any: JSON
        return json.loads(self.body)


class Reader:
    """One connection."""

    def __init__(self, host: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._host, self._source, self._sink = host, source, sink

    async def get(self, path: str) -> Answer:
        """Raises TimeoutError after half a minute, and IncompleteReadError if the connection ends instead."""
        async with asyncio.timeout(30):
            self._sink.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nConnection: keep-alive\r\n\r\n".encode())
            head = (await self._source.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            if headers.get("transfer-encoding") == "chunked":
                body = b"".join([piece async for piece in self._chunks()])
            else:
                body = await self._source.readexactly(int(headers["content-length"]))
        return Answer(int(head[0].split()[1]), headers, body)

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := int(await self._source.readuntil(b"\r\n"), 16):
            yield (await self._source.readexactly(size + 2))[:-2]
        await self._source.readexactly(2)

    async def close(self) -> None:
        self._sink.close()
        with suppress(OSError):  # the proxy was quicker
            await self._sink.wait_closed()


@asynccontextmanager
async def crowd(front: Front, size: int) -> AsyncIterator[list[Reader]]:
    """So many readers that are connected."""
    address = urlsplit(front.url)
    trust = ssl.create_default_context(cafile=front.authority) if front.authority else None
    readers = []
    try:
        for _ in range(size):
            streams = await asyncio.open_connection(address.hostname, address.port, ssl=trust)
            readers.append(Reader(address.netloc, *streams))
        yield readers
    finally:
        for reader in readers:
            await reader.close()
