"""What the desk tells, as the edge hears it."""

from collections.abc import Callable

import msgspec

from standfirst.desk import events
from standfirst.edge.ports import Told
from standfirst.site.source import JournalSource


class DeskTidings:
    """`edge.ports.Tidings` over `desk.events`. Call `head` and `after` through the source's `offload`."""

    def __init__(self, source: JournalSource) -> None:
        self._source = source

    def head(self) -> int:
        return events.head()

    def after(self, number: int) -> list[Told]:
        return [
            Told(row.pk, row.channel, row.kind, msgspec.json.encode(row.data).decode()) for row in events.after(number)
        ]

    def on_news(self, wake: Callable[[], None]) -> Callable[[], None]:
        return self._source.on_announced(events.NAME, wake)
