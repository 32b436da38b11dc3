"""Triggers that refuse to change what was written: SQL for both databases, as a migration sets it.

Our own code never tries; they are there for every other hand on the database. A stream's head moves forward only. A
text may be deleted when an erasure names its entry. On SQLite, `INSERT OR REPLACE` deletes without asking a trigger for
DELETE unless the connection says `recursive_triggers`; so an INSERT over an existing row is refused, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


@dataclass(frozen=True, slots=True)
class Rule:
    """An `action` (INSERT, UPDATE, DELETE) on a row of `table` is refused with `message` unless `allowed` holds.

    `allowed` is SQL that both databases understand, about the rows OLD and NEW.
    """

    table: str
    action: str
    allowed: str
    message: str

    @property
    def name(self) -> str:
        """The trigger's."""
        return f"{self.table}_{self.action.lower()}"


@dataclass(frozen=True, slots=True)
class Guarded:
    """Tables that are guarded together: each with its primary key. `prefix` begins the name of what they share."""

    prefix: str
    keys: Mapping[str, str]
    rules: tuple[Rule, ...]


def append_only(*tables: str) -> tuple[Rule, ...]:
    """What is in these tables stays as it is."""
    return tuple(
        Rule(table, action, "1 = 0", f"{table} is append-only: {action} refused")
        for table in tables
        for action in ("UPDATE", "DELETE")
    )


FROZEN = {"record_entry": "hash", "record_erasure": "entry", "record_receipt": "digest"}
KEYS = {**FROZEN, "record_text": "commitment", "record_stream": "name"}
"""Every table of the record with its primary key."""

HEAD_MOVES = "NEW.name = OLD.name AND NEW.seq > OLD.seq"
ERASED = "EXISTS (SELECT 1 FROM record_erasure WHERE entry = OLD.entry)"
FOLLOWS = "NEW.seq = 1 OR EXISTS (SELECT 1 FROM record_entry WHERE stream = NEW.stream AND seq = NEW.seq - 1)"

RECORD = Guarded(
    "record",
    KEYS,
    (
        Rule("record_entry", "INSERT", FOLLOWS, "an entry follows the one before it: no number is skipped"),
        *append_only(*FROZEN),
        Rule("record_text", "UPDATE", "1 = 0", "record_text is written once: UPDATE refused"),
        Rule("record_text", "DELETE", ERASED, "a text goes only with an erasure: DELETE refused"),
        Rule("record_stream", "UPDATE", HEAD_MOVES, "the head of a stream moves forward only: UPDATE refused"),
        Rule("record_stream", "DELETE", "1 = 0", "a stream stays: DELETE refused"),
    ),
)


def create(schema_editor: BaseDatabaseSchemaEditor, guarded: Guarded = RECORD) -> None:
    """Set the triggers in the database that is being migrated."""
    statements = {"sqlite": _sqlite, "postgresql": _postgresql}[schema_editor.connection.vendor](guarded)
    for statement in statements:
        schema_editor.execute(statement, params=None)


def _sqlite(guarded: Guarded) -> list[str]:
    made = [
        f"CREATE TRIGGER {rule.name} BEFORE {rule.action} ON {rule.table} WHEN NOT ({rule.allowed})"
        f" BEGIN SELECT RAISE(ABORT, '{rule.message}'); END"
        for rule in guarded.rules
    ]
    for table, key in guarded.keys.items():
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608  # names from above
        made.append(
            f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} WHEN {there}"
            f" BEGIN SELECT RAISE(ABORT, '{table} has this row already: REPLACE refused'); END"
        )
    return made


def _postgresql(guarded: Guarded) -> list[str]:
    made = []
    for rule in guarded.rules:
        row = "OLD" if rule.action == "DELETE" else "NEW"
        made.append(
            f"CREATE FUNCTION {rule.name}_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NOT ({rule.allowed}) THEN"
            f" RAISE EXCEPTION '{rule.message}' USING ERRCODE = 'restrict_violation'; END IF;"
            f" RETURN {row}; END $$"
        )
        made.append(
            f"CREATE TRIGGER {rule.name} BEFORE {rule.action} ON {rule.table}"
            f" FOR EACH ROW EXECUTE FUNCTION {rule.name}_guard()"
        )
    shared = f"{guarded.prefix}_truncate_guard"
    made.append(
        f"CREATE FUNCTION {shared}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'the record is append-only: TRUNCATE refused' USING ERRCODE = 'restrict_violation'; END $$"
    )
    made += [
        f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {shared}()"
        for table in guarded.keys
    ]
    return made


def expected(vendor: str, guarded: Guarded = RECORD) -> set[str]:
    """The names of the triggers that have to stand in a database of this vendor."""
    shared = "replace" if vendor == "sqlite" else "truncate"
    return {rule.name for rule in guarded.rules} | {f"{table}_{shared}" for table in guarded.keys}


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the triggers that stand and are not switched off."""
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return {name for (name,) in cursor.fetchall()}
