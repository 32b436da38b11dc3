"""uvicorn with our own door: it accepts, and it ends the streams before uvicorn waits for its connections for good."""

import socket
import time
from pathlib import Path

import uvicorn

from standfirst.config import Config
from standfirst.edge.budgets import Budgets, Lease, Trusted
from standfirst.edge.certificate import Certificate
from standfirst.edge.door import Door, listening
from standfirst.edge.guard import Guard
from standfirst.edge.guarded import Guarded
from standfirst.edge.routes import Edge

TICKS = 10
"""uvicorn ticks ten times a second."""


class Server(uvicorn.Server):
    """Serves an application that has an edge in it. Stop it by SIGTERM, SIGINT, or `should_exit`.

    Raises ConfigError for a certificate that cannot be used, and from `serve` for an address it cannot listen on.
    """

    def __init__(self, options: uvicorn.Config, edge: Edge, config: Config | None = None) -> None:
        super().__init__(options)
        config = config or Config()
        self._edge = edge
        self.ticked_at = time.monotonic()
        self.budgets = Budgets(
            connections=config.address_connections,
            arrivals=config.address_arrivals,
            rate=config.address_requests,
            burst=config.address_burst,
        )
        self.trusted = Trusted(config.trusted_proxies)
        self.guard = Guard(config, self.budgets, self.trusted)
        self.door = Door(
            self._client,
            self.budgets,
            self.trusted,
            rate=config.accept_rate,
            certificate=Certificate(Path(config.tls_cert), Path(config.tls_key)) if config.tls_cert else None,
            handshake_seconds=config.header_seconds,
        )

    @property
    def edge(self) -> Edge:
        """Whom it serves."""
        return self._edge

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on `sockets`, or on the host and port of the options; accept once the edge is ready."""
        found = listening(self.config.host, self.config.port, self.config.backlog) if sockets is None else sockets
        try:
            await super().startup(sockets=[])
        except BaseException:
            for listener in found:
                listener.close()
            raise
        for listener in found:
            listener.listen(self.config.backlog)
        self.door.open(found)

    async def on_tick(self, counter: int) -> bool:
        """uvicorn's own tick, and a look at the deadlines. `ticked_at`, by the monotonic clock, shows that it runs."""
        self.ticked_at = time.monotonic()
        if counter % TICKS == 0:
            self.door.sweep()
        self.guard.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Nobody comes in, readers are told to come back, then uvicorn shuts down."""
        self.door.stop()
        self._edge.drain()
        await super().shutdown(sockets)

    def _client(self, lease: Lease) -> Guarded:
        return Guarded(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            guard=self.guard,
            lease=lease,
        )
