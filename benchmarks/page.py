"""How many times a second of CPU a server gives out the page: Standfirst from memory, nginx from a file, same bytes."""

import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.servers import Newsroom, Server, nginx

ROUNDS = 6
SECONDS = 3
CONNECTIONS = 32


def measure(room: Newsroom, slug: str, folder: Path) -> dict[str, Any]:  # Any: JSON
    """Medians of rotated rounds, requests per CPU-second, and the ratio."""
    address = f"{room.server.base}/{slug}"
    with urllib.request.urlopen(address) as answer:
        body = answer.read()
    result: dict[str, Any] = {"bytes": len(body), "connections": CONNECTIONS, "seconds": SECONDS, "rounds": ROUNDS}
    if shutil.which("nginx") is None:
        result["nginx_missing"] = "nginx is not installed (Debian: apt-get install nginx-light); its row is left out"
        result["standfirst"] = statistics.median(requests_per_cpu(room.server, address) for _ in range(ROUNDS))
        return result
    with nginx(folder / "nginx", body) as beside:
        pairs = [(room.server, address), (beside, f"{beside.base}/page.html")]
        figures: dict[str, list[float]] = {"standfirst": [], "nginx": []}
        for round_ in range(ROUNDS):
            for server, where in pairs if round_ % 2 == 0 else reversed(pairs):
                figures[server.name].append(requests_per_cpu(server, where))
    for name, values in figures.items():
        result[name] = statistics.median(values)
    result["ratio"] = statistics.median(a / b for a, b in zip(figures["standfirst"], figures["nginx"], strict=True))
    return result


def requests_per_cpu(server: Server, address: str) -> float:
    """Requests that `server` answered per second of its CPU time, in one round."""
    before, began = server.cpu(), time.monotonic()
    count = answers(address)
    used, took = server.cpu() - before, time.monotonic() - began
    if count == 0 or used <= 0:
        raise RuntimeError(
            f"{server.name} answered {count} requests in {took:.1f} s with {used:.2f} CPU-s: cannot measure it"
        )
    return count / used


def answers(address: str) -> int:
    """Run the load generator once; every answer must be a 200."""
    wrk = shutil.which("wrk")
    if wrk is None:
        command = [sys.executable, "-m", "benchmarks.load", address, str(CONNECTIONS), str(SECONDS)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    said = subprocess.run(
        [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", address], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"{address} gave errors under load: {said}")
    match = re.search(r"(\d+) requests in", said)
    return int(match.group(1)) if match else 0
