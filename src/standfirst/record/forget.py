"""Empty SQLite's log of erased words; `secure_delete` overwrites them in the database file itself.

The log cannot be emptied while anybody reads an older state of the database. Nobody waits for that: it is tried when
the erasure is committed, and again by the server (`site.source`) until it is done. So an erasure that was answered is
final for everyone who asks the newsroom, and the bytes leave the files as soon as the last such reader is through.
Not in our hands: backups, snapshots of the file system, blocks that a disk set aside, PostgreSQL's log and free space.
"""

from django.db import OperationalError, connection

from standfirst.record import models
from standfirst.record.errors import RecordBroken

_known = -1
"""Erasures in the database when its log was last emptied; -1: it was not yet, by this process."""


def committed() -> None:
    """Words were erased and the transaction is over."""
    global _known
    _known = -1
    log_emptied()


def log_emptied() -> bool:
    """True if no erased words are in the log; empties it if need be and if nobody is in the way. Never waits.

    Asks the database how many erasures it has, so it makes up for other processes and for those that were killed.
    """
    global _known
    if connection.vendor != "sqlite":
        return True
    count = models.Erasure.objects.count()
    if count != _known and _checkpoint():
        _known = count
    return count == _known


def _checkpoint() -> bool:
    """True if the log is empty now: all of it is in the database file."""
    with connection.cursor() as cursor:
        patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0").fetchall()  # it would hold up all writers while it waits
        try:
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except RecordBroken:
            raise
        except OperationalError:  # a statement of this very connection is open, or the disk is full: later
            return False
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}").fetchall()
    return not busy
