"""Keep the lookup tables in step with the record, and make them anew from it."""

from typing import Any

from django.db import transaction

from standfirst.desk.models import StoryRow, UpdateRow
from standfirst.record import journal
from standfirst.record.entry import Entry
from standfirst.story.events import UpdatePosted, load
from standfirst.story.fold import fold
from standfirst.story.story import Story, Update

_BATCH = 500


def project(story: Story, touched: dict[str, str | None]) -> None:
    """Write what `story` says of itself and of the updates just touched: id -> who posted it now (None: earlier)."""
    StoryRow.objects.update_or_create(slug=story.slug, defaults=_story(story))
    for update_id, poster in touched.items():
        values = _update(story.updates[update_id])
        if poster is None:
            UpdateRow.objects.filter(story_id=story.slug, update=update_id).update(**values)
        else:
            UpdateRow.objects.create(story_id=story.slug, update=update_id, poster=poster, **values)


def rebuild() -> int:
    """Throw the lookups away and derive them from the record alone, in one transaction. Gives the number of stories."""
    with transaction.atomic():
        StoryRow.objects.all().delete()
        slugs = sorted(journal.heads())
        for slug in slugs:
            _rebuild(slug)
    return len(slugs)


def _rebuild(slug: str) -> None:
    story: Story | None = None
    posters: dict[str, str] = {}
    for entry in journal.read(slug):
        event = load(entry.kind, entry.version, entry.data())
        story = fold(story, event, seq=entry.seq, at=entry.at)
        if isinstance(event, UpdatePosted):
            posters[event.id] = _actor(entry)
    if story is None:
        return
    StoryRow.objects.create(slug=slug, **_story(story))
    UpdateRow.objects.bulk_create(
        (
            UpdateRow(story_id=slug, update=key, poster=posters[key], **_update(story.updates[key]))
            for key in story.order
        ),
        batch_size=_BATCH,
    )


def _actor(entry: Entry) -> str:
    """Who made an entry; the record keeps the actor's opening even when words are erased."""
    return str(entry.openings[entry.actor].value)


def _story(story: Story) -> dict[str, Any]:  # Any: column values
    return {
        "seq": story.seq,
        "rev": story.rev,
        "headline": story.headline,
        "status": story.status,
        "language": story.language,
        "zone": story.zone,
        "opened": story.opened,
        "modified": story.modified,
        "updates": len(story.order),
    }


def _update(update: Update) -> dict[str, Any]:  # Any: column values
    return {
        "ordinal": update.ordinal,
        "rev": update.rev,
        "seq": update.seq,
        "kind": update.kind,
        "key": update.key,
        "published": update.published,
        "changed": update.changed,
        "retracted": update.retraction is not None,
        "erased": update.erased,
    }
