import gzip

import pytest

from standfirst.edge.documents import Coding, choose, choose_stream, document, unchanged

PAGE = document(b"<p>The river rose.</p>" * 50, "text/html")
TINY = document(b"{}", "application/json")
FONT = document(b"wOF2" * 100, "font/woff2", compress=False)


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br, zstd", "identity"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip; q=0.000", "identity"),
        ("gzip;q=0.001", "gzip"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("*", "gzip"),
        ("*;q=0", None),
        ("identity;q=0", None),
        ("identity;q=0, gzip", "gzip"),
        ("*;q=0, identity", "identity"),
        ("gzip;q=0, *", "identity"),
        ("gzip;q=0, *;q=0", None),
        ("gzip;q=2", "identity"),
        ("gzip;q=-1", "identity"),
        ("gzip;q=nan", "identity"),
        (",,;q=1, gzip", "gzip"),
    ],
)
def test_the_encoding_is_the_one_that_the_client_prefers(accept: str | None, coding: Coding | None) -> None:
    assert choose(accept, PAGE) == coding


def test_a_tiny_body_is_compressed_only_for_a_client_that_refuses_it_plain() -> None:
    assert choose("gzip", TINY) == "identity"
    assert choose("gzip, identity;q=0", TINY) == "gzip"


def test_what_is_compressed_already_is_sent_as_it_is() -> None:
    assert choose("gzip", FONT) == "identity"
    assert choose("gzip, identity;q=0", FONT) is None


@pytest.mark.parametrize(
    ("sent", "same"),
    [
        (None, False),
        ("*", True),
        (" * ", True),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", W/"abc" ,"y"', True),
        ('"x","abc"', True),
        ('"abcd"', False),
        ("abc", False),
        ('"x, "abc"', False),
        ('"abc" and more', False),
        ("", False),
    ],
)
def test_an_etag_is_found_in_a_list(sent: str | None, same: bool) -> None:
    assert unchanged(sent, '"abc"') is same


def test_each_encoding_has_an_etag_of_its_own_and_the_same_words() -> None:
    assert PAGE.etag("gzip") != PAGE.etag("identity")
    assert gzip.decompress(PAGE.encoded("gzip")) == PAGE.encoded("identity")
    assert not any(PAGE.etag(coding).startswith("W/") for coding in ("gzip", "identity"))


def test_an_etag_changes_with_the_body_the_type_and_the_headers() -> None:
    others = [
        document(b"a", "text/html"),
        document(b"b", "text/html"),
        document(b"a", "text/plain"),
        document(b"a", "text/html", (("Link", "</x>"),)),
    ]
    assert len({other.tag for other in others}) == 4
    assert others[0].tag == document(b"a", "text/html").tag


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("zstd", "zstd"),
        ("gzip;q=0.5, zstd", "zstd"),
        ("gzip;q=0, zstd;q=0", "identity"),
        ("*", "gzip"),
        ("*;q=0", "identity"),
        ("identity, gzip;q=0.5", "identity"),
        ("br", "identity"),
    ],
)
def test_a_stream_s_encoding_is_chosen(accept: str | None, coding: str) -> None:
    assert choose_stream(accept) == coding
