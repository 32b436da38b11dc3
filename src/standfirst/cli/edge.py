"""`standfirst edge`: more servers for readers, anywhere."""

import click

from standfirst.cli import newsroom, running


@click.command()
@click.option("--origin", required=True, metavar="URL", help="The newsroom, or another edge: https://news.example.")
@click.option("--host", help="Address to listen on; STANDFIRST_HOST or 127.0.0.1 if not given.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; STANDFIRST_PORT or 8000 if not given.")
@newsroom.where
def edge(origin: str, host: str | None, port: int | None) -> None:
    """Serve another newsroom's readers: follow it by the reader protocol, keep nothing.

    Needs no folder and no database. Writing, /api and /admin are the newsroom's alone.
    """
    from standfirst.edge.relay.origin import checked

    origin = checked(origin)
    config = newsroom.configured(host=host, port=port)
    if not running.free(config.host, config.port):
        raise newsroom.Refused(f"port {config.port} of {config.host} is taken: give another with --port")
    from standfirst.site import relaying

    scheme = "https" if config.tls_cert else "http"
    click.echo(f"An edge of {origin}/ is at {scheme}://{config.host}:{config.port}/ (Ctrl-C ends it)")
    with running.leaving_well():
        relaying.run(origin, config)
