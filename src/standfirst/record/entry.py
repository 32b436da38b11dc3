"""An entry of the record: its canonical form, its hash, and the salted commitments that stand for words.

The canonical form is RFC 8785 (JCS). An entry's hash is its RFC 6962 leaf hash, `sha256(0x00 || form)`, so that it can
stand in a Merkle tree as it is. A committed text is represented in the form by `{"$text": sha256(salt || JCS(value))}`;
the words and the salt are kept beside the chain, so that erasing them leaves every hash as it was.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union

import msgspec
import rfc8785

JSON = Union[None, bool, int, str, Sequence["JSON"], Mapping[str, "JSON"]]  # noqa: UP007  # a name in quotes takes no |
"""JSON without floats: figures in a record are exact, so a canonical form has no rounding to argue about."""

FORM = 1
"""The version of the canonical form, in every entry. Another form is another number; this one stays readable."""

START = "0" * 64
"""What the first entry of a stream has as `prev`."""

SALT_BYTES = 16


class Erased(Enum):
    """Stands where a committed value was erased."""

    ERASED = "erased"


ERASED = Erased.ERASED


@dataclass(frozen=True, slots=True)
class Text:
    """A value to commit to instead of writing it into the chain."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: the salt (16 random bytes) and the words."""

    salt: bytes
    value: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `seq` counts from 1 without gaps, `at` is UTC to the microsecond, `prev` and `hash` are hex.

    `actor` is a commitment (hex) to the account's id, so that the public log never names one. In `payload` a committed
    field stands as `{"$text": hex}`; `openings` maps commitments to words, an erased one is missing. `erases` names the
    earlier entries of the stream whose words were erased with this one.
    """

    stream: str
    seq: int
    at: datetime
    kind: str
    version: int
    actor: str
    payload: Mapping[str, JSON]
    erases: tuple[int, ...] = ()
    prev: str
    hash: str
    openings: Mapping[str, Opening] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:  # Any: JSON or ERASED, whatever the event's shape asks for
        """The payload with the words put back, ERASED where they are gone."""
        return {name: self._words(value) for name, value in self.payload.items()}

    def commitments(self) -> tuple[str, ...]:
        """The commitments to words in the payload (the actor's is not among them)."""
        return tuple(c for c in map(commitment_of, self.payload.values()) if c is not None)

    def form(self) -> bytes:
        """The canonical form: the bytes that are hashed. Raises ValueError if a field cannot be written in it."""
        return canonical(self.written())

    def written(self) -> dict[str, JSON]:
        """What the canonical form says: everything but the hash and the words."""
        return {
            "form": FORM,
            "stream": self.stream,
            "seq": self.seq,
            "at": self.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "kind": self.kind,
            "version": self.version,
            "actor": self.actor,
            "payload": self.payload,
            "erases": self.erases,
            "prev": self.prev,
        }

    def _words(self, value: JSON) -> Any:  # Any: as data()
        commitment = commitment_of(value)
        if commitment is None:
            return value
        opening = self.openings.get(commitment)
        return ERASED if opening is None else opening.value


def seal(
    stream: str,
    seq: int,
    at: datetime,
    kind: str,
    version: int,
    actor: str,
    payload: Mapping[str, JSON | Text],
    prev: str,
    salt: Callable[[], bytes],
    *,
    erases: Sequence[int] = (),
) -> Entry:
    """A new entry, with a commitment to the actor and to each `Text`. Raises ValueError for what cannot be recorded."""
    if at.tzinfo is None:
        raise ValueError(f"the time {at.isoformat()} has no time zone: give an aware datetime")
    openings: dict[str, Opening] = {}

    def commit(value: JSON) -> str:
        opening = Opening(salt(), value)
        commitment = sha256(preimage(opening))
        openings[commitment] = opening
        return commitment

    written: dict[str, JSON] = {}
    for name, value in payload.items():
        if isinstance(value, Text):
            written[name] = {"$text": commit(value.value)}
        elif commitment_of(value) is not None:
            raise ValueError(f"{kind}.{name} looks like a commitment: wrap words in Text, and name no key '$text'")
        else:
            written[name] = value
    bare = Entry(
        stream=stream,
        seq=seq,
        at=at.astimezone(UTC),
        kind=kind,
        version=version,
        actor=commit(actor),
        payload=written,
        erases=tuple(erases),
        prev=prev,
        hash="",
        openings=openings,
    )
    return replace(bare, hash=leaf_hash(bare.form()))


def public(entry: Entry) -> bytes:
    """What `/log/{n}` serves: canonical JSON with all that a stranger needs to verify the entry, words included.

    The actor's opening stays out: the log proves that one account wrote it, not which.
    """
    shown = {
        commitment: {"salt": opening.salt.hex(), "value": opening.value}
        for commitment, opening in entry.openings.items()
        if commitment != entry.actor
    }
    return canonical({"entry": entry.written(), "hash": entry.hash, "openings": shown})


def read_public(data: bytes) -> Entry:
    """The entry that `public` wrote. Raises ValueError for another shape; `seal.verify` says whether it is true."""
    shown = msgspec.json.decode(data, type=_Public)
    openings = {name: Opening(bytes.fromhex(item.salt), item.value) for name, item in shown.openings.items()}
    return parse(bytes(shown.entry), shown.hash, openings)


def parse(form: bytes, hash: str, openings: Mapping[str, Opening]) -> Entry:
    """An entry from its canonical form. Trusts all it is given; raises ValueError if the form has another shape."""
    read = msgspec.json.decode(form, type=_Form)
    return Entry(
        stream=read.stream,
        seq=read.seq,
        at=read.at,
        kind=read.kind,
        version=read.version,
        actor=read.actor,
        payload=read.payload,
        erases=read.erases,
        prev=read.prev,
        hash=hash,
        openings=openings,
    )


def preimage(opening: Opening) -> bytes:
    """The bytes whose SHA-256 is the commitment: salt, then the words in canonical form."""
    return opening.salt + canonical(opening.value)


def read_preimage(data: bytes) -> Opening:
    """The opening in these bytes. Raises ValueError if the words are no JSON."""
    return Opening(data[:SALT_BYTES], msgspec.json.decode(data[SALT_BYTES:]))


def commitment_of(value: JSON) -> str | None:
    """The commitment that stands in a payload field, or None if the field holds a plain value."""
    if isinstance(value, Mapping) and value.keys() == {"$text"}:
        commitment = value["$text"]
        return commitment if isinstance(commitment, str) else None
    return None


def leaf_hash(form: bytes) -> str:
    """The RFC 6962 leaf hash of a canonical form, hex."""
    return sha256(b"\x00" + form)


def sha256(data: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: JSON) -> bytes:
    """RFC 8785. Raises ValueError for a float, an integer beyond 2**53 or text that is not Unicode."""
    _refuse_floats(value)
    return rfc8785.dumps(value)


def _refuse_floats(value: JSON) -> None:
    if isinstance(value, float):
        raise ValueError(f"{value!r} is a float: record a whole number or a string")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            _refuse_floats(item)


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The canonical form, as it is read back."""

    form: Literal[1]
    stream: str
    seq: int
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    kind: str
    version: int
    actor: str
    payload: dict[str, Any]  # Any: JSON
    erases: tuple[int, ...]
    prev: str


class _PublicOpening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    salt: str
    value: Any  # Any: JSON


class _Public(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entry: msgspec.Raw
    hash: str
    openings: dict[str, _PublicOpening]
