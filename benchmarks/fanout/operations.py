"""Operations messages as the press prints them for the story of `benchmarks.fill`: how far do they compress?"""

from datetime import UTC, datetime, timedelta
from itertools import count

from benchmarks.fanout.readers import stamped
from benchmarks.fill import WORDS
from standfirst.press.edition import Edition
from standfirst.press.printer import Printer
from standfirst.record.entry import START, seal
from standfirst.story.commands import Command, OpenStory, PostUpdate
from standfirst.story.decide import decide
from standfirst.story.document import from_plain
from standfirst.story.events import dump

BEGUN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


class Newsroom:
    """A story that gets an update for each message."""

    def __init__(self) -> None:
        self._printer = Printer(Edition(name="The Coast", base_url="https://news.example"))
        self._seq = count(1)
        self._do(OpenStory(slug="flood", headline="Flood on the coast", standfirst="As it happens."))

    def message(self, n: int, at: int) -> str:
        """The operations of update `n`, stamped as `readers.message` is."""
        printed = self._do(
            PostUpdate(
                id=f"u{n:09d}",
                headline=f"Gauge reading {n}",
                body=from_plain(WORDS),
                published=BEGUN + timedelta(minutes=n),
                bylines=("Ida Brandt",),
                key=n % 20 == 1,
            )
        )
        return stamped(n, at) + printed.decode()[1:]

    def _do(self, command: Command) -> bytes:
        printed = b"{}"
        for event in decide(self._printer.story, command):
            kind, version, payload = dump(event)
            entry = seal("flood", next(self._seq), BEGUN, kind, version, "ida", payload, START, lambda: bytes(16))
            printed = self._printer.take(entry) or b"{}"
        return printed
