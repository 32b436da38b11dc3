"""Percentiles and histograms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.load.figures import BUCKETS, COARSE, Bucket, drawn, figures, histogram, percentile

DURATIONS = st.lists(st.floats(0, 1000, allow_nan=False), min_size=1, max_size=50)


@pytest.mark.parametrize(("part", "value"), [(0.5, 50), (0.9, 90), (0.99, 99), (1, 100), (0.001, 1), (0.07, 7)])
def test_a_percentile_is_the_nearest_rank(part: float, value: int) -> None:
    assert percentile(range(1, 101), part) == value


def test_a_percentile_of_few_is_one_of_them() -> None:
    assert [percentile([3.0, 9.0], part) for part in (0.5, 0.51, 1)] == [3.0, 9.0, 9.0]


def test_figures_are_in_milliseconds() -> None:
    found = figures([0.004, 0.001, 0.002, 0.003])
    assert found is not None
    assert (found.count, found.p50_ms, found.p90_ms, found.p99_ms, found.max_ms) == (4, 2, 4, 4, 4)
    assert figures([]) is None


def test_a_histogram_counts_each_once_and_leaves_no_step_out() -> None:
    assert histogram([0.001, 0.0010001, 0.004, 0.0]) == [
        Bucket(0.1, 1), Bucket(0.15, 0), Bucket(0.2, 0), Bucket(0.3, 0), Bucket(0.5, 0), Bucket(0.7, 0), Bucket(1, 1),
        Bucket(1.5, 1), Bucket(2, 0), Bucket(3, 0), Bucket(5, 1),
    ]  # fmt: skip
    assert histogram([]) == []


@given(DURATIONS)
def test_every_duration_is_in_the_bucket_that_bounds_it(seconds: list[float]) -> None:
    buckets = histogram(seconds)
    assert sum(bucket.count for bucket in buckets) == len(seconds)
    assert buckets[0].count
    assert buckets[-1].count
    before = 0.0
    for bucket in buckets:
        assert bucket.count == sum(before < max(ms * 1000, 1e-9) <= bucket.upto_ms for ms in seconds)
        before = bucket.upto_ms


def test_what_is_far_apart_is_drawn_in_coarser_steps() -> None:
    found = histogram([0.0001, 10])
    assert len(found) <= BUCKETS
    assert {f"{bucket.upto_ms:g}"[0] for bucket in found if bucket.upto_ms >= 1} == {str(step) for step in COARSE}


def test_the_fullest_bar_is_the_widest_and_a_single_one_still_shows() -> None:
    assert drawn([Bucket(1, 1000), Bucket(2, 0), Bucket(1500, 1)], width=10) == [
        "     1 ms      1,000  ██████████",
        "     2 ms          0",
        "    1.5 s          1  █",
    ]
    assert drawn([]) == []
