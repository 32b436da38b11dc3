"""From the moment a writer sends an update to the moment it is in an open page: ours, and the peer's beside it.

The browser's clock and ours are the same machine's: `performance.timeOrigin + performance.now()` against `time.time()`.
"""

import http.client
import os
import random
import shutil
import statistics
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page, sync_playwright

from benchmarks.fill import WORDS
from benchmarks.servers import Newsroom, Server

ROUNDS = 4
EACH = 50
PAUSE = 0.04
"""Seconds between updates, on average: below what the API lets one token ask for."""

WATCH = """
window.seen = [];
addEventListener("DOMContentLoaded", () => new MutationObserver(() => seen.push([
  Number(document.documentElement.dataset.seq), performance.timeOrigin + performance.now()
])).observe(document.documentElement, { attributes: true, attributeFilter: ["data-seq"] }));
"""


@dataclass(slots=True)
class Run:
    """Times in seconds since 1970, by the number of the update."""

    sent: dict[int, float] = field(default_factory=dict)
    answered: dict[int, float] = field(default_factory=dict)
    streamed: dict[int, float] = field(default_factory=dict)
    shown: dict[int, float] = field(default_factory=dict)


def measure(room: Newsroom, beside: Server, slug: str) -> dict[str, Any]:  # Any: JSON
    """Percentiles in milliseconds for both, over rotated rounds."""
    ours, theirs = Run(), Run()
    edition = _edition(room.server, slug)
    streams = [
        stream(f"{room.server.base}/{slug}/live?edition={edition}", ours),
        stream(f"{beside.base}/live", theirs),
    ]
    with sync_playwright() as play, httpx.Client(timeout=30) as client:
        browser = play.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"] if os.geteuid() == 0 else [], headless=True
        )
        pages = [_open(browser.new_page(), f"{room.server.base}/{slug}"), _open(browser.new_page(), f"{beside.base}/")]
        ready(client, pages, room, beside, slug)
        chance = random.Random(2)  # the same pauses in every run
        for number in range(ROUNDS):
            turns: list[tuple[Run, Newsroom | Server]] = [(ours, room), (theirs, beside)]
            for run, target in turns if number % 2 == 0 else reversed(turns):
                for _ in range(EACH):
                    post(client, target, slug, run)
                    time.sleep(chance.uniform(0, 2 * PAUSE))
        for page, run in zip(pages, (ours, theirs), strict=True):
            page.wait_for_function("last => Number(document.documentElement.dataset.seq) >= last", arg=max(run.sent))
            run.shown = shown(run.sent.keys(), [(int(seq), at / 1000) for seq, at in page.evaluate("seen")])
        browser.close()
    for reading in streams:
        reading.close()
    return {"updates": ROUNDS * EACH, "standfirst": summary(ours), "sse-starlette": summary(theirs)}


def post(client: httpx.Client, target: Newsroom | Server, slug: str, run: Run) -> int:
    """Send one update; note when it was sent and when the answer came. Gives its number."""
    if isinstance(target, Newsroom):
        address = f"{target.server.base}/api/v1/stories/{slug}/updates"
        headers = {"Authorization": f"Bearer {target.token}", "Idempotency-Key": str(uuid.uuid4())}
        body = {"text": WORDS, "headline": "The tide turns"}
    else:
        address, headers, body = f"{target.base}/post", {}, {"text": WORDS}
    began = time.time()
    seq = int(client.post(address, json=body, headers=headers).raise_for_status().json()["seq"])
    run.sent[seq], run.answered[seq] = began, time.time()
    return seq


def ready(client: httpx.Client, pages: list[Page], room: Newsroom, beside: Server, slug: str) -> None:
    """Post until both pages follow, so that no measured update goes out before a page listens."""
    targets: tuple[Newsroom | Server, ...] = (room, beside)
    for page, target in zip(pages, targets, strict=True):
        for _ in range(40):
            seq = post(client, target, slug, Run())
            page.wait_for_timeout(250)
            if page.evaluate("Number(document.documentElement.dataset.seq)") >= seq:
                break
        else:
            raise RuntimeError(f"{page.url} does not follow its stream")


def stream(address: str, run: Run) -> http.client.HTTPConnection:
    """Read the event stream in a thread and note when each number came. Close what it gives to end it."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Accept": "text/event-stream"})
    answer = connection.getresponse()

    def read() -> None:
        try:
            while line := answer.readline():
                if line.startswith(b"id:"):
                    run.streamed[int(line[3:])] = time.time()
        except (OSError, ValueError, AttributeError):  # closed under our hands, when the measurement ends
            return

    threading.Thread(target=read, daemon=True).start()
    return connection


def shown(sent: Iterable[int], seen: list[tuple[int, float]]) -> dict[int, float]:
    """When the page first stood at each number or later: two that come together change the page once."""
    return {seq: next(at for last, at in seen if last >= seq) for seq in sent}


def summary(run: Run) -> dict[str, dict[str, float]]:
    """Milliseconds from sending to each place. Every update must have come to each: a lost one is an error."""
    result = {}
    for name, times in (("answer", run.answered), ("stream", run.streamed), ("browser", run.shown)):
        lost = run.sent.keys() - times.keys()
        if lost:
            raise RuntimeError(f"{len(lost)} of {len(run.sent)} updates never came to the {name}: {sorted(lost)[:5]}")
        took = [(times[seq] - began) * 1000 for seq, began in run.sent.items()]
        cuts = statistics.quantiles(took, n=100, method="inclusive")
        result[name] = {"p50_ms": cuts[49], "p99_ms": cuts[98]}
    return result


def chromium() -> str | None:
    """The system's Chromium; None lets Playwright take its own."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _open(page: Page, address: str) -> Page:
    page.add_init_script(WATCH)
    page.goto(address)
    return page


def _edition(server: Server, slug: str) -> str:
    text = httpx.get(f"{server.base}/{slug}").raise_for_status().text
    return text.split('data-edition="', 1)[1].split('"', 1)[0]
