"""The stories in memory: each folded once, then kept up to date from the record's tail."""

import threading
from collections import OrderedDict

from standfirst.record import journal
from standfirst.story.fold import replay
from standfirst.story.refusals import NotFound
from standfirst.story.story import Story

MAX_STORIES = 64


class _Seat:
    """One story's place: the newest fold known, and a lock that lets this process write it one at a time."""

    __slots__ = ("lock", "story")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.story: Story | None = None


class Stories:
    """At most `limit` folded stories, the least recently used one goes first. Safe to share between threads.

    Nothing depends on a story staying here: two seats of one story are only slower, for the record refuses the second
    of two writers.
    """

    def __init__(self, limit: int = MAX_STORIES) -> None:
        self._limit = limit
        self._seats: OrderedDict[str, _Seat] = OrderedDict()
        self._lock = threading.Lock()

    def current(self, slug: str) -> Story | None:
        """The story as the record has it now, or None if there is none. Never waits for a writer."""
        seat = self._seat(slug)
        story = seat.story
        story = replay(journal.tail(slug, story.seq if story else 0), story)
        if story is None:
            self._forget(slug, seat)
        else:
            self.keep(story)
        return story

    def keep(self, story: Story) -> None:
        """Remember a fold of committed entries, unless a newer one is known."""
        seat = self._seat(story.slug)
        with self._lock:
            if seat.story is None or seat.story.seq < story.seq:
                seat.story = story

    def writing(self, slug: str) -> threading.RLock:
        """The lock to hold while writing this story."""
        return self._seat(slug).lock

    def clear(self) -> None:
        """Forget everything, as after a restore of the database under a running process."""
        with self._lock:
            self._seats.clear()

    def _seat(self, slug: str) -> _Seat:
        with self._lock:
            seat = self._seats.setdefault(slug, _Seat())
            self._seats.move_to_end(slug)
            while len(self._seats) > self._limit:
                self._seats.popitem(last=False)
            return seat

    def _forget(self, slug: str, seat: _Seat) -> None:
        with self._lock:
            if self._seats.get(slug) is seat and seat.story is None:
                del self._seats[slug]


stories = Stories()


def missing(slug: str) -> NotFound:
    """What is said of a story that does not exist, or is hidden from who asks: the same words."""
    return NotFound(f"there is no story {slug!r}", "open it first, or look at the list of stories")
