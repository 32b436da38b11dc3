"""What the rooms above hear of accounts. This room may not call them."""

from django.dispatch import Signal

leases_ended = Signal()
"""Sent with `leases: tuple[str, ...]`, in the transaction that ended them: public ids of sessions, or the actor ids of
tokens. Whatever is open on them must close at once.
"""

brake_turned = Signal()
"""Sent with `kind` ("freeze", "thaw", "pause") and `said`, a sentence for owners, in the transaction that did it."""


def end_leases(*leases: str) -> None:
    """Say that these give nothing any more; a receiver that fails is our own fault and raises."""
    if leases:
        leases_ended.send(sender=None, leases=leases)
