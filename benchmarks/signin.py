"""Does the time of an answer tell who has an account? Sign-in and password reset, for known and unknown addresses.

    python -m benchmarks.signin [ROUNDS]

Each round asks once for an address with an account and once for one without, in turns that change, so that what the
machine does besides falls on both. Printed: medians in milliseconds, and the difference of medians with the interval
that holds 95 % of 2,000 resamplings. An interval that holds 0 is noise.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
RESAMPLED = 2000


def main(rounds: int) -> None:
    """Measure in this process, with a newsroom of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STANDFIRST_HOME"] = folder
        from standfirst import config
        from standfirst.site import boot

        boot.prepare(config.load(home=Path(folder)))
        measure(rounds)


def measure(rounds: int) -> None:
    """Print a line for each way of asking."""
    from django.conf import settings
    from django.test import Client
    from django.test.utils import setup_test_environment

    from standfirst.accounts.models import Person
    from standfirst.site import limits

    setup_test_environment()  # keeps letters in memory
    settings.MAIL, settings.ACCOUNT_RATE_LIMITS = True, False  # limits would end it after five
    settings.ACCOUNT_LOGIN_ATTEMPTS_LIMIT = None
    Person.objects.create_user("known@sallow.example", "seven herons over Sallow", name="Known", role="viewer")

    def asks(path: str, **fields: str) -> Callable[[str], float]:
        def ask(address: str) -> float:
            limits.forgive()
            data = urlencode({name: value.replace("ADDRESS", address) for name, value in fields.items()})
            began = time.perf_counter()
            Client().post(path, data, FORM)
            return (time.perf_counter() - began) * 1000

        return ask

    ways = {
        "sign-in": asks("/account/login/", login="ADDRESS", password="wrong but quite long"),
        "password reset": asks("/account/password/reset/", email="ADDRESS"),
        "code by e-mail": asks("/account/login/code/", email="ADDRESS"),
    }
    for name, ask in ways.items():
        known, unknown = sampled(ask, rounds)
        low, high = interval(known, unknown)
        difference = statistics.median(known) - statistics.median(unknown)
        print(
            f"{name}: known {statistics.median(known):.1f} ms, unknown {statistics.median(unknown):.1f} ms, "
            f"difference {difference:+.2f} ms [{low:+.2f}, {high:+.2f}], {rounds} rounds"
        )


def sampled(ask: Callable[[str], float], rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds for the known and for the unknown address."""
    known, unknown = [], []
    for address in ("known@sallow.example", "unknown@sallow.example"):
        ask(address)  # templates and modules are read once
    for number in range(rounds):
        turns = [(known, "known@sallow.example"), (unknown, "nobody0@sallow.example")]
        for taken, address in turns if number % 2 else reversed(turns):
            taken.append(ask(address))
    return known, unknown


def interval(known: list[float], unknown: list[float]) -> tuple[float, float]:
    """Where the difference of medians lies in 95 % of resamplings."""
    chance = random.Random(1)
    found = sorted(
        statistics.median(chance.choices(known, k=len(known)))
        - statistics.median(chance.choices(unknown, k=len(unknown)))
        for _ in range(RESAMPLED)
    )
    return found[RESAMPLED // 40], found[-RESAMPLED // 40]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
