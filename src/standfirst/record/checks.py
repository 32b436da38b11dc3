"""Start-up refuses a database that could lose what it acknowledged: a system check, and a call for the command line."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from standfirst.record.errors import RecordUnsafe

SQLITE = "standfirst.record.sqlite"

_WANTED = {"fsync": "on", "full_page_writes": "on"}


def refuse_unsafe(alias: str = "default") -> None:
    """Connect, and raise RecordUnsafe if this database must not hold a record. The message says what to change."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        if connection.settings_dict["ENGINE"] != SQLITE:
            raise RecordUnsafe(
                f"ENGINE is {connection.settings_dict['ENGINE']!r}: use {SQLITE!r}, which keeps what it says"
            )
        connection.ensure_connection()  # the backend asks every connection it makes
        return
    if connection.vendor != "postgresql":
        raise RecordUnsafe(f"{connection.display_name} is not supported: use SQLite or PostgreSQL")
    with connection.cursor() as cursor:
        for name, wanted in _WANTED.items():
            cursor.execute(f"SHOW {name}")
            if (found := cursor.fetchone()[0]) != wanted:
                raise RecordUnsafe(f"PostgreSQL runs with {name}={found}: set it to {wanted}")
        cursor.execute("SHOW synchronous_commit")
        if (found := cursor.fetchone()[0]) == "off":
            raise RecordUnsafe("PostgreSQL runs with synchronous_commit=off: set it to on")


@register(Tags.database)
def record_is_safe(*, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:  # Any: as Django calls it
    """The same as a system check; Django runs it with `check --database` and before `migrate`."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        try:
            refuse_unsafe(alias)
        except RecordUnsafe as unsafe:
            found.append(Error(str(unsafe), id="record.E001", obj=alias))
    return found
