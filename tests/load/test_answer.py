"""From bytes to events, however the bytes are cut."""

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.edge import wire
from standfirst.load.answer import Answer, AnswerError, Event, Memo
from tests.load.scripted import Scripted, chunk, event, hello, ops, stream

WHOLE = stream(hello(), b":\n\n", ops(4), ops(5) + ops(6), event("restart", {"retry": 5}))
HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def fed(*pieces: bytes, memo: Memo | None = None) -> list[Event]:
    answer = Answer({} if memo is None else memo)
    return [event for piece in pieces for event in answer.feed(piece)]


def names(events: list[Event]) -> list[tuple[str, int | None]]:
    return [(event.name, event.seq) for event in events]


EXPECTED = [("hello", None), ("ops", 4), ("ops", 5), ("ops", 6), ("restart", None)]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_any_cut_gives_the_same_events(cuts: list[int]) -> None:
    places = sorted({0, *cuts, len(WHOLE)})
    memo: Memo = {}
    pieces = [WHOLE[first:last] for first, last in pairwise(places)]
    for _ in range(2):
        assert names(fed(*pieces, memo=memo)) == EXPECTED


def test_the_memo_is_only_used_between_events() -> None:
    memo: Memo = {}
    piece = chunk(ops(4))
    assert names(fed(stream(hello()), piece, piece, memo=memo)) == [("hello", None), ("ops", 4), ("ops", 4)]
    assert memo
    within = HEAD + b"event: ops\nid: 9\ndata: {}\ndata:"
    assert names(fed(within, piece, b"\n\n", memo=memo))[0] == ("ops", 4), "the block goes on, and its last id counts"


def test_a_body_without_chunks_ends_with_the_connection() -> None:
    answer = Answer({})
    assert names(list(answer.feed(HEAD + hello() + ops(4)[:-1]))) == [("hello", None)]
    assert not answer.ended
    assert names(list(answer.feed(b"\n"))) == [("ops", 4)]


def test_the_last_chunk_ends_it() -> None:
    answer = Answer({})
    answer.feed(stream(hello()) + Scripted.OVER)
    assert answer.ended


def test_what_our_own_encoder_writes_is_read() -> None:
    written = wire.encode('{"seq":7,"ops":[]}', event="ops", id="7", retry=1500)
    assert fed(HEAD + written) == [Event("ops", 7, b'{"seq":7,"ops":[]}')]


def test_an_operation_to_reload_is_seen_and_the_word_alone_is_not() -> None:
    first, second = fed(HEAD + ops(4, {"op": "reload"}) + ops(5, {"op": "insert", "html": '{"op":"reload"}'}))
    assert (first.reload, second.reload) == (True, False)


def test_gzip_is_unpacked_as_it_comes() -> None:
    packer = zlib.compressobj(wbits=31)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"
    pieces = [packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH) for text in (hello(), ops(4), ops(5))]
    assert names(fed(head, *pieces)) == [("hello", None), ("ops", 4), ("ops", 5)]


def test_other_statuses_are_told_apart() -> None:
    answer = Answer({})
    answer.feed(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n")
    assert (answer.status, answer.headers[b"retry-after"]) == (503, b"2")


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 20_000, "headers"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\n", "a chunk of b'-5'"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\n\r\n", "'br'"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nno gzip", "cannot be read"),
        (HEAD + b"event: ops\nid: seven\ndata: {}\n\n", "b'seven'"),
        (HEAD + b"event: ops\nid: 7\ndata: reload\n\n", "cannot be read"),
        (HEAD + b"data: " + b"x" * 4_000_001, "an event of more than"),
    ],
)
def test_what_is_no_stream_is_refused_by_name(data: bytes, named: str) -> None:
    with pytest.raises(AnswerError, match=named):
        fed(data)


def test_a_little_gzip_that_grows_without_end_is_refused() -> None:
    bomb = gzip.compress(bytes(8_000_000))
    with pytest.raises(AnswerError, match="grows beyond"):
        fed(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + bomb)
