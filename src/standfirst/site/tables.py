"""All tables of a PostgreSQL database, out by COPY and in again: text that every version of it reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from standfirst.accounts import audit
from standfirst.record import triggers

PIECE = 4 << 20
"""Bytes of a table that make one member of a backup, about."""
_OWN = "django_migrations"

Columns = Mapping[str, Sequence[str]]
"""The columns of each table, in the order in which they were copied."""


def columns() -> dict[str, list[str]]:
    """Every table but those that hold nothing of worth: what is counted about guesses."""
    passing = {str(cache.get("LOCATION", "")) for cache in settings.CACHES.values()}
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t"
            " USING (table_schema, table_name) WHERE table_schema = current_schema() AND t.table_type = 'BASE TABLE'"
            " ORDER BY c.table_name, c.ordinal_position"
        )
        for table, column in cursor.fetchall():
            if table not in passing:
                found.setdefault(table, []).append(column)
    return found


def pieces(table: str, names: Sequence[str]) -> Iterator[bytes]:
    """A table's rows as COPY writes them, cut anywhere."""
    held = bytearray()
    with connection.cursor() as cursor, cursor.copy(f"COPY {_quoted(table, names)} TO STDOUT") as copy:
        for data in copy:
            held += data
            if len(held) >= PIECE:
                yield bytes(held)
                held.clear()
    if held:
        yield bytes(held)


def load(found: Columns, rows: Mapping[str, Iterable[bytes]], migrations: Mapping[str, Sequence[str]]) -> None:
    """Make the tables of these migrations in an empty database, and fill them, all in one transaction.

    The triggers that refuse changes are stood down for it: whether what was loaded is whole is for the caller to see.
    """
    MigrationExecutor(connection).migrate(_targets(migrations))
    guarded = sorted({table for each in (triggers.RECORD, audit.GUARDED) for table in each.keys})
    with transaction.atomic(), connection.cursor() as cursor:
        for table in guarded:
            cursor.execute(f"ALTER TABLE {_name(table)} DISABLE TRIGGER USER")
        for table in found:
            if table != _OWN:
                cursor.execute(f"DELETE FROM {_name(table)}")  # noqa: S608  # names that the database gave
        for table, names in found.items():
            if table == _OWN:
                continue
            with cursor.copy(f"COPY {_quoted(table, names)} FROM STDIN") as copy:
                for data in rows.get(table, ()):
                    copy.write(data)
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            if _there(statement, found):
                cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in guarded:
            cursor.execute(f"ALTER TABLE {_name(table)} ENABLE TRIGGER USER")


def _targets(migrations: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Each app's last one: an earlier one as a target would take the later ones back."""
    return [(app, names[-1]) for app, names in migrations.items()]


def _there(statement: str, found: Columns) -> bool:
    """Whether a statement is about a table that there was."""
    return any(f'"{table}"' in statement for table in found)


def _quoted(table: str, names: Sequence[str]) -> str:
    return f"{_name(table)} ({', '.join(map(_name, names))})"


def _name(name: str) -> Any:  # Any: Django's is untyped
    return connection.ops.quote_name(name)
