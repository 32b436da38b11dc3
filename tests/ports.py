"""Free ports for servers that must be told theirs beforehand."""

import random
import socket
from contextlib import suppress


def pair() -> int:
    """The first of two free ports that follow each other, of those that the system gives to nobody by itself."""
    while True:
        port = random.randrange(20_000, 32_000)
        with (
            suppress(OSError),
            socket.create_server(("127.0.0.1", port)),
            socket.create_server(("127.0.0.1", port + 1)),
        ):
            return port
