"""Wakes those who follow the record: listeners in this process, and other processes by the bell or by NOTIFY."""

import logging
from collections.abc import Callable
from pathlib import Path

from django.db import connection, transaction

from standfirst.record import bell, postgres

log = logging.getLogger(__name__)

NOTHING = "(none)"
"""Stands for a stream where nothing was written; none can have this name."""

_listeners: list[Callable[[str, int], None]] = []


def on_commit(listener: Callable[[str, int], None]) -> Callable[[], None]:
    """Call `listener(stream, last)` after each write of this process is in the record; gives back what ends that.

    It is called in the thread that wrote: hand the news over and return.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def nudge() -> None:
    """Have everybody who follows the record look at it, once this transaction is in: something beside it changed."""
    postgres.notify(NOTHING, 1)
    if connection.vendor == "sqlite":
        transaction.on_commit(lambda: bell.ring(_bells(), NOTHING, 1), robust=True)


def announce(name: str, number: int) -> None:
    """Ring with `name` and `number` once this transaction is committed, for what is not in the record.

    Whoever follows the record hears it among the writes, see `is_announced`. Raises ValueError for a stream's name.
    """
    if not is_announced(name):
        raise ValueError(f"{name[:40]!r} could be a stream: put it in parentheses")
    postgres.notify(name, number)
    transaction.on_commit(lambda: tell(name, number), robust=True)


def is_announced(name: str) -> bool:
    """Whether what was heard under this name is no write: no stream's name begins so."""
    return name.startswith("(")


def listen() -> postgres.Listener | bell.Ear | None:
    """What other processes append, as it happens; with `wait(seconds)`. None: only `changes_token` shows it here."""
    if connection.vendor == "postgresql":
        return postgres.Listener()
    try:
        return bell.Ear(_bells())
    except OSError as error:
        log.warning("%s: no socket can be bound there (%s): other processes are heard of by asking", _bells(), error)
        return None


def tell(stream: str, last: int) -> None:
    """Wake everybody now. On PostgreSQL the other processes were woken by the commit."""
    if connection.vendor == "sqlite":
        bell.ring(_bells(), stream, last)
    for listener in tuple(_listeners):
        listener(stream, last)


def _bells() -> Path:
    return Path(connection.settings_dict["NAME"]).parent / "run"
