"""A token bucket per caller, in memory: the guard against a script that has gone wild."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_CALLERS = 4096


class Budget:
    """`rate` requests a second on average, `burst` at once, for each caller. Safe to share between threads."""

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> int:
        """Take one request; 0 if there was one left, else the whole seconds to wait for the next."""
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(caller, (float(self._burst), now))
            left = min(self._burst, left + (now - then) * self._rate)
            granted = left >= 1
            self._left[caller] = (left - granted, now)
            while len(self._left) > _CALLERS:
                self._left.popitem(last=False)
        return 0 if granted else max(1, math.ceil((1 - left) / self._rate))

    def clear(self) -> None:
        """Forgive everybody."""
        with self._lock:
            self._left.clear()
