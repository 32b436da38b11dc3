"""The clock looks when something is due, when it is woken, and every few seconds; a bad look does not end it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from standfirst.record.errors import RecordBroken
from standfirst.site import failure
from standfirst.site.clock import AGAIN_S, EVERY_S, Clock

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


def clock(due: datetime | None) -> Clock:
    return Clock(lambda: due, lambda: NOW)


@pytest.mark.parametrize(
    ("due", "seconds"),
    [
        (None, EVERY_S),
        (NOW + timedelta(hours=1), EVERY_S),
        (NOW + timedelta(seconds=0.25), 0.25),
        (NOW, AGAIN_S),
        (NOW - timedelta(hours=1), AGAIN_S),
    ],
)
def test_it_comes_again_when_something_is_due_and_every_few_seconds(due: datetime | None, seconds: float) -> None:
    assert clock(due).look() == seconds


def looking(wrong: Exception | None = None) -> tuple[Clock, Callable[[], bool]]:
    """A clock that finds nothing scheduled, or meets `wrong` first; and what waits for its next look."""
    looked, first = threading.Semaphore(0), [wrong]

    def publish_due() -> None:
        looked.release()
        if found := first.pop() if first else None:
            raise found

    return Clock(publish_due, lambda: NOW), lambda: looked.acquire(timeout=60)


def test_it_looks_as_soon_as_it_goes_and_whenever_it_is_woken() -> None:
    one, looked = looking()
    with one.going():
        assert looked()
        for _ in range(3):
            one.wake()
            assert looked()


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [OperationalError("locked"), KeyError("a mistake of ours")])
def test_it_goes_on_after_a_bad_look(wrong: Exception) -> None:
    one, looked = looking(wrong)
    with one.going():
        assert looked()
        one.wake()
        assert looked()


def test_a_disk_that_failed_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[Exception] = []

    def leave(error: Exception) -> None:
        left.append(error)
        raise SystemExit

    def broken() -> None:
        raise RecordBroken("disk I/O error")

    monkeypatch.setattr(failure, "leave", leave)
    with pytest.raises(SystemExit):
        Clock(broken, lambda: NOW).look()
    assert len(left) == 1
