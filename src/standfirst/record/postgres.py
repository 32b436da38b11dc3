"""What PostgreSQL needs beside the tables: one write per key at a time, and a bell that wakes other processes."""

from django.db import connection

CHANNEL = "standfirst_record"


def lock_key(actor: str, idempotency_key: str) -> None:
    """Wait until no other transaction writes with this key. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor}\n{idempotency_key}"])


def notify(stream: str, last: int) -> None:
    """Ring when the transaction is committed; nobody hears it if it is not."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{last} {stream}"])
