"""One run: open, listen (and post), wait for the last entry, and say what was seen."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from standfirst.load.crowd import Crowd
from standfirst.load.figures import Bucket, Figures, figures, histogram
from standfirst.load.interrupt import noted
from standfirst.load.publisher import Publisher
from standfirst.load.reader import Place
from standfirst.load.target import BenchRefused, Target

SPARE_FILES = 64
"""Files that this process needs beside one for each reader."""
SETTLE_S = 10.0
"""How long the last entry has to reach everybody after the time is over; who comes back by then is in time."""

TOLD_TO_POLL = (
    "told to poll, the server has as many streams as it takes: "
    "raise STANDFIRST_MAX_READERS there, or ask for fewer --readers"
)

REMEDIES = {
    "HTTP 503": (
        "the server takes no more connections: raise STANDFIRST_ADDRESS_CONNECTIONS, STANDFIRST_ADDRESS_ARRIVALS "
        "or `ulimit -n` there, or lower --rate"
    ),
    "HTTP 429": (
        "one address asks too often: raise STANDFIRST_ADDRESS_REQUESTS and STANDFIRST_ADDRESS_BURST there, "
        "or lower --rate"
    ),
}
"""By the name that the crowd gives to a trouble."""

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
    having an entry to each other's. `late` readers did not have the last entry at the end, `without` had no stream and
    were not told to poll. `seconds` is how long it listened, `interrupted` that it was told to end early. `busy` is
    what part of one processor this program used, and `slowest_ms` how long it took at most to read what had come: so
    much of the times may be its own. `histogram` is of `publish`, or else of `spread`.
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
    without: int
    reloads: int
    interrupted: bool
    trouble: dict[str, int]
    busy: float
    slowest_ms: float

    @property
    def sound(self) -> bool:
        """Every reader could follow to the end, and had every entry once and in order."""
        return not self.faults

    @property
    def faults(self) -> list[str]:
        """Why it is not sound, in words. Who was interrupted may have had the rest on its way."""
        late, without = (0, 0) if self.interrupted else (self.late, self.without)
        found = (
            (self.interrupted, "it was interrupted"),
            (self.missing, f"{self.missing:,} entries missing"),
            (self.doubled, f"{self.doubled:,} entries twice or out of order"),
            (self.unreadable, f"{self.unreadable:,} answers unreadable"),
            (late, f"{late:,} readers without the last entry"),
            (without, f"{without:,} readers without a stream at the end: see the server's log"),
            (self.turned_away, f"{self.turned_away:,} readers {TOLD_TO_POLL}"),
        )
        return [fault for there, fault in found if there]


def explained(trouble: str) -> str:
    """What went wrong with connections, and the remedy if there is one."""
    remedy = REMEDIES.get(trouble)
    return f"{trouble}, {remedy}" if remedy else trouble


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
    """Load the page's story; Ctrl-C ends it early, a second one at once. Raises BenchRefused."""
    room_for(plan.readers)
    place = target.find()
    with noted() as interrupted:

        def heard(doing: str, done: float, total: float) -> None:
            tell(doing, done, total)
            if interrupted():  # nothing is half done here
                raise KeyboardInterrupt

        return _run(target, place, plan, heard)


def _run(target: Target, place: Place, plan: Plan, tell: Tell) -> Report:
    crowd = Crowd(target, place, plan.readers, plan.rate, gzip=plan.gzip)
    publisher = Publisher(target, plan.token, plan.updates, plan.seconds)
    interrupted = False
    try:
        try:
            _open(crowd, plan, tell)
            _listen(crowd, publisher, plan, tell)
        except KeyboardInterrupt:
            interrupted = True
            publisher.stop()
        if publisher.error is not None and not interrupted:
            raise publisher.error
        return _report(crowd, publisher, plan, f"{target.page.origin}/{target.page.slug}", interrupted=interrupted)
    finally:
        publisher.stop()
        crowd.close()


def _open(crowd: Crowd, plan: Plan, tell: Tell) -> None:
    crowd.open(lambda opened: tell("opening streams", opened, plan.readers))
    if crowd.opened:
        return
    why = [explained(trouble) for trouble in crowd.trouble]
    if crowd.turned_away:
        why.append(TOLD_TO_POLL)
    raise BenchRefused(f"no stream of {plan.readers} could be opened ({'; '.join(why)})")


def _listen(crowd: Crowd, publisher: Publisher, plan: Plan, tell: Tell) -> None:
    began = time.monotonic()
    publisher.start()

    def over(now: float) -> bool:
        tell("listening", min(plan.seconds, now - began), plan.seconds)
        if publisher.error is not None:
            return True
        if now < began + plan.seconds or not publisher.done:
            return False
        if now > began + plan.seconds + SETTLE_S:
            return True
        return not crowd.without and not crowd.behind(max([crowd.head, *publisher.sent]))

    crowd.listen(over)


def _report(crowd: Crowd, publisher: Publisher, plan: Plan, address: str, *, interrupted: bool) -> Report:
    readers, arrivals = crowd.readers, crowd.arrivals
    publish = [at - sent for seq, sent in publisher.sent.items() for at in arrivals.get(seq, ())]
    spread = [at - first for times in arrivals.values() for first in [min(times)] for at in times]
    return Report(
        address=address,
        readers=plan.readers,
        opened=crowd.opened,
        turned_away=crowd.turned_away,
        seconds=round(min(plan.seconds, crowd.listened), 1),
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
        without=crowd.without,
        reloads=sum(reader.reloads for reader in readers),
        interrupted=interrupted,
        trouble=dict(crowd.trouble),
        busy=round(crowd.busy, 3),
        slowest_ms=round(crowd.slowest * 1000, 3),
    )
