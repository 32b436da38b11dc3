"""What open desks are told, as it happens: rows that every process reads and pours into the streams that it holds.

A row is written in the transaction that does the thing; when that is committed the bell that rings for entries rings
for it too. Channels: `desk/<story>` has everything about a story's drafts, `desk/<story>/<actor>` what is about those
of that actor, `desk/<story>/readers` nothing of any; `desk/<story>/*` reaches them all, EVERYWHERE every story's.
Words of a draft are never told: who may read them asks.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from standfirst.accounts import brakes
from standfirst.desk.models import DeskEvent, Draft
from standfirst.record import waking
from standfirst.record.entry import JSON

NAME = "(desk)"
"""What the bell calls these events; no story can have this name."""
EVERYWHERE = "*"
READERS = "readers"
"""In the place of an author: whoever reads the story and no draft of it. No actor has this id."""
LEASE = "lease"
"""The kind of an event that ends streams; nobody is sent it."""

KEPT = timedelta(days=1)
KEPT_MOST = 10_000
PRUNED_EVERY = 100
LEASES_AT_ONCE = 50
PRESENT = timedelta(seconds=45)
"""How long somebody who has a draft open counts as there."""


def channel(slug: str, author: str = "") -> str:
    """The channel of a story's desk, or of one author's drafts in it."""
    return f"desk/{slug}/{author}" if author else f"desk/{slug}"


def tell(channel: str, kind: str, *, at: datetime, **data: JSON) -> None:
    """Have whoever follows `channel` told, once the transaction that this is called in is committed."""
    with transaction.atomic():
        row = DeskEvent.objects.create(channel=channel, kind=kind, data=data, at=at)
        waking.announce(NAME, row.pk)
        if row.pk % PRUNED_EVERY == 0:
            prune(at)


def published(slug: str, seq: int, *, at: datetime) -> None:
    """Tell whoever has the story's desk open that the record has entries of it up to `seq`."""
    tell(f"{channel(slug)}/{EVERYWHERE}", "entry", at=at, story=slug, seq=seq)


def draft_changed(row: Draft) -> None:
    """Tell the desk and the author that a draft has other words or another state. Says which, not what they are."""
    for author in ("", row.author):
        tell(
            channel(row.story, author),
            "draft",
            at=row.changed,
            draft=row.draft,
            rev=row.rev,
            state=row.state,
            author=row.author,
        )


def present(row: Draft, actor: str, name: str, *, at: datetime) -> list[tuple[str, str]]:
    """Note that somebody has a draft open, and tell. Gives who has: ids and names, first come first. Raises Frozen."""
    with transaction.atomic():
        brakes.refuse_frozen()
        for author in ("", row.author):
            tell(
                channel(row.story, author),
                "presence",
                at=at,
                draft=row.draft,
                author=row.author,
                who={"id": actor, "name": name},
                seconds=int(PRESENT.total_seconds()),
            )
    seen = DeskEvent.objects.filter(channel=channel(row.story), kind="presence", at__gt=at - PRESENT).order_by("id")
    here = [event.data for event in seen]
    return list(
        dict.fromkeys(
            (str(data["who"]["id"]), str(data["who"]["name"]))
            for data in here
            if (data["draft"], data["author"]) == (row.draft, row.author)
        )
    )


def end_leases(*leases: str, at: datetime) -> None:
    """Have every process close the streams that are open on these: sessions by public id, tokens by actor id."""
    for first in range(0, len(leases), LEASES_AT_ONCE):
        tell("", LEASE, at=at, leases=list(leases[first : first + LEASES_AT_ONCE]))


def head() -> int:
    """The number of the last event, 0 if there was none."""
    return int(DeskEvent.objects.aggregate(last=Max("id"))["last"] or 0)


def after(number: int) -> list[DeskEvent]:
    """The events after this number, in order, the oldest KEPT_MOST of them."""
    return list(DeskEvent.objects.filter(id__gt=number).order_by("id")[:KEPT_MOST])


def prune(now: datetime) -> None:
    """Forget what is old, but for the last: it says where numbers stand."""
    last = head()
    rows = DeskEvent.objects.filter(id__lt=last)
    rows.filter(at__lt=now - KEPT).delete()
    rows.filter(id__lte=last - KEPT_MOST).delete()
