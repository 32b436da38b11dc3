"""Django's SQLite backend over `pysqlite3`, with the settings that keep what was acknowledged.

Django's backend is written over `sqlite3.dbapi2` by name, and the SQLite in Python's standard library is whatever the
machine has: often one that can corrupt a WAL. Putting `pysqlite3` in the place of `sqlite3` in `sys.modules` would
swap it under every library in the process, and only if nobody imported it before. So this subclasses Django's classes
and restates the few places that name the module: connecting, the cursor (Django's inherits from the module's),
adapters, and what depends on the version.
"""

import datetime
import decimal
import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import tee
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import register as register_functions  # type: ignore[import-untyped]
from django.db.backends.sqlite3.creation import DatabaseCreation as DjangoCreation
from django.db.backends.sqlite3.features import DatabaseFeatures as DjangoFeatures
from django.db.utils import DatabaseErrorWrapper
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from django.utils.functional import cached_property
from pysqlite3 import dbapi2 as Database  # noqa: N812  # as Django names it

from standfirst.record.errors import RecordBroken, RecordFull, RecordUnsafe

OLDEST = (3, 51, 3)
"""Older ones can corrupt a WAL when two connections checkpoint and restart it at the same time."""

BUSY_SECONDS = 20

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "legacy_alter_table = OFF",
    "secure_delete = ON",  # erased words are overwritten, not only forgotten
    "recursive_triggers = ON",  # so that INSERT OR REPLACE meets the triggers that refuse DELETE
    "cell_size_check = ON",
)

_BROKEN = {Database.SQLITE_IOERR, Database.SQLITE_CORRUPT, Database.SQLITE_NOTADB}

Database.register_converter("bool", b"1".__eq__)
Database.register_converter("date", base.decoder(parse_date))
Database.register_converter("time", base.decoder(parse_time))
Database.register_converter("datetime", base.decoder(parse_datetime))
Database.register_converter("timestamp", base.decoder(parse_datetime))
Database.register_adapter(decimal.Decimal, str)
Database.register_adapter(datetime.date, base.adapt_date)
Database.register_adapter(datetime.datetime, base.adapt_datetime)


class Cursor(Database.Cursor):  # type: ignore[misc]  # untyped package
    """Django's `SQLiteCursorWrapper` over pysqlite3's cursor: `%s` and `%(name)s` become `?` and `:name`."""

    def execute(self, query: str, params: Any = None) -> Any:  # Any: as the DB-API has it
        """Run one statement."""
        if params is None:
            return super().execute(query)
        names = list(params) if isinstance(params, Mapping) else None
        return super().execute(self._convert(query, names), params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:  # Any: as the DB-API has it
        """Run one statement with each of the parameters, which may come from a generator."""
        peekable, param_list = tee(iter(param_list))
        params = next(peekable, None)
        names = list(params) if params and isinstance(params, Mapping) else None
        return super().executemany(self._convert(query, names), param_list)

    def _convert(self, query: str, names: list[str] | None) -> str:
        if names is None:
            return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")
        return query % {name: f":{name}" for name in names}


class ErrorWrapper(DatabaseErrorWrapper):
    """Django's translation of the driver's errors, with a failing disk and a full one told apart from the rest."""

    wrapper: "DatabaseWrapper"

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        code = getattr(exc_value, "sqlite_errorcode", None) if isinstance(exc_value, Database.Error) else None
        if code is not None:
            primary = code & 0xFF  # extended codes keep the primary one in the low byte
            if primary in _BROKEN:
                self.wrapper.errors_occurred = True
                raise RecordBroken(
                    f"the database file failed: {exc_value}: check the disk, then start again"
                ) from exc_value
            if primary == Database.SQLITE_FULL:
                raise RecordFull(f"{exc_value}: make room on the disk, then send the write again") from exc_value
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseFeatures(DjangoFeatures):
    """What Django computes from the standard library's SQLite, said about this one."""

    can_alter_table_drop_column = True
    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True


class DatabaseCreation(DjangoCreation):
    """Test databases are files beside the real one: nothing the record promises holds in memory."""

    def _get_test_db_name(self) -> str:
        given = self.connection.settings_dict["TEST"]["NAME"]
        name = self.connection.settings_dict["NAME"]
        return str(given or f"{name}.test")


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is safe or is refused: every one is asked what it really does."""

    Database = Database
    features_class = DatabaseFeatures
    creation_class = DatabaseCreation
    init_commands: list[str]

    def get_connection_params(self) -> dict[str, Any]:  # Any: keyword arguments of connect
        """As Django's; a transaction takes the write lock when it begins, so that it is never given up half-way."""
        options = self.settings_dict["OPTIONS"]
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", BUSY_SECONDS)
        params: dict[str, Any] = super().get_connection_params()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # Any: pysqlite3 is untyped
        """Connect, set the pragmas, refuse a connection that does not take them. Raises RecordUnsafe."""
        name = str(conn_params["database"])
        in_file = name != ":memory:" and not name.startswith("file:")
        if in_file:
            make_private(name)
        connection = Database.connect(**conn_params)
        register_functions(connection)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()
        for command in self.init_commands:
            connection.execute(command)
        try:
            refuse_unsafe(connection, name)
        except RecordUnsafe:
            connection.close()
            raise
        if in_file:
            keep_private(name)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:  # Any: pysqlite3 is untyped
        """A cursor that understands Django's parameters."""
        return self.connection.cursor(factory=Cursor)

    @cached_property
    def wrap_database_errors(self) -> ErrorWrapper:
        """Translates the driver's errors; usable as context manager and decorator."""
        return ErrorWrapper(self)


def make_private(name: str) -> None:
    """An empty database file for its owner alone, if there is none: SQLite would go by the umask.

    Never opens the file itself: closing it would drop the locks that other connections of this process hold on it.
    """
    if os.path.exists(name):
        return
    with suppress(OSError), NamedTemporaryFile(dir=os.path.dirname(name) or ".", prefix=".standfirst-") as draft:
        os.link(draft.name, name)  # whoever is first wins


def keep_private(name: str) -> None:
    """Only the owner reads the database and its log, whatever the umask and whoever may enter the folder.

    They hold the digests of tokens, and who wrote what. SQLite gives the files it adds later the first one's mode.
    """
    for path in (name, f"{name}-wal", f"{name}-shm"):
        with suppress(OSError):  # not there, or somebody else's to guard
            if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
                os.chmod(path, 0o600)


def refuse_unsafe(connection: Any, name: str) -> None:  # Any: pysqlite3 is untyped
    """Raise RecordUnsafe if the connection could lose or corrupt what it acknowledged."""
    version = connection.execute("SELECT sqlite_version()").fetchone()[0]
    if tuple(map(int, version.split("."))) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise RecordUnsafe(f"SQLite {version} can corrupt its log: install a pysqlite3 that brings {wanted} or later")
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        raise RecordUnsafe(f"{name} has journal_mode={mode}, not wal: put it on a local disk, in a file")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if synchronous < 2:
        raise RecordUnsafe(f"{name} has synchronous={synchronous}, below 2 (FULL): remove the setting that lowers it")
