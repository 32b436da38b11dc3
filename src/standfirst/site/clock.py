"""What happens by itself: drafts on the schedule go out when their time has come. Each process has such a clock.

Which one of several is first does not matter (see `desk.schedule`), and neither does when one was last at work: what
became due while no server ran goes out when one starts.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from django.db import DatabaseError, connection, connections

from standfirst.desk import execute, schedule
from standfirst.record.errors import RecordBroken
from standfirst.site import failure

EVERY_S = 5.0
"""It looks at the schedule at least so often: another machine's desk may have changed it."""
AGAIN_S = 1.0
"""Until it looks again at what could not go out just now."""

log = structlog.get_logger("standfirst")


class Clock:
    """In a thread of its own, with a database connection that stays; `wake` makes it look at the schedule now."""

    def __init__(
        self,
        publish_due: Callable[[], datetime | None] = schedule.publish_due,
        now: Callable[[], datetime] = execute.clock,
    ) -> None:
        self._publish_due = publish_due
        self._now = now
        self._woken = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    @contextmanager
    def going(self) -> Iterator[None]:
        """From here on, until the end."""
        self._thread.start()
        try:
            yield
        finally:
            self._ended = True
            self.wake()
            self._thread.join()

    def wake(self) -> None:
        """From any thread: the schedule may have changed."""
        self._woken.set()

    def look(self) -> float:
        """Publish what is due. Gives the seconds until it is to be asked again."""
        try:
            due = self._publish_due()
        except RecordBroken as error:
            failure.leave(error)
        except DatabaseError as error:
            log.error(
                "schedule", error=type(error).__name__, remedy="it is tried again"
            )  # its text may have words of a draft
            connection.close()
            return EVERY_S
        except Exception:  # the outermost handler of this thread: the schedule must not end with one draft
            log.exception("schedule")
            return EVERY_S
        if due is None:
            return EVERY_S
        left = (due - self._now()).total_seconds()
        return min(left, EVERY_S) if left > 0 else AGAIN_S

    def _run(self) -> None:
        try:
            while not self._ended:
                self._woken.clear()
                self._woken.wait(self.look())
        finally:
            connections.close_all()
