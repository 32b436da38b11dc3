"""Documents in memory, the least recently used thrown away when they take too many bytes. Pure."""

from collections import OrderedDict

from standfirst.edge.documents import Document

Key = tuple[str, str, str]
"""Story, kind ("page", "log", "ops"), name."""


class Shelf:
    """At most `room` bytes of documents."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._documents: OrderedDict[Key, Document] = OrderedDict()
        self._by_story: dict[tuple[str, str], set[str]] = {}
        self.taken = 0

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, key: Key) -> Document | None:
        """A document, used just now."""
        found = self._documents.get(key)
        if found is not None:
            self._documents.move_to_end(key)
        return found

    def put(self, key: Key, document: Document) -> None:
        """Keep a document, in place of those used longest ago. One larger than the shelf is not kept."""
        self._remove(key)
        if document.size > self._room:
            return
        self._documents[key] = document
        self._by_story.setdefault(key[:2], set()).add(key[2])
        self.taken += document.size
        while self.taken > self._room:
            self._remove(next(iter(self._documents)))

    def clear(self, story: str, kind: str) -> None:
        """Throw away all of a story's documents of one kind."""
        for name in list(self._by_story.get((story, kind), ())):
            self._remove((story, kind, name))

    def _remove(self, key: Key) -> None:
        document = self._documents.pop(key, None)
        if document is None:
            return
        self.taken -= document.size
        names = self._by_story[key[:2]]
        names.discard(key[2])
        if not names:
            del self._by_story[key[:2]]
