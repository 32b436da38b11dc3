"""Ask for one page over and over: `python -m benchmarks.load ADDRESS CONNECTIONS SECONDS` prints the number of answers.

Stands in where wrk is not installed. Slower than wrk, which does not matter: what is compared is the servers' CPU time.
"""

import asyncio
import sys
import time
from urllib.parse import urlsplit


async def reader(host: str, port: int, request: bytes, until: float) -> int:
    """Answers that one connection got before `until` (monotonic seconds)."""
    source, sink = await asyncio.open_connection(host, port)
    count = 0
    while time.monotonic() < until:
        sink.write(request)
        head = await source.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        await source.readexactly(int(fields[b"content-length"]))
        count += 1
    sink.close()
    await sink.wait_closed()
    return count


async def load(address: str, connections: int, seconds: float) -> int:
    """Answers that `connections` readers got together in `seconds`."""
    parts = urlsplit(address)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    until = time.monotonic() + seconds
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    return sum(await asyncio.gather(*(reader(host, port, request, until) for _ in range(connections))))


if __name__ == "__main__":
    print(asyncio.run(load(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
