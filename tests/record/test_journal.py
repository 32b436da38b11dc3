"""The journal keeps what it acknowledges: numbers without gaps, one answer to one key, on both databases."""

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from standfirst.record import journal
from standfirst.record.audit import audit
from standfirst.record.entry import ERASED
from standfirst.record.seal import verify
from tests.record.making import AT, fields, key, posted, write

pytestmark = pytest.mark.usefixtures("transactional_db")


def ids(stream: str) -> list[str]:
    return [entry.data()["id"] for entry in journal.read(stream)]


def test_entries_come_back_as_they_were_written() -> None:
    done = write("flood", posted("a", {"n": [1, None, "é"]}), posted("b"))
    assert (done.first, done.last, done.replayed) == (1, 2, False)
    first, second = journal.read("flood")
    assert first.data() == {"id": "a", "tags": ["flood"], "headline": "Of a", "body": {"n": [1, None, "é"]}}
    assert (first.at, first.kind, first.version, first.seq) == (AT, "UpdatePosted", 1, 1)
    assert second.prev == first.hash
    assert list(verify([first, second])) == []


def test_read_takes_a_range_and_tail_what_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "CHUNK", 3)
    write("flood", *(posted(f"u{n}") for n in range(1, 11)))
    assert [e.seq for e in journal.read("flood")] == list(range(1, 11))
    assert [e.seq for e in journal.read("flood", 4, 9)] == [4, 5, 6, 7, 8, 9]
    assert [e.seq for e in journal.read("flood", 9, 40)] == [9, 10]
    assert [e.seq for e in journal.tail("flood", 7)] == [8, 9, 10]
    assert journal.tail("flood", 10) == []
    assert list(journal.read("storm")) == []


def test_heads_name_every_stream() -> None:
    write("storm", posted("a"))
    write("flood", posted("a"), posted("b"))
    assert journal.heads() == {"flood": 2, "storm": 1}


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_writer_who_decided_on_another_state_is_refused(expected: int) -> None:
    write("flood", posted("a"), posted("b"))
    with pytest.raises(journal.SeqTaken) as caught:
        write("flood", posted("c"), after=expected)
    assert (caught.value.expected, caught.value.actual) == (expected, 2)
    assert ids("flood") == ["a", "b"]


def test_a_new_stream_begins_at_nought() -> None:
    with pytest.raises(journal.SeqTaken, match="flood is at 0, not at 4"):
        write("flood", posted("a"), after=4)
    assert journal.heads() == {}


def test_the_same_key_gets_the_same_answer_whatever_happened_since() -> None:
    first = journal.append("flood", 0, [posted("a")], "ann", "k", at=AT, answer={"id": "a"}, fingerprint="f")
    write("flood", posted("b"), after=1)
    again = journal.append("flood", 0, [posted("other")], "ann", "k", at=AT, answer="other", fingerprint="f")
    assert again == journal.Appended(first.first, first.last, True, {"id": "a"})
    assert ids("flood") == ["a", "b"]


def test_a_key_belongs_to_one_actor_and_one_request() -> None:
    journal.append("flood", 0, [posted("a")], "ann", "k", at=AT, fingerprint="f")
    journal.append("storm", 0, [posted("a")], "bob", "k", at=AT, fingerprint="f")
    for stream, mark in [("flood", "g"), ("hail", "f")]:
        with pytest.raises(journal.KeyReused, match="'k'"):
            journal.append(stream, 1, [posted("b")], "ann", "k", at=AT, fingerprint=mark)
    assert journal.heads() == {"flood": 1, "storm": 1}


def test_no_events_leave_a_receipt_and_nothing_else() -> None:
    write("flood", posted("a"))
    done = journal.append("flood", 1, [], "ann", "k", at=AT, answer="unchanged")
    assert (done.first, done.last) == (2, 1)
    assert journal.append("flood", 1, [], "ann", "k", at=AT) == journal.Appended(2, 1, True, "unchanged")
    assert journal.receipt("ann", "k") == journal.Receipt("", "flood", 2, 1, "unchanged")
    assert journal.heads() == {"flood": 1}
    assert list(audit()) == []


def test_control_without_the_receipt_the_database_still_refuses_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    journal.append("flood", 0, [posted("a")], "ann", "k", at=AT)
    monkeypatch.setattr(journal, "receipt", lambda actor, idempotency_key: None)
    with pytest.raises(IntegrityError):
        journal.append("flood", 1, [posted("a")], "ann", "k", at=AT)
    assert ids("flood") == ["a"]


def test_receipt_of_an_unknown_key_is_none() -> None:
    assert journal.receipt("ann", "never") is None


def test_what_cannot_be_recorded_leaves_no_trace() -> None:
    with pytest.raises(ValueError, match="float"):
        write("flood", posted("a"), posted("b", 1.5))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="201 characters"):
        journal.append("flood", 0, [posted("a")], "ann", "k" * 201, at=AT)
    with pytest.raises(ValueError, match="NUL"):
        journal.append("flood", 0, [posted("a")], "ann\x00", "k", at=AT)
    assert journal.heads() == {}
    assert list(audit()) == []


def test_a_caller_s_transaction_takes_the_entries_with_it() -> None:
    heard: list[tuple[str, int]] = []
    stop = journal.on_commit(lambda stream, last: heard.append((stream, last)))

    with transaction.atomic():
        write("flood", posted("a"))
        transaction.set_rollback(True)
    assert journal.heads() == {}
    with transaction.atomic():
        write("flood", posted("a"))
        with pytest.raises(journal.SeqTaken):
            write("flood", posted("b"))
        write("flood", posted("b"), after=1)
        assert heard == []
    assert heard == [("flood", 1), ("flood", 2)]
    stop()
    write("flood", posted("c"), after=2)
    assert heard == [("flood", 1), ("flood", 2)]


def test_a_listener_that_fails_does_not_fail_the_write() -> None:
    def deaf(stream: str, last: int) -> None:
        raise RuntimeError("deaf")

    stop = journal.on_commit(deaf)
    try:
        assert write("flood", posted("a")).last == 1
    finally:
        stop()


def test_the_changes_token_moves_when_another_connection_writes() -> None:
    write("flood", posted("a"))
    before = journal.changes_token()
    assert journal.changes_token() == before
    other = connection.copy()
    other.inc_thread_sharing()
    mine = connection.connection
    connection.connection = other.connect() or other.connection
    try:
        write("flood", posted("b"), after=1)
    finally:
        connection.connection = mine
        other.close()
    assert journal.changes_token() != before


def test_erasing_names_entries_that_are_there() -> None:
    write("flood", posted("a"), posted("b"))
    for wrong in [(3,), (0,), (1, 9)]:
        with pytest.raises(ValueError, match="cannot erase"):
            write("flood", ("UpdateErased", 1, {"id": "a"}), after=2, erases=wrong)
    with pytest.raises(ValueError, match="cannot erase"):
        write("flood", after=2, erases=[1])


class Record(RuleBasedStateMachine):
    """A newsroom at work: whatever it does and however it repeats itself, the log is what a plain list would be."""

    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.stream = key()
        self.log: list[dict[str, object]] = []

    @rule(target=requests, payloads=st.lists(fields, max_size=3))
    def write(self, payloads: list) -> tuple:
        request = (len(self.log), [("K", 1, payload) for payload in payloads], key(), len(self.log))
        done = journal.append(self.stream, request[0], request[1], "ann", request[2], at=AT, answer=request[3])
        assert (done.first, done.last) == (len(self.log) + 1, len(self.log) + len(payloads))
        self.log += [entry.data() for entry in journal.tail(self.stream, len(self.log))]
        return (*request, done)

    @rule(request=requests)
    def send_again(self, request: tuple) -> None:
        expected, events, used, answer, done = request
        again = journal.append(self.stream, expected, events, "ann", used, at=AT, answer=answer)
        assert again == journal.Appended(done.first, done.last, True, answer)

    @rule(request=requests)
    def use_the_key_for_something_else(self, request: tuple) -> None:
        with pytest.raises(journal.KeyReused):
            journal.append(self.stream, len(self.log), [posted("x")], "ann", request[2], at=AT, fingerprint="other")

    @rule(behind=st.integers(-3, 3).filter(bool))
    def decide_on_an_old_state(self, behind: int) -> None:
        with pytest.raises(journal.SeqTaken):
            journal.append(self.stream, len(self.log) + behind, [posted("x")], "ann", key(), at=AT)

    @rule(request=consumes(requests))
    def erase(self, request: tuple) -> None:
        gone = range(request[4].first, request[4].last + 1)
        journal.append(self.stream, len(self.log), [("Erased", 1, {})], "ann", key(), at=AT, erases=gone)
        for entry in journal.read(self.stream, request[4].first, request[4].last):
            names = [name for name, value in entry.payload.items() if isinstance(value, dict) and "$text" in value]
            for name in names:
                if entry.data()[name] is ERASED:
                    self.log[entry.seq - 1][name] = ERASED
        self.log.append({})

    @invariant()
    def reads_as_the_plain_list(self) -> None:
        assert [entry.data() for entry in journal.read(self.stream)] == self.log

    def teardown(self) -> None:
        assert list(audit()) == []


def test_any_course_of_work_leaves_a_sound_log() -> None:
    run_state_machine_as_test(
        Record,
        settings=settings(
            max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
