"""Run the newsroom's server: one process, until SIGTERM or SIGINT."""

import gc
import logging
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from django.db import connections

from standfirst.config import Config
from standfirst.site import boot, metrics

if TYPE_CHECKING:
    from standfirst.edge.server import Server

log = logging.getLogger(__name__)

OTHER_FILES = 200
"""What a process opens beside its readers' connections, roughly."""
COLLECT = (10_000, 20, 50)
"""When Python collects circles of garbage (see `gc.set_threshold`). With 15,000 connections it looks at all of them for
half a second, in which nobody is served; by its own figures it did so every two seconds while clients came and went. No
connection leaves a circle behind, so there is little to find.
"""
GRACE_S = 10
"""For requests under way when the server is told to stop."""


def run(config: Config) -> None:
    """Prepare the database and serve. Returns after a graceful stop; exit status 74 if the record's disk failed.

    Raises RecordUnsafe, ConfigError; OSError if the port is taken.
    """
    boot.prepare(config)
    connections.close_all()  # what follows works in threads of its own
    with server(config) as one:
        one.run()


@contextmanager
def server(config: Config) -> Iterator["Server"]:
    """A server of this process, to be run; what it works with is closed afterwards. Django must be set up."""
    from standfirst.edge.metrics import EdgeCollector  # these need Django set up
    from standfirst.edge.server import Server
    from standfirst.site.asgi import newsroom

    open_files(config.max_readers)
    gc.set_threshold(*COLLECT)
    with _stopping_is_no_failure(), newsroom(config) as edge:
        one = Server(options(edge, config), edge, config)
        with metrics.exposed(config, EdgeCollector(edge, one)):
            yield one


def open_files(readers: int) -> None:
    """Let this process open as many files as it may at all; logs it if that is too few for so many streams."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most < readers + OTHER_FILES:
        log.warning(
            "this process may open %d files, too few for max_readers=%d: raise LimitNOFILE or `ulimit -Hn`",
            most,
            readers,
        )


@contextmanager
def _stopping_is_no_failure() -> Iterator[None]:
    """After a graceful stop uvicorn raises the signal again, which would end the process with its files open."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def options(app: object, config: Config) -> uvicorn.Config:
    """uvicorn's settings: no access log, no headers that say what runs here, no trust in forwarded addresses.

    Where the public address is HTTPS, every answer, of the edge and of Django, tells browsers to ask by HTTPS only.
    """
    strict = config.hsts_seconds if config.base_url.startswith("https:") else 0
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application
        host=config.host,
        port=config.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        headers=[("strict-transport-security", f"max-age={strict}")] if strict else [],
        timeout_graceful_shutdown=GRACE_S,
        backlog=config.backlog,
    )
