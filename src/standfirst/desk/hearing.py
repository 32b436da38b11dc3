"""What the desk hears of accounts, which may not call it."""

from typing import Any

from standfirst.accounts.signals import brake_turned, leases_ended
from standfirst.desk import events
from standfirst.desk.execute import clock


def connect() -> None:
    """From now on."""
    leases_ended.connect(_leases_ended, dispatch_uid="desk.events")
    brake_turned.connect(_brake_turned, dispatch_uid="desk.events")


def _leases_ended(sender: object, leases: tuple[str, ...], **_: Any) -> None:  # Any: Django's own
    events.end_leases(*leases, at=clock())


def _brake_turned(sender: object, kind: str, **_: Any) -> None:  # Any: Django's own; what was said is for owners
    events.tell(events.EVERYWHERE, "pause" if kind == "pause" else "freeze", at=clock(), what=kind)
