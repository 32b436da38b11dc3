"""The outside of a backup: zstd, a digest at its end, and age around it when asked. Streamed, whatever its size.

What `age` encrypts is what `zstd` compresses, so those two programs open a backup by hand. The digest stands in a
skippable zstd frame. With a passphrase, age's key is made anew for each file and stands before it, encrypted with the
passphrase, after a line that says how long it is.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import pyrage  # type: ignore[import-untyped]  # no stubs

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC = b"standfirst-backup/1 passphrase "
_ENVELOPE_MOST = 4096
_TAIL = b"\x50\x2a\x4d\x18" + (32).to_bytes(4, "little")
"""Begins the skippable frame with the digest."""
_TAIL_BYTES = len(_TAIL) + 32
_AGE = b"age-encryption.org/v1"
_PIECE = 1 << 16
_OPTIONS = {zstd.CompressionParameter.compression_level: 6, zstd.CompressionParameter.checksum_flag: 1}


class Damaged(Exception):
    """A backup is not what was written, or cannot be decrypted."""


class KeyRefused(ValueError):
    """A recipient, an identity or a passphrase that cannot be used; the message says what to give."""


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Who can open a backup: the holders of identities for these recipients (`age1…`), or of the passphrase."""

    recipients: Sequence[str] = ()
    passphrase: str = ""

    def __bool__(self) -> bool:
        return bool(self.recipients or self.passphrase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What opens it: the lines of an age identity file, or the passphrase."""

    identities: Sequence[str] = ()
    passphrase: str = ""


@contextmanager
def writing(file: BinaryIO, lock: Lock) -> Iterator[BinaryIO]:
    """What is written to the stream arrives in `file`, sealed. Raises KeyRefused."""
    recipients = [_recipient(text) for text in lock.recipients]
    if lock.passphrase:
        if recipients:
            raise KeyRefused("give recipients or a passphrase, not both: age allows one of them")
        identity = pyrage.x25519.Identity.generate()
        envelope = pyrage.passphrase.encrypt(str(identity).encode(), lock.passphrase)
        file.write(MAGIC + f"{len(envelope)}\n".encode() + envelope)
        recipients = [identity.to_public()]
    if not recipients:
        with _compressing(file) as inner:
            yield inner
        return
    with _encrypting(file, recipients) as pipe, _compressing(pipe) as inner:
        yield inner


@contextmanager
def reading(file: BinaryIO, key: Key) -> Iterator[Readable]:
    """What was written to the stream. Raises Damaged, at the end of the block at the latest, and KeyRefused."""
    first = file.read(len(MAGIC))
    file.seek(0)
    identities = [_identity(line) for line in key.identities]
    if first == MAGIC:
        identities = [_enveloped(file, key.passphrase)]
    elif not first.startswith(_AGE):
        with _decompressing(file) as inner:
            yield inner
        return
    if not identities:
        raise KeyRefused("this backup is encrypted: give --identity FILE with an age key that opens it")
    with _decrypting(file, identities) as pipe, _decompressing(pipe) as inner:
        yield inner


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise KeyRefused(f"{text[:80]!r} is no age recipient: give one such as age1…, as `age-keygen` shows") from None


def _identity(text: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        raise KeyRefused("the identity file holds what is no age key: give one that `age-keygen` wrote") from None


def _enveloped(file: BinaryIO, passphrase: str) -> pyrage.x25519.Identity:
    if not passphrase:
        raise KeyRefused("this backup has a passphrase: give --passphrase-file, or STANDFIRST_BACKUP_PASSPHRASE")
    length = file.readline(64).removeprefix(MAGIC).removesuffix(b"\n")
    if not length.isdigit() or int(length) > _ENVELOPE_MOST:
        raise Damaged("its first line is not one that a backup has")
    try:
        return _identity(pyrage.passphrase.decrypt(file.read(int(length)), passphrase).decode())
    except pyrage.DecryptError:
        raise Damaged("the passphrase is not the one it was made with, or its beginning was changed") from None


class _Digesting:
    """Writes through, and the digest of everything at the end."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        self._out.write(data)
        return len(data)

    def flush(self) -> None:
        self._out.flush()

    def end(self) -> None:
        self._out.write(_TAIL + self._digest.digest())


class _Digested:
    """Reads all but the digest at the end, which is compared when there is no more to read."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._held = b""
        self._digest = hashlib.sha256()
        self._over = False

    def read(self, size: int = -1) -> bytes:
        wanted = _PIECE if size < 0 else size
        while not self._over and len(self._held) < wanted + _TAIL_BYTES:
            more = self._file.read(_PIECE)
            self._over = not more
            self._held += more
        given = self._held[: max(0, min(wanted, len(self._held) - _TAIL_BYTES))]
        self._held = self._held[len(given) :]
        self._digest.update(given)
        if not given and wanted and self._held != _TAIL + self._digest.digest():
            raise Damaged("it does not match its digest: it was changed, or cut short")
        return given

    def readable(self) -> bool:
        return True


@contextmanager
def _compressing(out: BinaryIO) -> Iterator[BinaryIO]:
    sink = _Digesting(out)
    with zstd.ZstdFile(sink, "wb", options=_OPTIONS) as inner:  # type: ignore[call-overload]  # it only writes
        yield inner
    sink.end()


@contextmanager
def _decompressing(file: Readable) -> Iterator[Readable]:
    source = _Digested(file)
    try:
        with zstd.ZstdFile(source, "rb") as inner:  # type: ignore[call-overload]  # it only reads
            yield inner
            while inner.read(_PIECE):
                pass
        while source.read(_PIECE):
            pass
    except (zstd.ZstdError, EOFError) as error:
        raise Damaged(f"it cannot be unpacked ({error})") from None


@contextmanager
def _encrypting(file: BinaryIO, recipients: Sequence[pyrage.x25519.Recipient]) -> Iterator[BinaryIO]:
    """age reads from a pipe, in a thread of its own, what is written here."""
    end, begin = os.pipe()
    failed: list[Exception] = []

    def encrypt() -> None:
        with os.fdopen(end, "rb") as pipe:
            try:
                pyrage.encrypt_io(pipe, file, recipients)
            except (OSError, pyrage.EncryptError) as error:  # said by the thread that writes
                failed.append(error)

    thread = threading.Thread(target=encrypt, name="age")
    thread.start()
    try:
        with os.fdopen(begin, "wb") as pipe:
            yield pipe
    except BrokenPipeError:
        thread.join()
        raise (failed or [OSError("age ended early")])[0] from None
    finally:
        thread.join()
    if failed:
        raise failed[0]


@contextmanager
def _decrypting(file: BinaryIO, identities: Sequence[pyrage.x25519.Identity]) -> Iterator[Readable]:
    """age writes to a pipe, in a thread of its own, what is read here."""
    end, begin = os.pipe()
    failed: list[Exception] = []

    def decrypt() -> None:
        with suppress(BrokenPipeError), os.fdopen(begin, "wb") as pipe:
            try:
                pyrage.decrypt_io(file, pipe, identities)
            except (OSError, pyrage.DecryptError) as error:  # said by the thread that reads
                failed.append(error)

    thread = threading.Thread(target=decrypt, name="age")
    thread.start()
    try:
        with os.fdopen(end, "rb") as pipe:
            yield pipe
    except Damaged:
        thread.join()
        if not failed:
            raise
    finally:
        thread.join()
    if failed:
        raise Damaged(f"it cannot be decrypted: another key is needed, or it was changed ({failed[0]})")
