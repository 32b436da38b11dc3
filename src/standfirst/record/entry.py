"""An entry of the record: its canonical form, its hash, and the salted commitments that stand for words.

The canonical form is RFC 8785 (JCS), hashed with SHA-256. A committed text is represented in it by
`{"$text": sha256(salt || JCS(value))}`; the words and the salt are kept beside the chain, so that erasing them leaves
every hash as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Union

JSON = Union[None, bool, int, str, Sequence["JSON"], Mapping[str, "JSON"]]
"""JSON without floats: figures in a record are exact, so a canonical form has no rounding to argue about."""


class Erased(Enum):
    """Stands where a committed value was erased."""

    ERASED = "erased"


ERASED = Erased.ERASED


@dataclass(frozen=True, slots=True)
class Text:
    """A value to commit to instead of writing it into the chain."""

    value: JSON
