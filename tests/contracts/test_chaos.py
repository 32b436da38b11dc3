"""Each entry once and in order, whatever the network does: readers behind proxies that cut their connections anywhere.

Server, proxies and readers are processes of their own. Each reader has a history (see `tests.crowd.history`), and the
tests at the end show that it tells of readers and of hubs that are wrong.
"""

import itertools
import os
import sys
import threading
from array import array
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.killing import SLUG, TRIES, Server, Unanswered
from tests.crowd.crowd import Plan
from tests.crowd.history import faults
from tests.crowd.processes import Crowds, place, proxies
from tests.crowd.reader import Wrong

SEED = 20260301
PATIENCE_S = 60.0
LOOK_S = 10.0
HOLD_S, HEARTBEAT_S = 1.0, 1.0
WINDOW = 30
"""So small that some who are away come back too late, and have to load the page again."""


def environment(home: Path, readers: int) -> dict[str, str]:
    given = {
        "HOME": str(home / "home"),
        "HOLD_SECONDS": str(HOLD_S),
        "HEARTBEAT_SECONDS": str(HEARTBEAT_S),
        "WINDOW": str(WINDOW),
        "MAX_READERS": str(readers * 2),
        "BREAKER_POSTS": "10000",
    }
    env = {name: value for name, value in os.environ.items() if not name.startswith("STANDFIRST_")}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    return env | {f"STANDFIRST_{name}": value for name, value in given.items()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(environment(tmp_path_factory.mktemp("chaos"), 10_000))
    made.start()
    yield made
    made.kill()


class Writer(threading.Thread):
    """Publishes an update every `pause` seconds until it is stopped. `last` is the entry of the newest."""

    _numbers = itertools.count()

    def __init__(self, server: Server, pause: float) -> None:
        super().__init__()
        self.last = 0
        self._server = server
        self._pause = pause
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(self._pause):
            key = f"report-{next(self._numbers)}"
            self.last = self._insist(key)

    def _insist(self, key: str) -> int:
        for _ in range(TRIES):
            with suppress(Unanswered):
                return self._server.write(key)
        raise AssertionError(f"{key} is never answered")

    def stop(self) -> None:
        self._over.set()
        self.join()


def run(
    server: Server, *, readers: int, cuts: int, life: float, reach: int, pause: float, seconds: float, split: int = 1,
    hello: float = 4.0, pace: float = 200.0, wrong: Wrong = "",
) -> dict[str, Any]:  # fmt: skip
    """Cut each reader's connections `cuts` times and more; then let all come up to the last entry. The report."""
    base = f"http://127.0.0.1:{server.port}"
    edition, seq = place(base, SLUG)
    writer = Writer(server, pause)
    try:
        with proxies(server.port, split, seed=SEED, life=life, reach=reach) as ways:
            plan = Plan(
                slug=SLUG, edition=edition, seq=seq, readers=readers, ways=ways, calm=server.port, cuts=cuts,
                wrong=wrong, pace=pace, rate=400.0, window=50, blocked=50,
                hello=hello, silence=4 * HEARTBEAT_S + hello, held=HOLD_S / 2,
                seed=SEED,
            )  # fmt: skip
            crowds = Crowds(plan, split)
            try:
                for _ in range(int(seconds / LOOK_S)):
                    if crowds.have("cut_enough", readers, LOOK_S) and writer.last:
                        break
                    print(crowds.figures, flush=True)
                    assert crowds.runs
                    assert writer.is_alive()
                else:
                    pytest.fail(f"seed {SEED}: not all are cut so often in {seconds:.0f} s: {crowds.figures}")
                writer.stop()
                report = crowds.until(writer.last, PATIENCE_S)
            finally:
                crowds.close()
    finally:
        writer.stop()
    said = {name: value for name, value in report.items() if name != "words"}
    print(f"seed {SEED}: {said}")
    return report


def judge(server: Server, report: dict[str, Any]) -> None:
    """Nothing missing, doubled, out of order or garbled; and all ways were taken."""
    assert report["faults"] == {}, f"seed {SEED}: {report['wrong']} readers were served wrong"
    assert report["streams"] > report["least_cuts"]
    assert report["tails"]
    first, *others = report["words"]
    for words in others:
        assert [seq for seq in first.keys() & words.keys() if first[seq] != words[seq]] == []


def test_readers_whose_connections_are_cut_anywhere_see_each_entry_once_in_order(server: Server) -> None:
    report = run(server, readers=200, cuts=5, life=1.5, reach=6_000, pause=0.1, seconds=PATIENCE_S)
    judge(server, report)
    assert report["least_cuts"] >= 5


@pytest.mark.soak
def test_ten_thousand_readers_are_cut_twenty_times_each(server: Server) -> None:
    report = run(
        server,
        readers=10_000,
        cuts=20,
        life=30.0,
        reach=30_000,
        pause=0.8,
        seconds=900,
        split=2,
        hello=20.0,
        pace=1000.0,
    )
    judge(server, report)
    assert report["least_cuts"] >= 20


@pytest.mark.parametrize(("wrong", "found"), [("resumes inclusively", "doubled"), ("forgets a message", "missing")])
def test_control_a_reader_that_is_wrong_is_found_out(server: Server, wrong: Wrong, found: str) -> None:
    report = run(server, readers=20, cuts=2, life=0.5, reach=4_000, pause=0.05, seconds=PATIENCE_S, wrong=wrong)
    assert found in kinds(report)


HUB_THAT_SKIPS = """
from standfirst.edge.ring import Ring
from standfirst.cli import main
honest = Ring.resume
def skipping(ring, after):
    frames = honest(ring, after)
    return frames if frames == "reload" else frames[1:]
Ring.resume = skipping
main()
"""


class Skipping(Server):
    """A server whose hub leaves out the first entry that a reader has missed."""

    serve = (sys.executable, "-c", HUB_THAT_SKIPS, "serve")


def test_control_a_hub_that_skips_on_resume_is_found_out(tmp_path: Path) -> None:
    server = Skipping(environment(tmp_path, 100))
    server.start()
    try:
        report = run(server, readers=20, cuts=2, life=0.5, reach=4_000, pause=0.05, seconds=PATIENCE_S)
    finally:
        server.kill()
    assert "missing" in kinds(report)


def kinds(report: dict[str, Any]) -> set[str]:
    return {fault.split(":")[0] for found in report["faults"].values() for fault in found}


@pytest.mark.parametrize(
    ("history", "found"),
    [
        ([-3, 4, 5, 6], []),
        ([-3, 4, -6], []),
        ([-3, 4, 4, 5, 6], ["doubled: 4 after 4"]),
        ([-3, 4, 6], ["missing: 6 after 4"]),
        ([-3, 4, 6, 5], ["missing: 6 after 4", "out of order: 5 after 6"]),
        ([-3, 4, 5], ["missing: the last is 5 and not 6"]),
        ([-3, 4, 5, 6, -5], ["back: a page of entry 5 after 6", "missing: the last is 5 and not 6"]),
        ([4, 5, 6], ["nothing: a history begins with a page"]),
    ],
)
def test_the_history_tells(history: list[int], found: list[str]) -> None:
    assert faults(array("i", history), 6) == found
