"""Where Prometheus finds a process: a port of its own, of this machine unless told otherwise, never the public one."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.registry import Collector

from standfirst.config import Config, ConfigError


@contextmanager
def exposed(config: Config, collector: Collector) -> Iterator[int]:
    """Serve the metrics while this lasts; gives the port, 0: they are turned off. Raises ConfigError.

    Each worker takes the next port that is free, from `metrics_port` on.
    """
    if not config.metrics_port:
        yield 0
        return
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    server, thread = _opened(config, registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _opened(config: Config, registry: CollectorRegistry) -> tuple[WSGIServer, Thread]:
    first, last = config.metrics_port, min(65535, config.metrics_port + config.workers - 1)
    for port in range(first, last + 1):
        try:
            return start_http_server(port, config.metrics_host, registry)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigError(
                    f"metrics cannot be served at {config.metrics_host}:{port} ({error.strerror}): "
                    "give another STANDFIRST_METRICS_HOST or STANDFIRST_METRICS_PORT"
                ) from None
    taken = f"port {first}" if first == last else f"each port from {first} to {last}"
    raise ConfigError(f"{taken} of {config.metrics_host} is taken: give another STANDFIRST_METRICS_PORT")
