"""Triggers that refuse to change what was written: SQL for both databases, as the first migration sets it.

The record's own code never tries; they are there for every other hand on the database. A stream's head moves forward
only. A text may be deleted when an erasure names its entry. On SQLite, `INSERT OR REPLACE` deletes without asking a
trigger for DELETE unless the connection says `recursive_triggers`; so an INSERT over an existing row is refused, too.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FROZEN = {"record_entry": "hash", "record_erasure": "entry", "record_receipt": "digest"}
KEYS = {**FROZEN, "record_text": "commitment", "record_stream": "name"}
"""Every table of the record with its primary key."""

HEAD_MOVES = "NEW.name = OLD.name AND NEW.seq > OLD.seq"
ERASED = "EXISTS (SELECT 1 FROM record_erasure WHERE entry = OLD.entry)"
FOLLOWS = "NEW.seq = 1 OR EXISTS (SELECT 1 FROM record_entry WHERE stream = NEW.stream AND seq = NEW.seq - 1)"


def _rules() -> list[tuple[str, str, str, str]]:
    """Table, action, the condition that allows it, what is said otherwise."""
    rules = [("record_entry", "INSERT", FOLLOWS, "an entry follows the one before it: no number is skipped")]
    for table in FROZEN:
        for action in ("UPDATE", "DELETE"):
            rules.append((table, action, "1 = 0", f"{table} is append-only: {action} refused"))
    rules.append(("record_text", "UPDATE", "1 = 0", "record_text is written once: UPDATE refused"))
    rules.append(("record_text", "DELETE", ERASED, "a text goes only with an erasure: DELETE refused"))
    rules.append(("record_stream", "UPDATE", HEAD_MOVES, "the head of a stream moves forward only: UPDATE refused"))
    rules.append(("record_stream", "DELETE", "1 = 0", "a stream stays: DELETE refused"))
    return rules


def _sqlite() -> list[str]:
    made = [
        f"CREATE TRIGGER {table}_{action.lower()} BEFORE {action} ON {table} WHEN NOT ({allowed})"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for table, action, allowed, message in _rules()
    ]
    for table, key in KEYS.items():
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608  # names from above
        made.append(
            f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} WHEN {there}"
            f" BEGIN SELECT RAISE(ABORT, '{table} has this row already: REPLACE refused'); END"
        )
    return made


def _postgresql() -> list[str]:
    made = []
    for table, action, allowed, message in _rules():
        name = f"{table}_{action.lower()}"
        row = "OLD" if action == "DELETE" else "NEW"
        made.append(
            f"CREATE FUNCTION {name}_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NOT ({allowed}) THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END IF;"
            f" RETURN {row}; END $$"
        )
        made.append(f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_guard()")
    made.append(
        "CREATE FUNCTION record_truncate_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'the record is append-only: TRUNCATE refused' USING ERRCODE = 'restrict_violation'; END $$"
    )
    made += [
        f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION record_truncate_guard()"
        for table in KEYS
    ]
    return made


def create(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Set the triggers in the database that is being migrated."""
    statements = {"sqlite": _sqlite, "postgresql": _postgresql}[schema_editor.connection.vendor]()
    for statement in statements:
        schema_editor.execute(statement, params=None)


def expected(vendor: str) -> set[str]:
    """The names of the triggers that have to stand in a database of this vendor."""
    ruled = {f"{table}_{action.lower()}" for table, action, _, _ in _rules()}
    return ruled | {f"{table}_{'replace' if vendor == 'sqlite' else 'truncate'}" for table in KEYS}


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the triggers that stand and are not switched off."""
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return {name for (name,) in cursor.fetchall()}
