"""Budgets: wide, exact, bounded, and nobody can spend another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.edge.budgets import Bucket, Budgets, Trusted

OURS = Trusted("127.0.0.0/8, ::1,10.0.0.0/8,2001:db8:99::/48")
addresses = st.ip_addresses().map(str)


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", ""),
        ("::ffff:127.0.0.1", ""),
        ("::1", ""),
        ("", ""),
        ("no address", ""),
    ],
)
def test_a_client_is_an_ipv4_address_or_a_64_of_ipv6(peer: str, client: str) -> None:
    assert OURS.client(peer) == client


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("203.0.113.7,10.1.2.3 , 127.0.0.1", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::1]:4711", "2001:db8::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("unknown", ""),
        ("203.0.113.7, unknown", ""),
        ("203.0.113.7, _hidden, 10.0.0.1", ""),
        ("10.0.0.1, 10.0.0.2", ""),
        (",", ""),
        ("[", ""),
        ("0x7f.1", ""),
        ("203.0.113.7" + ", 10.0.0.1" * 20, ""),
    ],
)
def test_a_proxy_of_ours_is_believed_from_the_right(said: str, client: str) -> None:
    assert OURS.client("127.0.0.1", said) == client


@given(addresses, st.text() | st.lists(addresses).map(", ".join))
def test_nobody_else_is_believed_and_nothing_crashes(peer: str, said: str) -> None:
    assert Trusted("").client(peer, said) == Trusted("").client(peer)
    OURS.client(peer, said)
    OURS.client("127.0.0.1", said)


@given(st.lists(addresses, max_size=5))
def test_what_a_client_says_of_itself_changes_nothing(spoofed: list[str]) -> None:
    seen = "203.0.113.7"
    assert OURS.client("10.0.0.1", ", ".join([*spoofed, seen])) == seen


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        Trusted("10.0.0.0/99")


steps = st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 20)), max_size=200)


@given(st.integers(1, 50), st.integers(1, 20), steps)
def test_a_client_gets_its_burst_and_its_rate_and_no_more(
    rate: int, burst: int, asked: list[tuple[str, float]]
) -> None:
    budgets = Budgets(rate=rate, burst=burst)
    tokens = {client: (float(burst), 0.0) for client in "abc"}
    now = 0.0
    for client, pause in asked:
        now += pause / rate
        left, since = tokens[client]
        left = min(burst, left + (now - since) * rate)
        wait = budgets.spend(client, now)
        if abs(left - 1) > 1e-3:  # nearer than that, rounding decides
            assert (wait == 0) == (left >= 1)
        tokens[client] = (left - 1 if wait == 0 else left, now)


@given(st.integers(1, 1000), st.integers(1, 50), st.integers(0, 10**6))
def test_the_time_that_is_told_is_enough(rate: int, burst: int, start: int) -> None:
    bucket, now = Bucket(rate, burst), float(start)
    for _ in range(burst):
        assert bucket.take(now) == 0
    wait = bucket.take(now)
    assert 0 < wait <= 1 / rate + 1e-6
    assert bucket.take(now + wait) == 0


def test_the_budget_of_one_is_not_anothers() -> None:
    budgets = Budgets(connections=1, rate=1, burst=1)
    assert (budgets.enter("a"), budgets.enter("a"), budgets.enter("b")) == (True, False, True)
    assert (budgets.spend("a", 0), budgets.spend("a", 0) > 0, budgets.spend("b", 0)) == (0, True, 0)


def test_zero_is_no_limit_and_so_is_a_proxy_of_ours() -> None:
    off, on = Budgets(), Budgets(connections=1, rate=1, burst=1)
    for _ in range(100):
        assert off.enter("a")
        assert on.enter("")
        assert off.spend("a", 0) == on.spend("", 0) == 0
    assert off.clients == on.clients == 0
    assert all(Bucket(0, 1).take(0) == 0 for _ in range(100))


@given(st.lists(st.sampled_from(["a", "b", "c", "-a", "-b", "-c"]), max_size=60))
def test_connections_are_counted_and_nothing_is_kept_of_who_has_none(moves: list[str]) -> None:
    budgets, count = Budgets(connections=3), {"a": 0, "b": 0, "c": 0}
    for move in moves:
        client = move[-1]
        if move.startswith("-"):
            budgets.leave(client)
            count[client] = max(0, count[client] - 1)
        else:
            assert budgets.enter(client) == (count[client] < 3)
            count[client] = min(3, count[client] + 1)
    assert budgets.clients == sum(1 for n in count.values() if n)


def test_who_has_its_full_budget_again_is_forgotten() -> None:
    budgets = Budgets(rate=10, burst=10)
    budgets.spend("a", 0)
    budgets.spend("b", 0.05)
    budgets.forget(0.09)
    assert budgets.clients == 2
    budgets.forget(0.12)
    assert budgets.clients == 1
    budgets.forget(10)
    assert budgets.clients == 0


def test_the_table_is_bounded_and_whoever_floods_is_not_forgotten_for_others() -> None:
    budgets = Budgets(rate=1, burst=2, most=100)
    budgets.spend("flood", 0)
    budgets.spend("flood", 0)
    for number in range(1000):
        budgets.spend(f"client {number}", 0)
        assert budgets.spend("flood", 0) > 0
    assert budgets.clients == 100
