"""Events are forever: what was stored once loads, whole or erased, and says the same."""

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from standfirst.record.entry import ERASED, Text
from standfirst.story import events as e
from standfirst.story.fields import KINDS, STATUSES

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
"""Payloads as they were stored, `Kind.v1.json`. Add, never change: a changed sample is a broken archive."""


def read(path: Path) -> tuple[str, int, dict[str, Any]]:
    kind, version, _ = path.name.split(".")
    return kind, int(version.removeprefix("v")), json.loads(path.read_text(encoding="utf-8"))


def test_every_version_of_every_event_has_a_sample() -> None:
    wanted = {(kind, version) for kind, cls in e.EVENTS.items() for version in range(1, cls.VERSION + 1)}
    assert {read(path)[:2] for path in SAMPLES} == wanted


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_stored_event_loads_and_is_stored_the_same_again(path: Path) -> None:
    kind, version, stored = read(path)
    event = e.load(kind, version, stored)
    assert type(event).__name__ == kind
    if version == event.VERSION:
        kept_kind, kept_version, payload = e.dump(event)
        bare = {name: value.value if isinstance(value, Text) else value for name, value in payload.items()}
        assert (kept_kind, kept_version) == (kind, version)
        assert json.loads(msgspec.json.encode(bare)) == stored


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_stored_event_loads_with_any_of_its_words_erased(path: Path) -> None:
    kind, version, stored = read(path)
    committed = e.COMMITTED[kind]
    for gone in [*([name] for name in committed), list(committed)]:
        event = e.load(kind, version, stored | dict.fromkeys(gone, ERASED))
        for name in gone:
            assert getattr(event, name) == committed[name]


def test_all_words_are_committed_and_nothing_else_is() -> None:
    plain = {"id", "rev", "slug", "language", "zone", "status", "starts", "since", "kind", "key"}
    plain |= {"published", "happened", "filed"}
    for kind, cls in e.EVENTS.items():
        assert set(cls.__struct_fields__) - set(e.COMMITTED[kind]) <= plain, kind
        assert not set(e.COMMITTED[kind]) & plain, kind


def test_a_payload_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown field"):
        e.load("UpdatePinned", 1, {"id": "u000000001", "by": "x"})
    with pytest.raises(ValueError, match="rev"):
        e.load("UpdateEdited", 1, {"id": "u000000001"})
    with pytest.raises(ValueError, match="upgrade"):
        e.load("UpdatePinned", 2, {"id": "u000000001"})
    with pytest.raises(KeyError):
        e.load("UpdateTeleported", 1, {})


def test_kinds_and_statuses_are_only_ever_added_to() -> None:
    assert set(KINDS) >= {"report", "analysis", "opinion", "explainer", "picture", "video", "reader-question"}
    assert set(STATUSES) >= {"scheduled", "live", "paused", "ended"}
    assert get_args(e.Kind) == KINDS
