"""Event streams as they come in: any cut, any line end, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.edge import wire
from standfirst.edge.relay.events import Event, EventError, Parser
from tests.edge.sse import decode

STREAM = (
    wire.encode('{"seq":3}', event="hello", retry=2000)
    + wire.HEARTBEAT
    + wire.encode("one\ntwo", event="ops", id="4")
    + wire.encode("ä", event="ops", id="5")
    + b"data: unfinished"
)
EVENTS = [Event("hello", '{"seq":3}', ""), Event("ops", "one\ntwo", "4"), Event("ops", "ä", "5")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_events_are_the_same_however_they_are_cut(cuts: list[int], end: bytes) -> None:
    stream = STREAM.replace(b"\n", end)
    parser, found, start = Parser(), list[Event](), 0
    for cut in [*sorted(cuts), len(stream)]:
        found += parser.feed(stream[start:cut])
        start = cut
    assert found == EVENTS


@given(st.lists(st.sampled_from([b"data", b"id", b"event", b":", b": ", b"x", b"\n", b"\r", b"\n\n", b"\0", b"7"])))
def test_events_are_those_of_the_standard(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    assert [tuple(event) for event in Parser().feed(stream)] == [(e.event, e.data, e.id) for e in decode(stream)]


@pytest.mark.parametrize("stream", [b"x" * 2000, b"data: xx\n" * 500, b"data: " + b"x" * 1001 + b"\n"])
def test_an_event_without_end_is_refused(stream: bytes) -> None:
    with pytest.raises(EventError, match="more than 1000 bytes"):
        Parser(1000).feed(stream)


def test_many_events_are_not_one() -> None:
    assert len(Parser(1000).feed(b"data: xx\n\n" * 500)) == 500


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(EventError, match="not UTF-8"):
        Parser().feed(b"data: \xff\n\n")
