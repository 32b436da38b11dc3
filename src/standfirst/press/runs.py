"""Pages of a list that grows at its end.

A story's own updates and its corrections only ever grow, so their full pages hold the same for good. A key event, or an
update of a kind or tag, can leave its list: then those after it move up.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE = 20
"""Updates on a page."""


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page: items in reading order, and the numbers of the pages with newer and older ones."""

    ids: tuple[T, ...]
    newer: int | None = None
    older: int | None = None


@dataclass(frozen=True, slots=True)
class Run(Generic[T]):
    """A list, of ids mostly, oldest first, read at `base` and `base/page/k`; from its start when `oldest_first`."""

    order: tuple[T, ...]
    base: str
    oldest_first: bool = False

    @property
    def pages(self) -> int:
        """How many numbered pages there are; the last one may be running."""
        return -(-len(self.order) // PAGE)

    @property
    def front(self) -> Slice[T]:
        """What stands at `base`: the last full page and the running one, 20 to 39 ids, or all of fewer.

        A list that is read from its start and has more stands there with its first page.
        """
        if self.oldest_first and len(self.order) >= 2 * PAGE:
            return Slice(self.order[:PAGE], newer=2)
        before = max(0, len(self.order) // PAGE - 1)
        return Slice(self._read(self.order[before * PAGE :]), older=before or None)

    def page(self, number: int) -> Slice[T] | None:
        """Page `number`: the 20 (number - 1) + 1st to 20 number-th of the list as it is. None where there is none."""
        if not 1 <= number <= self.pages:
            return None
        ids = self._read(self.order[PAGE * (number - 1) : PAGE * number])
        return Slice(ids, newer=number + 1 if number < self.pages else None, older=number - 1 or None)

    def href(self, number: int) -> str:
        """Where page `number` is read: at `base`, if that has all of it."""
        if self.oldest_first and len(self.order) >= 2 * PAGE:
            return self.base if number == 1 else f"{self.base}/page/{number}"
        return self.base if number >= len(self.order) // PAGE else f"{self.base}/page/{number}"

    def _read(self, ids: tuple[T, ...]) -> tuple[T, ...]:
        return ids if self.oldest_first else ids[::-1]
