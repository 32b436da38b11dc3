"""The history checker finds each thing that a server can do wrong, and nothing where it did none."""

import pytest

from tests.contracts.history import History, faults

LOG = [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def history(*answers: tuple[str, int]) -> History:
    """Each key sent and answered before the next is sent."""
    made = History()
    for key, seq in answers:
        made.sends(key)
        made.answered(key, seq)
    return made


GOOD = [("a", 1), ("b", 2), ("c", 3), ("d", 4)]


def test_a_good_history_has_no_fault() -> None:
    assert faults(history(*GOOD), LOG) == []
    assert faults(history(), []) == []


def test_what_was_never_answered_may_be_there_or_not() -> None:
    made = history(*GOOD)
    made.sends("e")
    assert faults(made, LOG) == []
    assert faults(made, [*LOG, (5, "e")]) == []


def test_sending_again_after_an_answer_was_lost_is_no_fault() -> None:
    made = history(*GOOD[:3])
    made.sends("d")
    made.sends("d")
    made.answered("d", 4)
    made.sends("d")
    made.answered("d", 4)
    assert faults(made, LOG) == []


def test_writes_under_way_together_may_stand_in_any_order() -> None:
    made = History()
    for key in ("a", "b"):
        made.sends(key)
    made.answered("a", 2)
    made.answered("b", 1)
    assert faults(made, [(1, "b"), (2, "a")]) == []


@pytest.mark.parametrize(
    ("answers", "log", "found"),
    [
        (GOOD, LOG[:3], ["lost: d was acknowledged at 4"]),
        (GOOD, [*LOG, (5, "b")], ["doubled: b stands at 2 and at 5", "moved: b was told 2, stands at 5"]),
        (GOOD, [*LOG[:3], (5, "d")], ["gap: 5 where 4 was due", "moved: d was told 4, stands at 5"]),
        (GOOD, [*LOG, (5, "x")], ["nobody's: x at 5 was never sent"]),
        ([*GOOD, ("a", 4)], LOG, ["two answers: a was told [1, 4]"]),
        (
            [("b", 2), ("a", 1), *GOOD[2:]],
            LOG,
            ["reordered: a at 1 was sent after b at 2 was answered"],
        ),
    ],
)
def test_control_each_wrong_is_found(answers: list, log: list, found: list[str]) -> None:
    assert faults(history(*answers), log) == found
