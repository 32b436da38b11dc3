"""A server that is stopped and started again has all its readers back, and none of them missed or saw a thing twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.killing import SLUG, Server
from tests.contracts.test_chaos import PATIENCE_S, environment
from tests.crowd.crowd import Plan
from tests.crowd.processes import Crowds, place

READERS = 200
PACE = 20.0
"""How much faster than real ones these readers wait."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(environment(tmp_path, READERS))
    made.start()
    yield made
    made.kill()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_all_readers_come_back_to_a_server_that_was_restarted(server: Server, how: signal.Signals) -> None:
    edition, seq = place(f"http://127.0.0.1:{server.port}", SLUG)
    ways = [server.port]
    plan = Plan(
        slug=SLUG,
        edition=edition,
        seq=seq,
        readers=READERS,
        ways=ways,
        calm=server.port,
        pace=PACE,
        rate=400.0,
        cuts=99,
    )
    crowds = Crowds(plan, 1)
    try:
        assert crowds.have("open", READERS, PATIENCE_S), crowds.figures
        for n in range(3):
            server.write(f"before-{n}")
        for again in range(2):  # the second time nothing was written since the readers came back
            assert server.end(how) == (0 if how == signal.SIGTERM else -signal.SIGKILL)
            server.start()
            assert crowds.have("follow", READERS, PATIENCE_S), f"{again}: {crowds.figures}"
        report = crowds.until(server.write("after"), PATIENCE_S)
    finally:
        crowds.close()
    assert report["faults"] == {}
    assert report["cuts"] >= 2 * READERS, "each lost its stream twice"
