"""What stands on the board: every story folded, its pages and its entries as documents.

All of it lives on the event loop and in memory. Entries are folded there one at a time, and whoever feeds them gives
way in between (`follow`): a burst of hundreds stalls a reader for little longer than the largest of them takes to be
folded and its operations to be printed, no lock is needed, and no thread fights the broadcast for the interpreter.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Literal

from standfirst.edge.channel import Channel
from standfirst.edge.documents import Document, document, of_print
from standfirst.edge.hub import Hub
from standfirst.edge.ports import Machine, Press, Printer
from standfirst.edge.ring import Gap, frame
from standfirst.edge.shelf import Shelf
from standfirst.record.entry import Entry

JSON = "application/json"
SHELF_BYTES = 64_000_000


class StoryBoard:
    """One story. `seq` is the last entry folded, `target` the last one known to exist.

    `open`: it can be served. `sound`: no fold was broken off. `stuck`: the entry after this one could not be folded.
    `warm`: the operations of its last entries are in memory, as many as are to be had. `erasures` counts how often all
    that is in memory was void: what was begun before is not to be kept.
    """

    def __init__(self, slug: str, printer: Printer, channel: Channel, window: int) -> None:
        self.slug = slug
        self.printer = printer
        self.channel = channel
        self.seq = 0
        self.target = 0
        self.open = False
        self.sound = True
        self.stuck = 0
        self.warm = False
        self.erasures = 0
        self.entries: deque[Entry] = deque(maxlen=window)
        self.waiting: dict[asyncio.Future[None], int] = {}

    def entry(self, n: int) -> Entry | None:
        """Entry n, if it is in memory."""
        first = self.seq - len(self.entries) + 1
        return self.entries[n - first] if first <= n <= self.seq else None


class Board:
    """All stories."""

    def __init__(self, press: Press, hub: Hub, machine: Machine, *, room: int = SHELF_BYTES) -> None:
        self.press = press
        self.hub = hub
        self.shelf = Shelf(room)
        self.stories: dict[str, StoryBoard] = {}
        self._machine = machine

    def adopt(self, press: Press) -> None:
        """Print another edition from now on. No story is folded again; nothing of the old edition stays in memory."""
        if press.again is None:
            raise ValueError(f"the press of edition {press.edition} cannot go on where another stands: give it `again`")
        self.press = press
        self.shelf.clear("", "page")
        for story in self.stories.values():
            story.printer = press.again(story.printer)
            story.erasures += 1
            story.warm = False
            story.channel.ring.forget()
            for kind in ("page", "ops"):
                self.shelf.clear(story.slug, kind)

    def expect(self, slug: str, seq: int) -> bool:
        """Entries of a story up to `seq` exist; True if some of them are still to be taken."""
        story = self.stories.get(slug)
        if story is None:
            channel = self.hub.channel(slug)
            story = self.stories[slug] = StoryBoard(slug, self.press.printer(), channel, self.hub.window)
        story.target = max(story.target, seq)
        return story.seq < story.target

    def take(self, entry: Entry) -> None:
        """Fold the next entry, publish its operations, throw away what it made old. Raises Gap.

        An entry that was taken before is ignored. While a story is being opened nothing is published.
        """
        story = self.stories[entry.stream]
        if entry.seq <= story.seq:
            return
        if entry.seq != story.seq + 1:
            raise Gap(f"{entry.stream}: entry {entry.seq} does not follow {story.seq}: read from {story.seq + 1}")
        channel = story.channel
        quiet = entry.seq <= channel.ring.head or not story.open
        story.sound = False
        message = story.printer.take(entry, quiet=quiet)
        story.sound = True
        story.seq = entry.seq
        if entry.erases:
            self._forget(story)
        story.entries.append(entry)
        self.shelf.clear(story.slug, "page")
        self.shelf.clear("", "page")
        if message is not None:
            channel.publish(frame(entry.seq, message), self._machine.now())
        elif entry.seq > channel.ring.head:
            channel.ring.skip(entry.seq)
        story.open = story.open or story.seq >= min(story.target, story.stuck or story.target)
        self._wake(story)

    def repair(self, slug: str) -> int:
        """Have a story folded again from its first entry if a failure left it half folded; gives the last good entry.

        What was published stays so, and the story is served again once it stands there. 0: nothing to do.
        """
        story = self.stories[slug]
        if story.sound:
            return 0
        story.sound = True
        story.stuck = story.seq
        story.printer = self.press.printer()
        story.seq = 0
        story.open = False
        story.entries.clear()
        self.shelf.clear(slug, "page")
        return story.stuck

    async def caught_up(self, slug: str, patience: float) -> StoryBoard | None:
        """The story once it shows all that was known to exist when asked, or as it stands after `patience` seconds.

        None: there is no such story, or it could not be opened in that time (then it is in `stories`).
        """
        story = self.stories.get(slug)
        if story is None:
            return None
        if story.seq < story.target:
            await self._wait(story, story.target, patience)
        return story if story.open else None

    async def _wait(self, story: StoryBoard, seq: int, patience: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self._machine.later(patience, lambda: None if future.done() else future.set_result(None))
        story.waiting[future] = seq
        try:
            await future
        finally:
            timer.cancel()
            del story.waiting[future]

    def _wake(self, story: StoryBoard) -> None:
        for future, seq in list(story.waiting.items()):
            if seq <= story.seq and not future.done():
                future.set_result(None)

    def page(self, story: StoryBoard, resource: str) -> Document | None:
        """A page or feed of a story as of now; None: there is none."""
        return self._kept(story.slug, "page", resource, lambda: _printed(story.printer, resource))

    def index(self) -> Document:
        """The list of stories."""

        def build() -> Document:
            stories = [s.printer.story for s in self.stories.values() if s.open]
            return of_print(self.press.index([story for story in stories if story is not None]))

        found = self._kept("", "page", "", build)
        assert found is not None
        return found

    def operations(self, story: StoryBoard, n: int) -> Document | None:
        """The operations of entry n; None: they are not in memory."""
        kept = story.channel.ring.get(n)
        return None if kept is None else self._kept(story.slug, "ops", str(n), lambda: document(kept.message, JSON))

    def _kept(
        self, slug: str, kind: Literal["page", "ops"], name: str, build: Callable[[], Document | None]
    ) -> Document | None:
        found = self.shelf.get((slug, kind, name))
        if found is None:
            found = build()
            if found is not None:
                self.shelf.put((slug, kind, name), found)
        return found

    def _forget(self, story: StoryBoard) -> None:
        """Words were erased from the record: nothing in memory may still hold them."""
        story.erasures += 1
        story.warm = False
        story.entries.clear()
        story.channel.ring.forget()
        for kind in ("log", "ops"):
            self.shelf.clear(story.slug, kind)


def _printed(printer: Printer, resource: str) -> Document | None:
    printed = printer.print(resource)
    return None if printed is None else of_print(printed)
