"""The printer of one running story: takes its entries, says what each means for open pages, prints on demand."""

import re
from collections.abc import Iterator

from standfirst.press import pages
from standfirst.press.edition import Edition
from standfirst.press.fragments import Fragments
from standfirst.press.pages import Printed
from standfirst.press.sheet import Sheet, message
from standfirst.press.view import View
from standfirst.record.entry import Entry
from standfirst.story.events import UpdateErased, load
from standfirst.story.fold import fold
from standfirst.story.story import Story

FEED = 50
"""Updates in the feed: those that changed last."""

_NUMBERED = re.compile(r"(?:(?P<list>.+)/)?page/(?P<number>[1-9][0-9]{0,8})")
_LIST = re.compile(r"(?P<name>kind|tag)/(?P<value>[^/]+)|(?P<keys>key-events)")


class Printer:
    """Prints one story. Taking an entry renders what it changed on the front page, however many updates there are.

    Only tuples of ids are copied whole.
    """

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.story: Story | None = None
        self._fragments = Fragments(edition)
        self._sheet: Sheet | None = None
        self._touched: dict[str, None] = {}  # ids of the updates that changed last, the latest at the end

    def resume(self, before: "Printer") -> None:
        """Go on where the printer of another edition stands: nothing of what that one rendered is used."""
        self.story, self._touched = before.story, dict(before._touched)

    def take(self, entry: Entry, *, quiet: bool = False) -> bytes | None:
        """Fold the next entry. The operations message, unless `quiet`. Raises what `load` and `fold` raise."""
        before = None if quiet else self._current()
        event = load(entry.kind, entry.version, entry.data())
        self.story = fold(self.story, event, seq=entry.seq, at=entry.at)
        self._sheet = None
        if isinstance(event, UpdateErased):
            self._fragments = Fragments(self.edition)  # the old ones hold its words
        self._touch(getattr(event, "id", None))
        if quiet:
            return None
        after = self._current()
        assert after is not None  # a story was just folded
        return message(before, after)

    def print(self, resource: str) -> Printed | None:
        """A page or feed by its path below the story (`""` is the page itself); None where there is none."""
        if self.story is None:
            return None
        view = View(self.edition, self.story)
        if resource == "":
            return pages.html(self.edition, self.sheet.html())
        if resource == "feed.atom":
            return pages.feed_of(view, [self.story.updates[id] for id in reversed(self._touched)])
        if resource.startswith("updates/"):
            update = self.story.updates.get(resource.removeprefix("updates/"))
            return pages.permalink(view, self._fragments, update) if update else None
        numbered = _NUMBERED.fullmatch(resource)
        name = (numbered["list"] or "") if numbered else resource
        number = int(numbered["number"]) if numbered else None
        return pages.corrections(view, number) if name == "corrections" else self._list(view, name, number)

    def resources(self) -> Iterator[str]:
        """Everything that `print` prints, for an export."""
        if self.story is None:
            return
        view = View(self.edition, self.story)
        yield from ("", "feed.atom", "corrections", "key-events")
        yield from (f"page/{number}" for number in range(1, view.run.pages + 1))
        yield from (f"corrections/page/{number}" for number in range(1, view.changes.pages + 1))
        yield from (f"updates/{id}" for id in self.story.order)
        lists = [("key-events", ""), *(("kind", k) for k in self.story.kinds), *(("tag", t) for t in self.story.tags)]
        for name, value in sorted(lists):
            path = f"{name}/{value}" if value else name
            if value:
                yield path
            yield from (f"{path}/page/{number}" for number in range(1, view.list_run(name, value).pages + 1))

    @property
    def sheet(self) -> Sheet:
        """The front page as it stands. Raises LookupError before the first entry."""
        sheet = self._current()
        if sheet is None:
            raise LookupError("no entry was taken yet: a page begins with the story's first entry")
        return sheet

    def _current(self) -> Sheet | None:
        if self._sheet is None and self.story is not None:
            self._sheet = pages.front(View(self.edition, self.story), self._fragments)
        return self._sheet

    def _list(self, view: View, name: str, number: int | None) -> Printed | None:
        if name == "":
            return pages.page(view, self._fragments, view.run, "", number)
        found = _LIST.fullmatch(name)
        if found is None:
            return None
        run = view.list_run("key-events") if found["keys"] else view.list_run(found["name"], found["value"])
        if not (run.order or found["keys"]):
            return None
        return pages.page(view, self._fragments, run, name, number)

    def _touch(self, id: str | None) -> None:
        if id is not None:
            self._touched.pop(id, None)
            self._touched[id] = None
            if len(self._touched) > FEED:
                del self._touched[next(iter(self._touched))]
