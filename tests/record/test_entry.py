"""An entry says the same bytes for ever, and shows a stranger no more than it should."""

import hashlib
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.record.entry import (
    ERASED,
    Entry,
    Text,
    canonical,
    parse,
    preimage,
    public,
    read_preimage,
    read_public,
    seal,
)
from tests.record.making import AT, chain, fields

SALT = bytes(range(16))


def one(payload: dict, **given: object) -> Entry:
    return seal("flood", 1, AT, "UpdatePosted", 1, "ann", payload, "0" * 64, lambda: SALT, **given)


def test_the_form_of_an_entry_is_for_ever() -> None:
    """Changing these bytes breaks every record there is: make a new FORM instead, and keep reading this one."""
    entry = one({"id": "a", "key": True, "body": Text({"type": "doc"})})
    actor = hashlib.sha256(SALT + b'"ann"').hexdigest()
    body = hashlib.sha256(SALT + b'{"type":"doc"}').hexdigest()
    form = (
        f'{{"actor":"{actor}","at":"2026-03-01T11:42:07.000250Z","erases":[],"form":1,"kind":"UpdatePosted",'
        f'"payload":{{"body":{{"$text":"{body}"}},"id":"a","key":true}},"prev":"{"0" * 64}","seq":1,"stream":"flood",'
        '"version":1}'
    )
    assert entry.form() == form.encode()
    assert entry.hash == hashlib.sha256(b"\x00" + form.encode()).hexdigest()


@given(st.lists(fields, max_size=3))
def test_an_entry_is_read_back_as_it_was_sealed(payloads: list) -> None:
    for entry in chain("flood", payloads):
        openings = {name: read_preimage(preimage(opening)) for name, opening in entry.openings.items()}
        again = parse(entry.form(), entry.hash, openings)
        assert again == entry
        assert again.form() == entry.form()


@given(fields)
def test_data_gives_every_word_back(payload: dict) -> None:
    (entry,) = chain("flood", [payload])
    plain = {name: value.value if isinstance(value, Text) else value for name, value in payload.items()}
    assert entry.data() == plain


def test_words_stand_nowhere_in_what_is_hashed() -> None:
    entry = one({"headline": Text("Ferry aground"), "id": "a"})
    assert b"Ferry" not in entry.form()
    assert b"ann" not in entry.form()


def test_data_says_what_was_erased() -> None:
    entry = one({"headline": Text("Ferry aground"), "id": "a"})
    bare = parse(entry.form(), entry.hash, {})
    assert bare.data() == {"headline": ERASED, "id": "a"}


def test_the_public_form_opens_the_words_and_not_the_actor() -> None:
    entry = one({"headline": Text("Ferry aground"), "id": "a"})
    shown = json.loads(public(entry))
    assert [item["value"] for item in shown["openings"].values()] == ["Ferry aground"]
    assert "ann" not in public(entry).decode().replace("planned", "")
    again = read_public(public(entry))
    assert again.hash == entry.hash
    assert again.form() == entry.form()
    assert again.data() == entry.data()


def test_the_same_words_twice_cannot_be_told_from_their_commitments() -> None:
    first, second = chain("flood", [{"headline": Text("same")}, {"headline": Text("same")}])
    assert first.payload != second.payload
    assert first.actor != second.actor


def test_time_is_written_in_utc() -> None:
    entry = seal("flood", 1, AT.astimezone(timezone(timedelta(hours=5))), "K", 1, "ann", {}, "0" * 64, lambda: SALT)
    assert b'"at":"2026-03-01T11:42:07.000250Z"' in entry.form()


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"depth": 1.5}, "float"),
        ({"depth": Text([1, {"a": 2.0}])}, "float"),
        ({"depth": 2**53}, "9007199254740992"),
        ({"name": Text("\ud800")}, "UTF-8"),
        ({"name": {"$text": "0" * 64}}, "commitment"),
    ],
)
def test_what_has_no_exact_form_is_refused(payload: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        one(payload)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        seal("flood", 1, datetime(2026, 3, 1), "K", 1, "ann", {}, "0" * 64, lambda: SALT)  # noqa: DTZ001


def test_keys_are_ordered_as_rfc_8785_orders_them() -> None:
    """By UTF-16 code units: the RFC's own example, which ordering by code points gets wrong."""
    given = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical(given)).values()) == [2, 4, 6, 7, 1, 5, 3]
