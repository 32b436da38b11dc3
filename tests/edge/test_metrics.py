"""What Prometheus is told is what the edge did, and no label grows without bound."""

from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from standfirst.edge.histogram import LAGS
from standfirst.edge.metrics import METRICS, OTHER, STORIES_MOST, EdgeCollector
from tests.edge.fakes import EDITION, House, settle, with_house

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scraped(house: House) -> Samples:
    """Every sample, by name and labels, from the text that Prometheus reads."""
    door = SimpleNamespace(accepted=7, crowded=2, turned_away=1, unfinished=9, pauses=3)
    guard = SimpleNamespace(limited=4, malformed=5, overdue=6, stalled=8)
    server: Any = SimpleNamespace(door=door, guard=guard)
    registry = CollectorRegistry()
    registry.register(EdgeCollector(house.edge, server))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, tuple(sorted(labels.items()))]


@with_house
async def test_a_scrape_says_what_happened(house: House) -> None:
    house.source.write("ferry", 2)
    live = [house.ask("/flood/live"), house.ask("/flood/live", ("accept-encoding", "gzip"))]
    held = house.ask(f"/flood/ops/{EDITION}/4")
    await settle()
    found = scraped(house)
    assert value(found, "standfirst_readers", story="flood", transport="sse") == 2
    assert value(found, "standfirst_readers", story="flood", transport="held") == 1
    assert value(found, "standfirst_readers", story="ferry", transport="poll") == 0
    assert value(found, "standfirst_streams", coding="identity") == 1
    assert value(found, "standfirst_streams", coding="gzip") == 1
    assert value(found, "standfirst_broadcast_seconds_count") == 0
    await house.write("flood", 2)
    await held.finished()
    found = scraped(house)
    assert value(found, "standfirst_readers", story="flood", transport="held") == 0
    assert value(found, "standfirst_deliveries_total") == 4
    assert value(found, "standfirst_delivered_bytes_total") > 100
    assert value(found, "standfirst_story_head", story="flood") == 5
    assert value(found, "standfirst_story_head", story="ferry") == 2
    assert value(found, "standfirst_stories") == 2
    assert value(found, "standfirst_ready") == 1
    assert value(found, "standfirst_requests_total", kind="live", status="200") == 2
    assert value(found, "standfirst_requests_total", kind="ops", status="200") == 1
    assert value(found, "standfirst_broadcast_seconds_count") == 1
    assert value(found, "standfirst_broadcast_seconds_bucket", le="+Inf") == 1
    assert value(found, "standfirst_connections_refused_total", reason="address") == 2
    assert value(found, "standfirst_connections_refused_total", reason="handshake") == 9
    assert value(found, "standfirst_connections_accepted_total") == 7
    assert value(found, "standfirst_requests_refused_total", reason="budget") == 4
    live[0].stall()
    for _ in range(200):
        house.source.write("flood", 20)
        await house.clock.pass_(0.02)
    assert value(scraped(house), "standfirst_streams_dropped_total", reason="slow") == 1
    assert value(scraped(house), "standfirst_readers", story="flood", transport="sse") == 1
    for request in live:
        request.flow()
        await request.leave()


@with_house
async def test_all_that_is_told_is_in_the_table_and_all_in_the_table_is_told(house: House) -> None:
    await house.get("/flood")
    told = {name for name, _ in scraped(house)}
    table = {
        name
        for metric in METRICS
        for name in (
            [f"{metric.name}_{part}" for part in ("bucket", "count", "sum")]
            if metric.kind == "histogram"
            else [metric.name]
        )
    }
    assert told == table
    assert all(metric.name.endswith("_total") == (metric.kind == "counter") for metric in METRICS)
    labels = {name for _, given in scraped(house) for name, _ in given} - {"le"}
    assert labels == {label for metric in METRICS for label in metric.labels}
    assert len([key for key in scraped(house) if key[0] == "standfirst_broadcast_seconds_bucket"]) == len(LAGS) + 1


@with_house
async def test_of_many_stories_the_busiest_are_named_and_the_rest_are_one(house: House) -> None:
    for number in range(STORIES_MOST + 20):
        await house.write(f"story-{number}")
    readers = [house.ask(f"/story-{number}/live") for number in (3, 3, 68, 68, 68)]
    readers += [house.ask(f"/story-{number}/live") for number in range(STORIES_MOST + 20)]
    await settle()
    found = scraped(house)
    stories = {dict(labels)["story"] for name, labels in found if name == "standfirst_readers"}
    assert len(stories) == STORIES_MOST + 1
    assert value(found, "standfirst_readers", story="story-68", transport="sse") == 4
    assert value(found, "standfirst_readers", story="story-3", transport="sse") == 3
    total = sum(count for (name, _), count in found.items() if name == "standfirst_readers")
    assert total == len(readers)
    assert value(found, "standfirst_readers", story=OTHER, transport="sse") == 20
    heads = {dict(labels)["story"] for name, labels in found if name == "standfirst_story_head"}
    assert heads == stories - {OTHER}
    for request in readers:
        await request.leave()


@with_house
async def test_what_is_asked_by_strangers_makes_no_new_labels(house: House) -> None:
    for path in ("/nowhere", "/nowhere/log/1", "/flood/x/y/z", "/flood/log/zero", "/..", "/%", "/ferry/live"):
        await house.get(path)
    samples = scraped(house)
    assert not [labels for _, labels in samples if dict(labels).get("story") not in (None, "flood")]
