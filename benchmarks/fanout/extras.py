"""What only ours is asked: bursts, compressed streams, readers that never read, TLS."""

import json
import statistics
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import trustme

from benchmarks.fanout.build import Missing, Tools
from benchmarks.fanout.contenders import Contender, floor_tls, ours
from benchmarks.fanout.measure import row
from benchmarks.fanout.operations import Newsroom
from benchmarks.fanout.readers import reading
from benchmarks.fanout.rounds import Stand, Turn, stand

READERS = 5000
BURST = 8
PUBLISHES = 16
STALLED = 500
STALL_S = 60.0
TLS_READERS = 2500

Figures = dict[str, Any]  # JSON


def burst(tools: Tools, rounds: int) -> Figures:
    """CPU of eight updates at once beside eight apart. At once: in one commit, and as eight posts in a row."""
    ratios: dict[str, list[float]] = {"commit": [], "posts": []}
    with ours() as mine, stand(mine, tools, READERS) as at:
        for _ in range(rounds):
            apart = at.turn(PUBLISHES).cpu / (PUBLISHES / BURST)
            for way, values in ratios.items():
                values.append(apart / _bursts(at, way))
    return {"readers": READERS, "burst": BURST} | {way: statistics.median(values) for way, values in ratios.items()}


def _bursts(at: Stand, way: str) -> float:
    """CPU seconds of one burst, a mean of two."""
    before = at.contender.cpu()
    for _ in range(2):
        last = at.publisher.publish(BURST) if way == "commit" else at.publisher.posts(BURST)
        seen = at.readers.until(last)
        if seen.behind or seen.skipped or seen.doubled:
            raise RuntimeError(f"a burst was not delivered whole: {seen}")
        time.sleep(0.1)
    return (at.contender.cpu() - before) / 2


def compressed(tools: Tools, rounds: int) -> Figures:
    """Bytes and CPU of a delivery, gzip beside plain. Every stream is decoded and its messages counted.

    "operations" are messages as the press prints them, "short" the ones of all other measurements, which have more
    numbers than words.
    """
    if not tools.gzip:
        raise Missing("the load generator was built without zlib (Debian: apt-get install zlib1g-dev)")
    made: Figures = {"readers": READERS}
    for kind in ("short", "operations"):
        turns: dict[str, list[Turn]] = {"plain": [], "gzip": []}
        with ExitStack() as ended:
            stands = {
                name: ended.enter_context(stand(ended.enter_context(ours()), tools, READERS, *options))
                for name, options in (("plain", ()), ("gzip", ("gzip",)))
            }
            if kind == "operations":
                for at in stands.values():
                    at.publisher.message = Newsroom().message
            _alternate(stands, turns, rounds)
        rows = {name: row(turns, name) for name in turns}
        cpu = statistics.median(b.each / a.each for a, b in zip(turns["plain"], turns["gzip"], strict=True))
        made[kind] = rows | {"bytes_ratio": rows["gzip"]["bytes"] / rows["plain"]["bytes"], "cpu_ratio": cpu}
    return made


def _alternate(stands: dict[str, Stand], turns: dict[str, list[Turn]], rounds: int) -> None:
    for number in range(rounds):
        for name in list(stands) if number % 2 == 0 else list(stands)[::-1]:
            turns[name].append(stands[name].turn(PUBLISHES))


def stalled(tools: Tools) -> Figures:
    """What a reader that never reads makes the server grow by, until it is dropped; some readers beside it do read."""
    honest = 10
    with ours() as mine, stand(mine, tools, honest) as at:
        before, kernel = mine.private(), _kernel()
        peak = peak_kernel = 0
        with reading(tools, [mine.server.base + mine.live], STALLED, "stall"):
            started, sent = time.monotonic(), 0
            while (left := _open(mine) - honest) > 0 and time.monotonic() - started < STALL_S:
                seen = at.readers.until(at.publisher.publish(BURST))
                if seen.behind:
                    raise RuntimeError(f"readers beside the stalled ones missed {seen.behind} messages")
                sent += BURST
                peak, peak_kernel = max(peak, mine.private() - before), max(peak_kernel, _kernel() - kernel)
    return {
        "readers": STALLED,
        "bytes": peak / STALLED,
        "kernel_bytes": peak_kernel / STALLED,
        "messages": sent,
        "undropped": left,
    }


def tls(tools: Tools, scratch: Path, rounds: int) -> Figures:
    """CPU per delivery over TLS beside the OpenSSL floor, and the memory of a TLS reader."""
    if not tools.tls:
        raise Missing("the floor was built without OpenSSL (Debian: apt-get install libssl-dev)")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    certificate, key = scratch / "cert.pem", scratch / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    settings = {"STANDFIRST_TLS_CERT": str(certificate), "STANDFIRST_TLS_KEY": str(key)}
    turns: dict[str, list[Turn]] = {"floor": [], "standfirst": []}
    with ExitStack() as ended:
        floor = ended.enter_context(floor_tls(tools, certificate, key))
        mine = ended.enter_context(ours(settings=settings))
        stands = {
            name: ended.enter_context(stand(each, tools, TLS_READERS))
            for name, each in (("floor", floor), ("standfirst", mine))
        }
        _alternate(stands, turns, rounds)
        idle = {name: each.idle for name, each in stands.items()}
    return {"readers": TLS_READERS} | {name: row(turns, name) | {"idle_bytes": idle[name]} for name in turns}


def _open(mine: Contender) -> int:
    with urllib.request.urlopen(f"{mine.server.base}/api/readers") as answer:
        return int(json.load(answer)["readers"])


def _kernel() -> int:
    """Bytes that the kernel holds for all TCP sockets here."""
    with open("/proc/net/sockstat", encoding="ascii") as stat:
        fields = next(line for line in stat if line.startswith("TCP:")).split()
    return int(fields[fields.index("mem") + 1]) * 4096
