"""Where the parts meet: the record's journal, the press, the edge in front, Django's API behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.core.asgi import get_asgi_application

from standfirst.config import Config
from standfirst.edge.counter import Counter
from standfirst.edge.ports import Machine, Press
from standfirst.edge.routes import Edge
from standfirst.press.edition import Edition
from standfirst.press.index import print_index, print_missing
from standfirst.press.printer import Printer
from standfirst.site.desk_app import App, DeskApp
from standfirst.site.source import JournalSource


@contextmanager
def newsroom(config: Config) -> Iterator[Edge]:
    """The whole newsroom as one ASGI application; its threads and connections end with it. Django must be set up."""
    edition = Edition(name=config.name, base_url=config.base_url)
    press = Press(
        edition=edition.id,
        printer=lambda: Printer(edition),
        index=lambda stories: print_index(edition, stories),
        missing=lambda: print_missing(edition),
    )
    source, desk = JournalSource(), DeskApp(_django())
    try:
        machine = Machine(offload=source.offload)
        yield Edge(desk, Counter(source, press, config, machine), config, machine)
    finally:
        desk.close()
        source.close()


def _django() -> App:
    return cast(App, get_asgi_application())  # its own type for a message is narrower
