"""`standfirst serve` and `standfirst demo`: the server, and a story to watch it with."""

import errno
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from standfirst.cli import newsroom
from standfirst.config import Config

DEMO_NAME = "The Sallow Courier"
_PORTS = 50
"""How many ports after the one asked for the demo tries."""


@click.command()
@click.option("--host", help="Address to listen on; STANDFIRST_HOST or 127.0.0.1 if not given.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; STANDFIRST_PORT or 8000 if not given.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes to serve with; STANDFIRST_WORKERS or 1.")
@click.option("--tls-cert", metavar="PEM", help="Certificate chain for HTTPS; STANDFIRST_TLS_CERT or plain HTTP.")
@click.option("--tls-key", metavar="PEM", help="Key of the certificate; STANDFIRST_TLS_KEY.")
@newsroom.where
def serve(host: str | None, port: int | None, **given: int | str | None) -> None:
    """Serve the newsroom: reader pages, live updates, the desk and the HTTP API.

    A newsroom without an owner gets one by the link that is printed: whoever opens it first, within a day.
    """
    config = newsroom.configured(host=host, port=port, **given)
    if not free(config.host, config.port):
        raise newsroom.Refused(f"port {config.port} of {config.host} is taken: give another with --port")
    if config.tls_cert:
        from standfirst.edge.certificate import Certificate

        Certificate(Path(config.tls_cert), Path(config.tls_key))  # refused now rather than by each worker
    newsroom.ready(host=host, port=port, **given)
    from standfirst.site import serve as site
    from standfirst.site import workers as several

    click.echo(f"{config.name} is at {config.base_url}/ (Ctrl-C ends it)")
    _say_first_link()
    with leaving_well():
        (site if config.workers == 1 else several).run(config)


@click.command()
@click.option("--host", help="Address to listen on; 127.0.0.1 if not given.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; the first free from 8000 if not given.")
@click.option("--speed", type=click.FloatRange(0.1, 100), default=1.0, show_default=True, help="How fast it goes on.")
@newsroom.where
def demo(host: str | None, port: int | None, speed: float) -> None:
    """Open an invented story, a flood, and replay it live. Uses a throw-away folder unless --home is given."""
    given = click.get_current_context().find_root().ensure_object(dict)
    if given.get("home") is not None or given.get("database") is not None:
        _demo(newsroom.configured(host=host, port=port, name=DEMO_NAME, url=""), port, speed, "kept")
        return
    with tempfile.TemporaryDirectory(prefix="standfirst-demo-") as folder:
        given["home"] = Path(folder)
        _demo(
            newsroom.configured(host=host, port=port, name=DEMO_NAME, url="", database=""),
            port,
            speed,
            "removed at the end",
        )


def _demo(config: Config, asked: int | None, speed: float, fate: str) -> None:
    port = config.port if asked else next_free(config.host, config.port)
    if not free(config.host, port):
        raise newsroom.Refused(f"port {port} of {config.host} is taken: give another with --port")
    taken = port != config.port
    wanted, config = (
        config.port,
        newsroom.configured(host=config.host, port=port, name=config.name, url="", database=config.database),
    )
    from standfirst.syndication.demo import script

    story = script.load()
    click.echo(f"{config.base_url}/{story.slug}")
    if taken:
        newsroom.warn(f"Port {wanted} is taken, so this is port {port}.")
    newsroom.warn(f"An invented story. It goes on by itself; Ctrl-C ends it. Its folder, {config.home}, is {fate}.")
    from standfirst.site import boot, serve

    boot.prepare(config)
    _say_first_link()
    from standfirst.syndication.demo import replay

    writer = script.Writer(story, config.base_url)
    acts = replay.backfill(story, writer, now=newsroom.now())
    stop = threading.Event()

    def go_on() -> None:
        from django.db import connection

        try:
            if replay.play(story, writer, acts, clock=newsroom.now, wait=stop.wait, speed=speed):
                newsroom.warn("The story has ended. Its page stays here until Ctrl-C.")
        finally:
            connection.close()

    thread = threading.Thread(target=go_on, name="demo")
    thread.start()
    with leaving_well():
        try:
            serve.run(config)
        finally:
            stop.set()
            thread.join()


def _say_first_link() -> None:
    """Print the way in for a newsroom without an owner. Raises Refused if nobody could read it: it would stay so."""
    from standfirst.accounts.owner import first_link

    link = first_link(now=newsroom.now())
    if not link:
        return
    try:
        if sys.stderr is None:
            raise OSError("standard error is closed")
        newsroom.warn(f"Nobody owns this newsroom yet. Whoever opens this link does; it works once, for a day:\n{link}")
    except OSError as error:
        raise newsroom.Refused(
            f"this newsroom has no owner, and the link that makes one cannot be printed ({error}): give standard error "
            "somewhere to go, or make one first with `standfirst user invite --role owner`"
        ) from None


@contextmanager
def leaving_well() -> Iterator[None]:
    """Ctrl-C and SIGTERM are how a server ends: what was opened is closed, and the status is 0."""
    before = signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def next_free(host: str, first: int) -> int:
    return next((port for port in range(first, min(first + _PORTS, 65536)) if free(host, port)), first)


def free(host: str, port: int) -> bool:
    """Whether the server could listen there. Raises Refused for a host that is not this machine's."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise newsroom.Refused(
            f"cannot listen on {host}:{port} ({error.strerror}): give another --host or --port"
        ) from None
    return True
