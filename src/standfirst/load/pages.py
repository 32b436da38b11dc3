"""The page, loaded again for the readers that were told to: once for all who were told before it was asked for."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx

from standfirst.load.reader import Place
from standfirst.load.target import BenchRefused, Target

AGAIN_S = 1.0
"""After a page that could not be read."""


class Pages:
    """The place of the page, as of some moment."""

    def __init__(self, target: Target, place: Place) -> None:
        self._target = target
        self._place = place
        self._asked = time.monotonic()  # when what is known was asked for, or what is under way
        self._failed_until = 0.0
        self._future: Future[Place] | None = None
        self._thread = ThreadPoolExecutor(1, "page")

    def newer_than(self, stale: float, now: float) -> Place | None:
        """The place as of after `stale` (monotonic seconds); None: ask again, the page is under way."""
        if self._future is None:
            if self._asked > stale:
                return self._place
            if self._failed_until > now:
                return None
            self._asked = now
            self._future = self._thread.submit(self._target.place)
            return None
        if not self._future.done():
            return None
        future, self._future = self._future, None
        try:
            self._place = future.result()
        except (httpx.HTTPError, BenchRefused):
            self._asked, self._failed_until = 0.0, now + AGAIN_S
        return None

    def close(self) -> None:
        """Ask no more."""
        self._thread.shutdown()
