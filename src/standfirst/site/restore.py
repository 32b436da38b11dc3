"""A newsroom from a backup: unpacked beside its home, every digest compared, then put in place, then verified."""

import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from standfirst.config import Config
from standfirst.record.seal import Fault
from standfirst.site import boot, sealing, tables, whole
from standfirst.site.backup import DATABASE, FORMAT, MANIFEST, BackupRefused, Manifest
from standfirst.site.sealing import Damaged

_NAME = re.compile(r"database\.sqlite3|manifest\.json|tables/[a-z0-9_]{1,63}/[0-9]{6,9}|(media|secrets)/[^\0]{1,1000}")
_PIECE = 1 << 20
_MANIFEST_MOST = 256 << 20


def restore(config: Config, source: Path, key: sealing.Key) -> tuple[Manifest, list[Fault]]:
    """Fill an empty home (and PostgreSQL database) from a backup; what is wrong with the record in it comes back.

    Raises Damaged and KeyRefused, with nothing left behind, and BackupRefused.
    """
    if config.home.exists() and any(config.home.iterdir()):
        raise BackupRefused(f"{config.home} is not empty: name a folder with --home that is not there yet")
    config.home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=config.home.parent) as scratch:
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir(mode=0o700)
        with source.open("rb") as file:
            manifest = _unpack(file, key, unpacked)
        _refuse_other(config, manifest)
        _refuse_newer(manifest)
        if manifest.database == "postgresql":
            _refuse_full()
        _place(config.home, unpacked)
        if manifest.database == "postgresql":
            _load(manifest, unpacked)
    boot.prepare(config)
    faults = list(whole.faults())
    heads = whole.now()
    if heads.written() != manifest.heads or heads.root() != manifest.root:
        faults.append(Fault("", None, f"the root is {heads.root()}, the backup was made at {manifest.root}"))
    return manifest, faults


def _unpack(file: BinaryIO, key: sealing.Key, folder: Path) -> Manifest:
    """Every member, as the manifest says it was. Raises Damaged."""
    found: dict[str, str] = {}
    with (
        _damage_named(),
        sealing.reading(file, key) as inner,
        tarfile.open(fileobj=inner, mode="r|") as tar,  # type: ignore[call-overload]  # it only reads
    ):
        for member in tar:
            if not member.isreg() or not _safe(member.name) or member.name in found:
                raise Damaged(f"it holds {member.name[:80]!r}, which no backup does")
            path = folder / member.name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            found[member.name] = _extract(tar, member, path)
    with _damage_named():
        text = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(text, type=Manifest)
    if manifest.format != FORMAT:
        raise BackupRefused(f"this backup has format {manifest.format}, {FORMAT} is known: take a newer Standfirst")
    del found[MANIFEST]
    for name in sorted(found.keys() | manifest.members.keys()):
        if found.get(name) != manifest.members.get(name):
            raise Damaged(f"{name} is not what its manifest says")
    return manifest


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, msgspec.MsgspecError, json.JSONDecodeError, FileNotFoundError) as error:
        raise Damaged(f"it cannot be read ({error})") from None


def _safe(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not {"", ".", ".."} & set(name.split("/"))


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> str:
    """Write one member; its SHA-256."""
    digest = hashlib.sha256()
    data = tar.extractfile(member)
    if data is None or (member.name == MANIFEST and member.size > _MANIFEST_MOST):
        raise Damaged(f"{member.name[:80]} cannot be read")
    with path.open("xb") as out:
        path.chmod(0o600)
        while piece := data.read(_PIECE):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def _refuse_other(config: Config, manifest: Manifest) -> None:
    wanted = "postgresql" if config.database else "sqlite"
    if manifest.database == wanted:
        return
    if wanted == "sqlite":
        raise BackupRefused("this backup is of a PostgreSQL database: name an empty one with --database")
    raise BackupRefused("this backup is of an SQLite database: restore it without --database (STANDFIRST_DATABASE)")


def _refuse_newer(manifest: Manifest) -> None:
    known = MigrationLoader(None, replace_migrations=False).disk_migrations
    for app, names in manifest.migrations.items():
        for name in names:
            if (app, name) not in known:
                raise BackupRefused(
                    f"this backup was made by Standfirst {manifest.standfirst}, which has {app}.{name}: restore it "
                    "with that version or a later one"
                )


def _refuse_full() -> None:
    if connection.introspection.table_names():
        raise BackupRefused("the database has tables already: name an empty one with --database")


def _place(home: Path, unpacked: Path) -> None:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    for name in (DATABASE, "media", "secrets"):
        if (unpacked / name).exists():
            place = home / ("standfirst.sqlite3" if name == DATABASE else name)
            shutil.move(unpacked / name, place)


def _load(manifest: Manifest, unpacked: Path) -> None:
    rows = {table: _pieces(unpacked / "tables" / table) for table in manifest.columns}
    tables.load(manifest.columns, rows, manifest.migrations)


def _pieces(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("*"), key=lambda path: int(path.name)):
        yield path.read_bytes()
