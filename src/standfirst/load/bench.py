"""One run: open, listen (and post), wait for the last entry, and say what was seen."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from standfirst.load.crowd import Crowd
from standfirst.load.figures import Bucket, Figures, figures, histogram
from standfirst.load.publisher import Publisher
from standfirst.load.target import BenchRefused, Target

SPARE_FILES = 64
"""Files that this process needs beside one for each reader."""
SETTLE_S = 10.0
"""How long the last entry has to reach everybody after the time is over; who comes back by then is in time."""

Tell = Callable[[str, float, float], None]
"""Hears what is under way, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked for. `rate` is streams opened a second, `seconds` how long to listen once they are open."""

    readers: int
    seconds: float
    rate: float
    updates: int = 0
    token: str = ""
    gzip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySeen:
    """An entry that came: to how many readers, and the milliseconds from the first of them to the last."""

    seq: int
    readers: int
    spread_ms: float
    posted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was seen. `publish` is from sending an update to each reader's having it, `spread` from the first reader's
    having an entry to each other's. `late` readers did not have the last entry at the end. `busy` is what part of one
    processor this program used, and `slowest_ms` how long it took at most to read what had come: so much of the times
    may be its own. `histogram` is of `publish`, or else of `spread`.
    """

    address: str
    readers: int
    opened: int
    turned_away: int
    seconds: float
    entries: list[EntrySeen]
    deliveries: int
    bytes: int
    publish: Figures | None
    spread: Figures | None
    histogram: list[Bucket]
    missing: int
    doubled: int
    unreadable: int
    late: int
    broken: int
    resumed: int
    reloads: int
    trouble: dict[str, int]
    busy: float
    slowest_ms: float

    @property
    def sound(self) -> bool:
        """Every reader could follow, and had every entry once and in order."""
        faults = self.missing + self.doubled + self.unreadable + self.late
        return not faults and self.opened == self.readers and not self.turned_away


def room_for(readers: int) -> None:
    """Let this process open a file for each reader, if the system allows it. Raises BenchRefused."""
    needed = readers + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and needed > hard:
        most = max(0, hard - SPARE_FILES)
        raise BenchRefused(
            f"{readers} readers need {needed} open files and {hard} are allowed: "
            f"run `ulimit -n {needed}` as root first, or ask for at most {most}"
        )
    if soft != resource.RLIM_INFINITY and needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def run(target: Target, plan: Plan, tell: Tell) -> Report:
    """Load the page's story. Raises BenchRefused."""
    room_for(plan.readers)
    place = target.find()
    crowd = Crowd(target, place, plan.readers, plan.rate, gzip=plan.gzip)
    publisher = Publisher(target, plan.token, plan.updates, plan.seconds)
    try:
        crowd.open(lambda opened: tell("opening streams", opened, plan.readers))
        if not crowd.opened:
            why = ", ".join(crowd.trouble) or "told to poll: the server has as many as it takes"
            raise BenchRefused(f"no stream of {plan.readers} could be opened ({why})")
        _listen(crowd, publisher, plan, tell)
        if publisher.error is not None:
            raise publisher.error
        return _report(crowd, publisher, plan, f"{target.page.origin}/{target.page.slug}")
    finally:
        publisher.stop()
        crowd.close()


def _listen(crowd: Crowd, publisher: Publisher, plan: Plan, tell: Tell) -> None:
    began = time.monotonic()
    publisher.start()

    def over(now: float) -> bool:
        tell("listening", min(plan.seconds, now - began), plan.seconds)
        if publisher.error is not None:
            return True
        if now < began + plan.seconds or not publisher.done:
            return False
        return now > began + plan.seconds + SETTLE_S or not crowd.behind(max([crowd.head, *publisher.sent]))

    crowd.listen(over)


def _report(crowd: Crowd, publisher: Publisher, plan: Plan, address: str) -> Report:
    readers, arrivals = crowd.readers, crowd.arrivals
    publish = [at - sent for seq, sent in publisher.sent.items() for at in arrivals.get(seq, ())]
    spread = [at - first for times in arrivals.values() for first in [min(times)] for at in times]
    return Report(
        address=address,
        readers=plan.readers,
        opened=crowd.opened,
        turned_away=crowd.turned_away,
        seconds=plan.seconds,
        entries=[
            EntrySeen(
                seq=seq,
                readers=len(times),
                spread_ms=round((max(times) - min(times)) * 1000, 3),
                posted=seq in publisher.sent,
            )
            for seq, times in sorted(arrivals.items())
        ],
        deliveries=len(spread),
        bytes=crowd.bytes,
        publish=figures(publish),
        spread=figures(spread),
        histogram=histogram(publish or spread),
        missing=sum(reader.missing for reader in readers),
        doubled=sum(reader.doubled for reader in readers),
        unreadable=crowd.unreadable,
        late=crowd.behind(max([crowd.head, *publisher.sent])),
        broken=crowd.broken,
        resumed=sum(max(0, reader.streams - 1) for reader in readers),
        reloads=sum(reader.reloads for reader in readers),
        trouble=dict(crowd.trouble),
        busy=round(crowd.busy, 3),
        slowest_ms=round(crowd.slowest * 1000, 3),
    )
