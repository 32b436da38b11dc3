"""What publishing an update and opening the page afterwards cost, at 10 updates, at 30 and at 10,000."""

import statistics
import time
import uuid
from typing import Any

import httpx

from benchmarks.fill import WORDS
from benchmarks.servers import Newsroom

ROUNDS = 10
BURST = 10
KINDS = {"short": 10, "full": 30, "long": 10_000}
"""Updates in each kind of story. `full` has a front page as long as the long story's, which holds 20 to 39 updates."""
SIZES = {f"{kind}-{number}": KINDS[kind] for kind in ("short", "full") for number in range(ROUNDS * 2)} | {
    "long": KINDS["long"]
}
"""Short stories grow while they are measured, so each takes six posts at most; the long one hardly notices."""


def measure(room: Newsroom) -> dict[str, Any]:  # Any: JSON
    """Medians over interleaved rounds, in milliseconds an update, with the ratios of long to the others."""
    kinds: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with httpx.Client(
        base_url=room.server.base, headers={"Authorization": f"Bearer {room.token}"}, timeout=60
    ) as client:
        for slug in SIZES:
            once(client, slug)
        for number in range(ROUNDS):
            turns = [
                (kind, [f"{kind}-{2 * number}", f"{kind}-{2 * number + 1}"] * (BURST // 2))
                for kind in ("short", "full")
            ]
            turns.insert(number % 3, ("long", ["long"] * BURST))
            for kind, slugs in turns if number % 2 == 0 else reversed(turns):
                kinds[kind].append(round_of(room, client, slugs))
    medians = {
        kind: {name: statistics.median(row[name] for row in rows) for name in rows[0]} for kind, rows in kinds.items()
    }
    ratios = {
        f"long_to_{kind}": {name: medians["long"][name] / value for name, value in medians[kind].items()}
        for kind in ("short", "full")
    }
    return {"updates": KINDS, "rounds": ROUNDS, "each": BURST, **medians, **ratios}


def round_of(room: Newsroom, client: httpx.Client, slugs: list[str]) -> dict[str, float]:
    """Publish to each and open its page; milliseconds an update."""
    before = room.server.cpu()
    timed = [once(client, slug) for slug in slugs]
    used = room.server.cpu() - before
    publish, page = (statistics.median(values) * 1000 for values in zip(*timed, strict=True))
    return {"publish_wall_ms": publish, "page_wall_ms": page, "cpu_ms": used / len(slugs) * 1000}


def once(client: httpx.Client, slug: str) -> tuple[float, float]:
    """Seconds for the answer to a post, and for the page that shows it."""
    began = time.perf_counter()
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    path = f"/api/v1/stories/{slug}/updates"
    seq = (
        client.post(path, json={"text": WORDS, "headline": "The tide turns"}, headers=headers)
        .raise_for_status()
        .json()["seq"]
    )
    published = time.perf_counter()
    mark = f'data-seq="{seq}"'
    while mark not in client.get(f"/{slug}").raise_for_status().text:
        if time.perf_counter() - published > 10:
            raise RuntimeError(f"/{slug} does not show entry {seq} ten seconds after it was acknowledged")
    return published - began, time.perf_counter() - published
