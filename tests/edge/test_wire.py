import gzip
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.edge import wire
from tests.edge.sse import Decoder, Event, decode, unpacker

HOSTILE = st.text(alphabet=st.sampled_from("a: \r\n\0\ufeffé\u2028data:id:event:retry"), max_size=40)
WORDS = st.one_of(HOSTILE, st.text(st.characters(exclude_categories=["Cs"])))
FIELD = WORDS.filter(lambda text: text != "" and not re.search("[\r\n\0]", text))


@given(data=WORDS, event=FIELD, id=FIELD, retry=st.none() | st.integers(0, 10**6))
def test_an_encoded_event_is_exactly_one_event(data: str, event: str, id: str, retry: int | None) -> None:
    decoder = Decoder()
    events = decoder.feed(wire.encode(data, event=event, id=id, retry=retry))
    # A field's value loses one leading space at most, and the encoder writes exactly one.
    assert events == [Event(event, re.sub("\r\n|\r", "\n", data), id)]
    assert decoder.retry == retry


def test_the_check_above_finds_an_encoder_that_splits_on_newlines_only() -> None:
    careless = ("\n".join(f"data: {line}" for line in ["a\rid: 9\r\rdata: forged"]) + "\n\n").encode()
    assert len(decode(careless)) == 2


@given(a=WORDS, b=WORDS)
def test_two_events_stay_two(a: str, b: str) -> None:
    assert len(decode(wire.encode(a) + wire.HEARTBEAT + wire.encode(b))) == 2


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b", "\n"])
@pytest.mark.parametrize("field", ["id", "event"])
def test_a_field_of_more_than_one_line_is_refused_by_name(field: str, bad: str) -> None:
    with pytest.raises(wire.WireError, match=f"^{field}="):
        wire.encode("x", **{field: bad})


def test_an_empty_id_is_refused_because_it_erases_the_cursor() -> None:
    with pytest.raises(wire.WireError, match="id=''"):
        wire.encode("x", id="")


def test_half_a_character_is_refused() -> None:
    with pytest.raises(wire.WireError, match="is not text"):
        wire.encode("a\ud800")


def test_a_heartbeat_is_no_event() -> None:
    decoder = Decoder()
    assert decoder.feed(wire.HEARTBEAT) == []
    assert decoder.comments == 1


@given(jitter=st.floats(0, 1, exclude_max=True), readers=st.integers(0, 200_000))
def test_readers_come_back_within_a_minute(jitter: float, readers: int) -> None:
    assert wire.RETRY_FLOOR_MS <= wire.retry_ms(jitter, readers) < 60_000


def test_more_readers_are_spread_wider() -> None:
    assert wire.retry_ms(0.9, 20_000) > 5 * wire.retry_ms(0.9, 10)


def test_a_body_is_compressed_to_the_same_bytes_each_time() -> None:
    body = b"<p>The river rose.</p>" * 20_000
    assert wire.compress(body) == wire.compress(body)
    assert gzip.decompress(wire.compress(body)) == body


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=2000)), max_size=8), st.sampled_from(wire.CODINGS))
def test_any_pieces_in_any_order_are_one_stream(pieces: list[tuple[bool, bytes]], coding: wire.Coding) -> None:
    made = [wire.block(coding, data) if shared else wire.stored(coding, data) for shared, data in pieces]
    unpack = unpacker(coding)
    unpack(wire.opening(coding))
    assert [unpack(piece) for piece in made] == [data for _, data in pieces], "each is there as soon as it came"


def test_a_block_that_is_not_flushed_is_found_out() -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    unpack = unpacker("gzip")
    assert unpack(wire.opening("gzip") + deflate.compress(b"words")) == b""


def test_a_large_block_is_compressed_too() -> None:
    for coding in ("gzip", "zstd"):
        assert len(wire.block(coding, b"the same words " * 30_000)) < 20_000


def test_too_many_words_for_one_reader_are_refused() -> None:
    with pytest.raises(wire.WireError, match="65536 bytes are too many"):
        wire.stored("gzip", bytes(65_536))
