"""Deadlines: first come, first overdue."""

from hypothesis import given
from hypothesis import strategies as st

from standfirst.edge.deadlines import Queue

moves = st.lists(st.tuples(st.sampled_from(["start", "stop"]), st.integers(0, 5), st.integers(0, 4)), max_size=80)


@given(st.integers(1, 10), moves)
def test_all_who_are_overdue_are_found_once_and_nobody_else(seconds: int, moves: list[tuple[str, int, int]]) -> None:
    queue: Queue[int] = Queue(seconds)
    since: dict[int, float] = {}
    now = 0.0
    for move, item, pause in moves:
        now += pause
        due = {item for item, start in since.items() if now - start >= seconds}
        assert set(queue.overdue(now)) == due
        since = {item: start for item, start in since.items() if item not in due}
        if move == "start":
            queue.start(item, now)
            since[item] = now
        else:
            queue.stop(item)
            since.pop(item, None)
        assert len(queue) == len(since)
        assert all(item in queue for item in since)
    assert set(queue.clear()) == set(since)
    assert not len(queue)


def test_without_a_deadline_nobody_is_kept() -> None:
    queue: Queue[str] = Queue(0)
    queue.start("a", 0)
    assert (len(queue), queue.overdue(10**9)) == (0, [])


def test_no_more_than_asked_for_are_seen_to_at_once() -> None:
    queue: Queue[int] = Queue(1)
    for item in range(5):
        queue.start(item, 0)
    assert [queue.overdue(1, 2), queue.overdue(1, 2), queue.overdue(1, 2)] == [[0, 1], [2, 3], [4]]
