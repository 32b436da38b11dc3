"""Pages of a list that grows at its end: full pages have addresses that never change and lose nothing."""

from dataclasses import dataclass

PAGE = 20
"""Updates on a page."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One page: ids in reading order, and the numbers of the pages with newer and older ones."""

    ids: tuple[str, ...]
    newer: int | None = None
    older: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A list of ids, oldest first, read at `base` and `base/page/k`. Read from its start when `oldest_first`."""

    order: tuple[str, ...]
    base: str
    oldest_first: bool = False

    @property
    def pages(self) -> int:
        """How many numbered pages there are; the last one may be running."""
        return -(-len(self.order) // PAGE)

    @property
    def front(self) -> Slice:
        """What stands at `base`: the last full page and the running one, 20 to 39 ids, or all of fewer.

        A list that is read from its start and has more stands there with its first page.
        """
        if self.oldest_first and len(self.order) >= 2 * PAGE:
            return Slice(self.order[:PAGE], newer=2)
        before = max(0, len(self.order) // PAGE - 1)
        return Slice(self._read(self.order[before * PAGE :]), older=before or None)

    def page(self, number: int) -> Slice | None:
        """Page `number`, for good the ids from 20 (number - 1) + 1 to 20 number. None where there is none."""
        if not 1 <= number <= self.pages:
            return None
        ids = self._read(self.order[PAGE * (number - 1) : PAGE * number])
        return Slice(ids, newer=number + 1 if number < self.pages else None, older=number - 1 or None)

    def href(self, number: int) -> str:
        """Where page `number` is read: at `base`, if that has all of it."""
        if self.oldest_first and len(self.order) >= 2 * PAGE:
            return self.base if number == 1 else f"{self.base}/page/{number}"
        return self.base if number >= len(self.order) // PAGE else f"{self.base}/page/{number}"

    def _read(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        return ids if self.oldest_first else ids[::-1]
