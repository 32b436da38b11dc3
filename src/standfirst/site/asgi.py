"""Where the parts meet: the record's journal, the press, the edge in front, Django's API behind it, and the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.core.asgi import get_asgi_application

from standfirst.config import Config
from standfirst.edge.counter import Counter
from standfirst.edge.ports import Machine
from standfirst.edge.routes import Edge
from standfirst.site.clock import Clock
from standfirst.site.desk_app import App, DeskApp
from standfirst.site.editions import Editions
from standfirst.site.package_files import package_files
from standfirst.site.source import JournalSource
from standfirst.site.tidings import DeskTidings


@contextmanager
def newsroom(config: Config) -> Iterator[Edge]:
    """The whole newsroom as one ASGI application; its threads and connections end with it. Django must be set up."""
    source, desk, editions, clock = JournalSource(), DeskApp(_django()), Editions(), Clock()
    try:
        press, machine = source.ask(editions.first), Machine(offload=source.offload)
        counter = Counter(source, press, config, machine, package_files())
        source.watch(editions.next, counter.adopt)
        tidings = DeskTidings(source)
        tidings.on_news(clock.wake)
        with clock.going():
            yield Edge(desk, counter, config, machine, tidings)
    finally:
        desk.close()
        source.close()


def _django() -> App:
    return cast(App, get_asgi_application())  # its own type for a message is narrower
