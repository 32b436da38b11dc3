"""Run an edge: a server that follows another instance. No database, no folder, and Django is not set up."""

import logging.config
from dataclasses import replace

from standfirst.config import Config
from standfirst.edge.metrics import EdgeCollector
from standfirst.edge.ports import Machine
from standfirst.edge.relay.circle import Guard, only_reads
from standfirst.edge.relay.origin import Origin, checked
from standfirst.edge.relay.relay import Relay
from standfirst.edge.relay.stories import SILENCES
from standfirst.edge.routes import Edge
from standfirst.edge.server import Server
from standfirst.site import logs, metrics
from standfirst.site.serve import open_files, options


def run(origin: str, config: Config) -> None:
    """Serve until SIGTERM or SIGINT. Raises ConfigError."""
    checked(origin)
    logging.config.dictConfig(logs.LOGGING)
    logs.configure()
    config = replace(config, workers=1)
    open_files(config.max_readers)
    one = server(origin, config)
    with metrics.exposed(config, EdgeCollector(one.edge, one)):
        one.run()


def server(origin: str, config: Config, machine: Machine | None = None) -> Server:
    """A server of this process, to be run. Raises ConfigError."""
    machine = machine or Machine()
    followed = Origin(origin, silence=SILENCES * config.heartbeat_seconds)
    relay = Relay(followed, config, machine)
    edge = Edge(only_reads(followed), relay, config, machine)
    return Server(options(Guard(edge, followed, relay.probe), config), edge, config)
