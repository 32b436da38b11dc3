"""The reader script's rules, `frontend/reader/course.ts`, for readers that are no browsers: which way, when. Pure."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

POLL_S = 15.0
LONGEST_S = 120.0
BLOCKED_S = 600.0


class Outcome(NamedTuple):
    """What became of one request. `retry` and `retry_after` are seconds that the server asked for, 0: for none.

    message: entry `seq` came. empty: there is none yet, `held` until then. gap: `seq` came, one before it did not.
    lost: a stream broke off after hello; mute: before. bye: there are too many streams. error: a fetch failed.
    """

    what: Literal["message", "empty", "gap", "lost", "mute", "bye", "error"]
    seq: int = 0
    retry: float = 0.0
    retry_after: float = 0.0
    held: bool = False


@dataclass(slots=True)
class Course:
    """Where a reader stands; the names are the script's. Times in seconds."""

    by: Literal["stream", "fetch"] = "stream"
    fails: int = 0
    unheld: int = 0
    goal: int = 0
    probe: bool = False
    until: float = 0.0

    def steer(self, outcome: Outcome, now: float, chance: float) -> float:
        """Seconds to wait before following the course after an outcome. `chance` is in [0, 1)."""
        was, wait = self.by, 0.0
        match outcome.what:
            case "gap":
                self.by, self.goal = "fetch", outcome.seq
            case "lost":
                wait = self._failed(chance)
                if outcome.retry:
                    wait = max(0.0 if self.fails < 2 else wait, outcome.retry)
            case "mute":
                self.by, self.probe = "fetch", True
                wait = outcome.retry_after * (1 + chance / 5)
            case "bye":
                self.by, self.until = "fetch", max(self.until, now + BLOCKED_S)
                wait = 5 * chance
            case "error":
                self.probe = False
                wait = self._failed(chance, outcome.retry_after)
            case "message" | "empty":
                self._heard(now)
                if outcome.what == "message":
                    self.unheld = 0
                    if outcome.seq < self.goal:
                        return 0.0
                elif not self.goal:
                    self.unheld = 0 if outcome.held else self.unheld + 1
                    wait = POLL_S * (0.85 + 0.3 * chance) if self.unheld > 1 else 1 + chance
                self.goal = 0
        if outcome.what != "gap" and not self.probe and now >= self.until:
            self.by = "stream"
            if was == "fetch" and not self.fails:
                wait = 0.0
        return wait

    def _heard(self, now: float) -> None:
        self.fails = 0
        if self.probe:
            self.until = max(self.until, now + BLOCKED_S)
        self.probe = False

    def _failed(self, chance: float, retry_after: float = 0.0) -> float:
        self.fails += 1
        return max(retry_after * (1 + chance / 5), min(LONGEST_S, 2.0**self.fails) * (0.5 + chance))
