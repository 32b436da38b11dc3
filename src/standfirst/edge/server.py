"""uvicorn, told to end the streams before it waits for its connections: it would wait for them for good."""

import socket

import uvicorn

from standfirst.edge.routes import Edge


class Server(uvicorn.Server):
    """Serves an application that has an edge in it. Stop it by SIGTERM, SIGINT, or `should_exit`."""

    def __init__(self, config: uvicorn.Config, edge: Edge) -> None:
        super().__init__(config)
        self._edge = edge

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Readers are told to come back, then uvicorn shuts down."""
        self._edge.drain()
        await super().shutdown(sockets)
