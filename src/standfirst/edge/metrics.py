"""What Prometheus reads of an edge: one table. Each metric is read from plain integers, when it is asked for.

Nothing is counted for this alone, and without a scrape it costs nothing. Stories are named in gauges only, the busiest
by name and the rest together: a counter whose story lost its name would seem to start anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from standfirst.edge.audience import Count
from standfirst.edge.histogram import Histogram
from standfirst.edge.routes import Edge
from standfirst.edge.server import Server
from standfirst.edge.wire import CODINGS

STORIES_MOST = 50
"""Stories that are named, those with most readers."""
OTHER = "(other)"
"""All others together; no story's address can be this."""
_REASONS: tuple[Literal["slow", "gone", "overdue"], ...] = ("slow", "gone", "overdue")

Sample = tuple[tuple[str, ...], float]
"""The values of a metric's labels, and the number."""


class Seen(NamedTuple):
    """What is looked at."""

    edge: Edge
    server: Server


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: a counter's name ends in `_total`. `doc` says what it counts, and its unit if it has one."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    doc: str
    read: Callable[[Seen], Iterable[Sample]]


def _readers(seen: Seen) -> Iterator[Sample]:
    here = seen.edge.audience.here()
    named = _busiest(seen)
    rest = [count for story, count in here.items() if story not in named]
    counts = [(story, here.get(story, Count())) for story in named]
    if rest:
        counts.append((OTHER, Count(*(sum(part) for part in zip(*rest, strict=True)))))
    for story, (streams, held, pollers) in counts:
        yield (story, "sse"), streams
        yield (story, "held"), held
        yield (story, "poll"), pollers


def _busiest(seen: Seen) -> list[str]:
    """The stories to name: those with most readers, then those with most entries."""
    here = seen.edge.audience.here()
    heads = {name: channel.ring.head for name, channel in list(seen.edge.hub.channels.items())}
    order = sorted(heads, key=lambda name: (-here.get(name, Count()).total, -heads[name], name))
    return order[:STORIES_MOST]


def _codings(seen: Seen) -> Iterator[Sample]:
    counts = dict.fromkeys(CODINGS, 0)
    for channel in list(seen.edge.hub.channels.values()):
        for coding in CODINGS:
            counts[coding] += len(channel.settled[coding])
        for reader in list(channel.fresh):
            counts[reader.coding] += 1
    return (((coding,), count) for coding, count in counts.items())


def _heads(seen: Seen) -> Iterator[Sample]:
    return (((name,), seen.edge.hub.channels[name].ring.head) for name in _busiest(seen))


def _desks(seen: Seen) -> Iterator[Sample]:
    """By the first part of their channels' names: the rest may say whose they are."""
    counts = Counter({"desk": 0})
    channels = {} if seen.edge.held is None else seen.edge.held.hub.channels
    for name, channel in list(channels.items()):
        counts[name.partition("/")[0]] += len(channel)
    return (((kind,), count) for kind, count in sorted(counts.items()))


def _sum(part: Literal["deliveries", "bytes_sent"]) -> Callable[[Seen], Iterable[Sample]]:
    return lambda seen: [((), sum(getattr(channel, part) for channel in list(seen.edge.hub.channels.values())))]


def _dropped(seen: Seen) -> Iterator[Sample]:
    return (((reason,), seen.edge.hub.dropped[reason]) for reason in _REASONS)


def _requests(seen: Seen) -> Iterator[Sample]:
    return (((kind, str(status)), count) for (kind, status), count in sorted(dict(seen.edge.requests).items()))


def _guarded(seen: Seen) -> list[Sample]:
    guard = seen.server.guard
    return [
        (("budget",), guard.limited),
        (("malformed",), guard.malformed),
        (("overdue",), guard.overdue),
        (("stalled",), guard.stalled),
    ]


def _refused(seen: Seen) -> list[Sample]:
    door = seen.server.door
    return [(("address",), door.crowded), (("files",), door.turned_away), (("handshake",), door.unfinished)]


METRICS: tuple[Metric, ...] = (
    Metric(
        "standfirst_readers",
        "gauge",
        ("story", "transport"),
        "Readers of this process: `sse` have an event stream, `held` a request that is held; `poll` is an estimate "
        f"from the last minute. The {STORIES_MOST} stories with most readers are named, the rest is `{OTHER}`.",
        _readers,
    ),
    Metric("standfirst_streams", "gauge", ("coding",), "Event streams that are open, by compression.", _codings),
    Metric(
        "standfirst_held_streams",
        "gauge",
        ("kind",),
        "Event streams that the application behind decides on and this process holds, by kind: `desk` are open desks.",
        _desks,
    ),
    Metric(
        "standfirst_stories",
        "gauge",
        (),
        "Stories that are known.",
        lambda seen: [((), len(seen.edge.hub.channels))],
    ),
    Metric(
        "standfirst_story_head",
        "gauge",
        ("story",),
        "Number of the last entry that this process publishes, of the named stories. Processes that differ for more "
        "than a second do not hear of each other.",
        _heads,
    ),
    Metric(
        "standfirst_stories_broken",
        "gauge",
        (),
        "Stories that are not up to date because they cannot be read; /healthz names them.",
        lambda seen: [((), len(seen.edge.reading.health().broken))],
    ),
    Metric(
        "standfirst_ready",
        "gauge",
        (),
        "1 if the source of all stories can be asked, and the server is not about to stop; else 0.",
        lambda seen: [((), float(seen.edge.reading.health().ready and not seen.edge.hub.draining))],
    ),
    Metric(
        "standfirst_deliveries_total",
        "counter",
        (),
        "Entries handed to the kernel, once for each stream that they went to; not those that greet a reader.",
        _sum("deliveries"),
    ),
    Metric(
        "standfirst_delivered_bytes_total",
        "counter",
        (),
        "Bytes of these, as sent: compressed, and with heartbeats.",
        _sum("bytes_sent"),
    ),
    Metric(
        "standfirst_streams_dropped_total",
        "counter",
        ("reason",),
        "Streams ended by us: `slow` was behind when more came, `overdue` was behind for too long, `gone` was not "
        "there any more. Their readers resume where they were.",
        _dropped,
    ),
    Metric(
        "standfirst_broadcast_seconds",
        "histogram",
        (),
        "From an entry's coming to the moment when the last reader's socket has it, in seconds; entries that come "
        "together count as one, from the first of them.",
        lambda seen: (),
    ),
    Metric(
        "standfirst_requests_total",
        "counter",
        ("kind", "status"),
        "Requests answered, by status and kind of address: `index`, `page` (a story's pages, lists and feed), `log`, "
        "`block` (100 entries), `ops`, `live` (counts when it begins), `static`, `healthz`, `robots`, `passed` (those "
        "for `/api` and `/admin`), `malformed`, `nothing` (no such address).",
        _requests,
    ),
    Metric(
        "standfirst_requests_refused_total",
        "counter",
        ("reason",),
        "Requests that came to nothing: `budget`: the address asked too often, or a proxy brought too many of its "
        "connections; `malformed`; `overdue`: the head or body was not here in time; `stalled`: the client did not "
        "take its answer.",
        _guarded,
    ),
    Metric(
        "standfirst_connections_accepted_total",
        "counter",
        (),
        "Connections accepted.",
        lambda seen: [((), seen.server.door.accepted)],
    ),
    Metric(
        "standfirst_connections_refused_total",
        "counter",
        ("reason",),
        "Connections refused: `address` had as many as one may have, or they came too fast; `files`: this process may "
        "open no more; `handshake`: TLS was not agreed on in time.",
        _refused,
    ),
    Metric(
        "standfirst_accept_pauses_total",
        "counter",
        (),
        "How often accepting paused because connections came faster than they may.",
        lambda seen: [((), seen.server.door.pauses)],
    ),
)

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class EdgeCollector(Collector):
    """Reads the table. It is called in the metrics server's thread; what it reads is copied at once."""

    def __init__(self, edge: Edge, server: Server) -> None:
        self._seen = Seen(edge, server)

    def collect(self) -> Iterator[Family]:
        """Each metric with its samples."""
        for metric in METRICS:
            if metric.kind == "histogram":
                yield _histogram(metric, self._seen.edge.streams.lag)
                continue
            make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            family = make(metric.name, metric.doc, labels=metric.labels)
            for labels, value in metric.read(self._seen):
                family.add_metric(labels, value)
            yield family


def _histogram(metric: Metric, lag: Histogram) -> HistogramMetricFamily:
    bounds = [*map(str, lag.bounds), "+Inf"]
    buckets = list(zip(bounds, accumulate(list(lag.counts)), strict=True))
    family = HistogramMetricFamily(metric.name, metric.doc, labels=())
    family.add_metric((), buckets, lag.sum)
    return family
