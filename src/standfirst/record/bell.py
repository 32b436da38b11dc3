"""Wakes the other processes of a newsroom on SQLite, as LISTEN/NOTIFY does on PostgreSQL.

Each process that follows the record binds a Unix datagram socket in `run/` beside the database, and whoever commits
sends a datagram to each of them. It is a hint: one that is lost (a full queue, a process that binds just now) shows in
`journal.changes_token` a moment later.
"""

import os
import re
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LONGEST = 103
"""Bytes of a socket's address that every system takes."""
MOST = 1000
"""Datagrams taken at once."""

_NAME = re.compile(r"[0-9a-f]{16}\.bell")
_NAME_BYTES = len("/.") + 16 + len(".count")  # the longest, see `edge.neighbours`
_WORD = re.compile(rb"([1-9][0-9]{0,17}) (.{1,320})", re.DOTALL)
_own: set[str] = set()
"""Names of this process's ears: it hears of its own writes by `journal.on_commit`."""


class Ear:
    """Hears what other processes append, from now on: read the heads after making it. Raises OSError if it cannot."""

    def __init__(self, folder: Path) -> None:
        self._name = f"{secrets.token_hex(8)}.bell"
        self._path = folder / self._name
        _own.add(self._name)
        try:
            self._socket = bound(folder, self._name)
        except OSError:
            _own.discard(self._name)
            raise

    def wait(self, seconds: float) -> list[tuple[str, int]]:
        """Stream and last number of the writes heard, as soon as there is one; nothing if none came in time."""
        heard: dict[str, int] = {}
        self._socket.settimeout(seconds)
        try:
            for _ in range(MOST):
                if (word := _WORD.fullmatch(self._socket.recv(1024))) is not None:
                    with suppress(UnicodeDecodeError):
                        stream = word[2].decode()
                        heard[stream] = max(heard.get(stream, 0), int(word[1]))
                self._socket.setblocking(False)
        except (BlockingIOError, TimeoutError):
            pass
        return list(heard.items())

    def close(self) -> None:
        """Hear no more."""
        _own.discard(self._name)
        with suppress(OSError):
            self._path.unlink()
        self._socket.close()


def ring(folder: Path, stream: str, last: int) -> None:
    """Tell every other process that listens at `folder`. Never waits, never fails; clears away ears of the dead."""
    with suppress(OSError):  # no folder: nobody listens; no permission: another user's; no socket to be had
        names = [name for name in os.listdir(folder) if name not in _own and _NAME.fullmatch(name)]
        if not names:
            return
        word = f"{last} {stream}".encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell, addresses(folder) as address:
            bell.setblocking(False)
            for name in names:
                try:
                    bell.sendto(word, address(name))
                except ConnectionRefusedError:  # nobody has it open
                    with suppress(OSError):
                        (folder / name).unlink()
                except OSError:  # its queue is full, or it has gone
                    continue


def bound(folder: Path, name: str) -> socket.socket:
    """A datagram socket of this name in the folder, which is made if need be and is nobody else's. Raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    draft = folder / f".{name}"  # a name that is in the folder before its socket is bound would look stale
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        with addresses(folder) as address:
            made.bind(address(draft.name))
        draft.rename(folder / name)
    except OSError:
        made.close()
        with suppress(OSError):
            draft.unlink()
        raise
    return made


@contextmanager
def addresses(folder: Path) -> Iterator[Callable[[str], str]]:
    """How a socket in `folder` is addressed: by its path, or, where that is too long, through the open folder."""
    if len(os.fsencode(folder)) + _NAME_BYTES <= LONGEST:
        yield lambda name: f"{folder}/{name}"
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield lambda name: f"/proc/self/fd/{opened}/{name}"
    finally:
        os.close(opened)
