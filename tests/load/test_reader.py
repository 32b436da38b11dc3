"""A reader's run: gapless, in order, and back when the server wants it."""

import pytest

from standfirst.load.answer import Answer, AnswerError, Event
from standfirst.load.reader import LONGEST_S, Leave, Place, Reader
from tests.load.scripted import event, hello, ops

PLACE = Place("abc123", 3)


def heard(reader: Reader, *blocks: bytes) -> list[Leave | None]:
    said = Answer({}).feed(b"HTTP/1.1 200 OK\r\n\r\n" + b"".join(blocks))
    return [reader.take(event) for event in said]


def faults(reader: Reader) -> tuple[int, int]:
    return reader.missing, reader.doubled


def test_a_run_without_a_fault() -> None:
    reader = Reader(PLACE)
    assert heard(reader, hello(), ops(4), ops(5), ops(6)) == [None] * 4
    assert (reader.after, faults(reader), reader.streams, reader.greeted) == (6, (0, 0), 1, True)


@pytest.mark.parametrize(
    ("run", "expected"),
    [((4, 6), (1, 0)), ((4, 4), (0, 1)), ((5, 4), (1, 1)), ((4, 5, 9, 10, 3), (3, 1)), ((3,), (0, 1))],
)
def test_what_is_missing_doubled_or_out_of_order_is_counted(run: tuple[int, ...], expected: tuple[int, int]) -> None:
    reader = Reader(PLACE)
    heard(reader, hello(), *map(ops, run))
    assert faults(reader) == expected


def test_it_asks_from_where_its_page_stands_and_then_from_its_last_event() -> None:
    reader = Reader(PLACE)
    first = reader.request("flood", "news.example", "gzip").decode()
    assert first.startswith("GET /flood/live?edition=abc123&after=3 HTTP/1.1\r\nHost: news.example\r\n")
    assert "Accept-Encoding: gzip\r\n" in first
    assert "Last-Event-ID" not in first
    heard(reader, hello(), ops(4))
    again = reader.request("flood", "news.example", "identity").decode()
    assert "Last-Event-ID: 4\r\n" in again
    assert again.endswith("\r\n\r\n")


@pytest.mark.parametrize("name", ["reload", "bye", "restart"])
def test_the_words_that_end_a_stream_say_when_to_come_back(name: str) -> None:
    reader = Reader(PLACE)
    assert heard(reader, hello(), event(name, {"retry": 2500}))[1] == Leave(name, 2.5)  # type: ignore[arg-type]
    assert (reader.reloads, reader.polls) == (name == "reload", name == "bye")


@pytest.mark.parametrize("said", [hello(edition="other"), hello(seq=2)])
def test_another_edition_or_another_history_is_a_reload(said: bytes) -> None:
    assert heard(Reader(PLACE), said) == [Leave("reload", 0.001)]


def test_an_operation_to_reload_counts_and_the_new_page_starts_a_new_run() -> None:
    reader = Reader(PLACE)
    assert heard(reader, hello(), ops(4, {"op": "reload"}))[1] == Leave("reload", 0.001)
    reader.turn_to(Place("new", 9))
    assert "Last-Event-ID" not in reader.request("flood", "h", "identity").decode()
    heard(reader, hello(seq=9, edition="new"), ops(10))
    assert (reader.after, faults(reader)) == (10, (0, 0))


def test_the_first_break_follows_the_servers_word_and_later_ones_wait_longer() -> None:
    reader = Reader(PLACE)
    heard(reader, hello(retry=4000))
    assert reader.broke_off(0.5) == 4.0
    reader.request("flood", "h", "identity")
    assert [reader.broke_off(0.5) for _ in range(3)] == [4.0, 8.0, 16.0]
    assert reader.broke_off(0.5, retry_after=60) == 66.0
    assert [reader.broke_off(0.99) for _ in range(9)][-1] <= LONGEST_S * 1.5
    heard(reader, hello())
    assert reader.fails == 0


@pytest.mark.parametrize(
    "said",
    [
        Event("surprise", None, b"{}"),
        Event("ops", None, b"{}"),
        Event("hello", None, b"[]"),
        Event("restart", None, b'{"retry": "soon"}'),
        Event("hello", None, b"nothing"),
    ],
)
def test_what_the_protocol_does_not_have_is_refused(said: Event) -> None:
    with pytest.raises(AnswerError):
        Reader(PLACE).take(said)
