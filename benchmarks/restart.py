"""A server with many readers is stopped and started again: how long until all are back, and how fast they come.

    python -m benchmarks.restart [--readers 10000] [--processes 2] [--no-results]

Twice: by SIGTERM, when each reader is told when to come back, and by SIGKILL, when it knows only what it was told with
its hello. The readers keep to the reader script's rules (`tests.crowd`), and to its waits: nothing is sped up.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.crowd.crowd import Plan
from tests.crowd.processes import Crowds, place

from benchmarks import report
from benchmarks.servers import BIN, free_port

HERE = Path(__file__).parent
SLUG = "restart"
PATIENCE_S = 180.0
GOAL_S = 60.0
START_S = 120.0
SIGNALS = {"SIGTERM": signal.SIGTERM, "SIGKILL": signal.SIGKILL}
WIDTH = 60


def main() -> int:
    """Measure both ends, print the curves, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.restart", description="Restart a server under its readers.")
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2, help="that the readers are in")
    parser.add_argument("--rate", type=float, default=400.0, help="readers opened a second at first")
    parser.add_argument("--machine", default=report.machine(), help="what this machine is, for the record")
    parser.add_argument("--no-results", action="store_true", help="print only")
    given = parser.parse_args()
    figures: dict[str, Any] = {"date": datetime.now(UTC).date().isoformat(), "machine": given.machine}
    for name in SIGNALS:
        figures[name] = measure(name, given.readers, given.processes, given.rate)
        print(words(name, figures[name]), flush=True)
    if not given.no_results:
        stem = f"{figures['date']}-{report.slug(given.machine)}-restart"
        (HERE / "results" / f"{stem}.json").write_text(json.dumps(figures, indent=1) + "\n")
    return int(any(figures[name]["all_back_s"] is None or figures[name]["all_back_s"] > GOAL_S for name in SIGNALS))


def measure(name: str, readers: int, processes: int, rate: float) -> dict[str, Any]:
    """One stop and start. Times in seconds since the signal; `curve` has connections and hellos of each second."""
    with tempfile.TemporaryDirectory(prefix="standfirst-restart-") as folder:
        server = Server(Path(folder), readers)
        server.start()
        try:
            edition, seq = place(server.base, SLUG)
            plan = Plan(
                slug=SLUG, edition=edition, seq=seq, readers=readers, ways=[server.port], calm=server.port, rate=rate
            )
            crowds = Crowds(plan, processes)
            try:
                if not crowds.have("open", readers, readers / rate + PATIENCE_S):
                    raise RuntimeError(f"not all of {readers:,} readers could be opened: {crowds.figures}")
                return _restart(server, crowds, name, readers)
            finally:
                crowds.close()
        finally:
            server.end(signal.SIGKILL)


def _restart(server: "Server", crowds: Crowds, name: str, readers: int) -> dict[str, Any]:
    before = crowds.mark()
    began = time.monotonic()
    server.end(SIGNALS[name])
    ended = time.monotonic() - began
    server.start()
    started = time.monotonic() - began
    follows = crowds.have("follow", readers, PATIENCE_S)
    back = time.monotonic() - began if follows else None
    now = crowds.figures
    accepts, hellos = crowds.rates("connected", before), crowds.rates("hellos", before)
    seq = server.publish()
    told = crowds.until(seq, PATIENCE_S)
    return {
        "readers": readers,
        "server_gone_s": round(ended, 1),
        "server_back_s": round(started, 1),
        "all_back_s": None if back is None else round(back, 1),
        "streams": now["open"],
        "held": now["held"],
        "wrong": told["wrong"],
        "peak_accepts": max(accepts, default=0),
        "peak_hellos": max(hellos, default=0),
        "accepts": accepts,
        "hellos": hellos,
    }


def words(name: str, figures: dict[str, Any]) -> str:
    """The figures of one restart as text, with a bar for each second."""
    back = f"all back after {figures['all_back_s']} s" if figures["all_back_s"] is not None else "NOT all back"
    lines = [
        f"{name}, {figures['readers']:,} readers: {back} (goal {GOAL_S:.0f} s); the server was gone for "
        f"{figures['server_back_s']} s. Peak {figures['peak_accepts']:,} connections and {figures['peak_hellos']:,} "
        f"hellos a second; {figures['held']:,} follow by held requests, {figures['wrong']:,} were served wrong.",
    ]
    most = max(1, figures["peak_accepts"])
    for second, (accepts, hellos) in enumerate(zip(figures["accepts"], figures["hellos"], strict=True)):
        bar = "#" * round(accepts / most * WIDTH)
        lines.append(f"  {second:3} s {accepts:6,} connections {hellos:6,} hellos {bar}")
    return "\n".join(lines)


class Server:
    """A newsroom with one story, that can be ended and started again on its port."""

    def __init__(self, home: Path, readers: int) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._environ = {
            **os.environ,
            "STANDFIRST_HOME": str(home / "home"),
            "STANDFIRST_PORT": str(self.port),
            "STANDFIRST_MAX_READERS": str(readers + 1000),
        }
        self._said = home / "log"
        self._command("story", "open", SLUG, "--headline", "The sea wall gives way")

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError with what it said."""
        with self._said.open("ab") as said:
            self._process = subprocess.Popen([BIN / "standfirst", "serve"], env=self._environ, stdout=said, stderr=said)
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.base}/healthz", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"the server does not answer: {self._said.read_text()[-2000:]}")

    def end(self, how: int) -> None:
        """Returns when it has gone."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        self._process.wait(START_S)

    def publish(self) -> int:
        """One more update, from another process; its entry."""
        self._command("update", "post", SLUG, "--headline", "It holds", "--text", "The wall holds.")
        return place(self.base, SLUG)[1]

    def _command(self, *given: str) -> None:
        done = subprocess.run([BIN / "standfirst", *given], env=self._environ, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"standfirst {' '.join(given)}: {done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
