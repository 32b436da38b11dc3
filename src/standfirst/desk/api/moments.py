"""Moments, as requests write them."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def _moment(raw: object) -> datetime:
    """An aware UTC datetime from ISO 8601 as RFC 3339 writes it."""
    if isinstance(raw, datetime):
        raw = raw.isoformat()
    match = _MOMENT.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise ValueError(f"{str(raw)[:40]!r} is no time; write it like 2026-11-22T14:05:00Z")
    if match[2] is None:
        raise ValueError(f"{raw!r} has no offset from UTC; append Z, or an offset like +01:00")
    try:
        return datetime.fromisoformat(str(raw).upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{raw!r} is no time that exists: {error}") from None


_WRITTEN = {"type": "string", "format": "date-time", "maxLength": 40}
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema(_WRITTEN)]
