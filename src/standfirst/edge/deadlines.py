"""Who is waited for, and until when. Pure: the time is an argument, in seconds.

All who wait in one queue wait equally long, so the first to come is the first to be overdue: starting and stopping cost
a dict's insertion and deletion, no timer each, and one coarse sweep looks at the overdue only.
"""

from collections.abc import Hashable
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Queue(Generic[T]):
    """Those that are waited for, `seconds` each. 0: for as long as they like, and they are not kept here."""

    __slots__ = ("_since", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: dict[T, float] = {}

    def __len__(self) -> int:
        return len(self._since)

    def __contains__(self, item: T) -> bool:
        return item in self._since

    def start(self, item: T, now: float) -> None:
        """Wait for `item` from now on, whether or not it was waited for."""
        if self.seconds:
            self._since.pop(item, None)
            self._since[item] = now

    def stop(self, item: T) -> None:
        """It came, or has gone."""
        self._since.pop(item, None)

    def overdue(self, now: float, most: int | None = None) -> list[T]:
        """Those that were waited for too long, at most so many. They are waited for no more."""
        found: list[T] = []
        for item, since in islice(self._since.items(), most):
            if now - since < self.seconds:
                break
            found.append(item)
        for item in found:
            del self._since[item]
        return found

    def clear(self) -> list[T]:
        """Those that are waited for. They are waited for no more."""
        found = list(self._since)
        self._since.clear()
        return found
