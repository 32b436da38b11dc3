"""One file with everything a newsroom has, of one moment, while it goes on writing.

A tar, sealed (see `sealing`): the database, `media/`, `secrets/` when it is encrypted, and last `manifest.json` with
the heads, the root hash and the SHA-256 of each member. SQLite's database is copied by VACUUM INTO; PostgreSQL's
tables are read by COPY in one snapshot.
"""

import hashlib
import io
import json
import os
import secrets as chance
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from pysqlite3 import dbapi2

import standfirst
from standfirst.accounts import audit
from standfirst.config import Config
from standfirst.site import sealing, tables, whole

FORMAT = 1
DATABASE = "database.sqlite3"
MANIFEST = "manifest.json"
SCRATCH = ".backup-"
"""What the folder begins with that the database is copied to."""
_PIECE = 1 << 20


class BackupRefused(ValueError):
    """A backup that cannot be made or restored as asked; the message names the value and the remedy."""


@dataclass(slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself. `heads` are as `whole.Heads.written`, `members` names each with its SHA-256."""

    format: int = FORMAT
    standfirst: str = standfirst.__version__
    made: str
    database: str
    secrets: bool
    migrations: dict[str, list[str]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    heads: dict[str, Any] = field(default_factory=dict)  # Any: JSON
    root: str = ""
    members: dict[str, str] = field(default_factory=dict)


def make(config: Config, target: Path, lock: sealing.Lock, *, secrets: bool, at: datetime, by: str) -> Manifest:
    """Write the backup, readable by its owner alone: it is there whole or not at all. Noted in the audit before.

    Raises BackupRefused, and KeyRefused for a recipient that is none.
    """
    if secrets and not lock:
        raise BackupRefused(
            "the newsroom's secrets do not go into a file that anybody can read: give --recipient or a passphrase, "
            "or leave them out with --without-secrets"
        )
    if target.exists() or target.is_symlink():
        raise BackupRefused(f"{target} is there already: give another name, a backup replaces nothing")
    audit.note(by, "", "backup", "newsroom")
    manifest = Manifest(made=at.isoformat(), database=connection.vendor, secrets=secrets)
    with (
        _draft(target) as file,
        sealing.writing(file, lock) as sealed,
        tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        out = _Members(tar, manifest, int(at.timestamp()))
        (_sqlite if connection.vendor == "sqlite" else _postgresql)(config.home, out)
        for folder in ("media", "secrets") if secrets else ("media",):
            _folder(config.home, folder, out)
        out.add(MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True).encode())
    return manifest


class _Members:
    """What goes into the tar, with its digest into the manifest."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest, at: int) -> None:
        self._tar, self.manifest, self._at = tar, manifest, at

    def add(self, name: str, data: bytes) -> None:
        self.stream(name, io.BytesIO(data), len(data))

    def stream(self, name: str, file: BinaryIO, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, self._at
        digesting = _Read(file)
        self._tar.addfile(info, digesting)
        self.manifest.members[name] = digesting.digest.hexdigest()


class _Read:
    """A file whose digest is known when it has been read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


@contextmanager
def _draft(target: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole and on disk."""
    draft = target.with_name(f".{target.name}.{chance.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, target)  # never over another
        except FileExistsError:
            raise BackupRefused(f"{target} is there by now: give another name") from None
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink(missing_ok=True)


def _sqlite(home: Path, out: _Members) -> None:
    """A copy of the file as one reader sees it, which keeps no writer waiting."""
    for left in home.glob(f"{SCRATCH}*"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=home) as folder:
        copy = Path(folder) / DATABASE
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
        opened = dbapi2.connect(f"{copy.as_uri()}?mode=ro", uri=True)
        try:
            _describe(opened.cursor(), out.manifest)
        finally:
            opened.close()
        with copy.open("rb") as file:
            out.stream(DATABASE, file, copy.stat().st_size)


def _postgresql(home: Path, out: _Members) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        _describe(cursor, out.manifest)
        out.manifest.columns = tables.columns()
        for table, names in out.manifest.columns.items():
            for number, data in enumerate(tables.pieces(table, names), 1):
                out.add(f"tables/{table}/{number:06}", data)


def _describe(cursor: whole.Cursor, manifest: Manifest) -> None:
    """The heads and migrations of the database that the cursor sees."""
    heads = whole.heads(cursor)
    manifest.heads, manifest.root = heads.written(), heads.root()
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
    for app, name in cursor.fetchall():
        manifest.migrations.setdefault(app, []).append(name)


def _folder(home: Path, folder: str, out: _Members) -> None:
    """All files of a folder of the newsroom's, if it is there; one that goes meanwhile is left out."""
    for path in sorted((home / folder).rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        with file:
            out.stream(path.relative_to(home).as_posix(), file, os.fstat(file.fileno()).st_size)
