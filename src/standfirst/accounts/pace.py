"""When a breaker trips: a person or a machine that publishes far above its own norm. Pure.

The norm is the busiest window on any of its previous active days. A window is `seconds` long and ends now; the limit is
TIMES the norm, never below the newsroom's own number and never above MOST times that, so that nobody can train the
breaker to sleep.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TIMES = 3
MOST = 10
DAYS = 7
"""Previous active days that the norm remembers."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """As the newsroom sets them: entries per window, the window in seconds, retractions in an hour."""

    posts: int = 30
    seconds: int = 60
    retractions: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What is known of one actor; bounded, however much it writes. `day` is the ISO date of its last active day, UTC.

    `recent`: when it published, within the window; `busiest`: the most in a window on that day; `before`: the same of
    the days before, the newest last; `retracted`: when it retracted, within an hour. Oldest first.
    """

    day: str = ""
    busiest: int = 0
    before: tuple[int, ...] = ()
    recent: tuple[datetime, ...] = ()
    retracted: tuple[datetime, ...] = ()


def limit(pace: Pace, limits: Limits) -> int:
    """Entries in a window that are still let through."""
    norm = max(pace.before, default=0)
    return min(max(limits.posts, TIMES * norm), MOST * limits.posts)


def step(pace: Pace, now: datetime, limits: Limits, *, retracts: bool = False) -> Pace | None:
    """The pace after one more entry at `now`; None: this one is above the limit, and trips the breaker."""
    day = now.date().isoformat()
    if day > pace.day:
        before = (*pace.before, pace.busiest)[-DAYS:] if pace.busiest else pace.before
        pace = replace(pace, day=day, busiest=0, before=before)
    window = timedelta(seconds=limits.seconds)
    recent = (*(at for at in pace.recent if now - window < at <= now), now)
    if len(recent) > limit(pace, limits):
        return None
    retracted = (*within_hour(pace.retracted, now), now)[-limits.retractions - 1 :] if retracts else pace.retracted
    return replace(pace, recent=recent, busiest=max(pace.busiest, len(recent)), retracted=retracted)


def within_hour(retracted: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    return tuple(at for at in retracted if now - HOUR < at <= now)
