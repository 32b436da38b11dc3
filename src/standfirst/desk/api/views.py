"""What the API shows of a story: plain data as `schemas` describes it."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings

from standfirst.desk.execute import Answer
from standfirst.desk.models import StoryRow
from standfirst.story.document import plain
from standfirst.story.events import Point
from standfirst.story.story import Story, Update

Data = dict[str, Any]  # Any: JSON


def address(slug: str, update: str | None = None) -> str:
    """Where readers find a story, or one update of it."""
    base = f"{settings.CONFIG.base_url}/{quote(slug)}"
    return f"{base}/updates/{quote(update)}" if update else base


def answer(done: Answer) -> Data:
    return {
        "story": done.story,
        "update": done.update,
        "seq": done.seq,
        "rev": done.rev,
        "url": address(done.story, done.update),
    }


def line(row: StoryRow) -> Data:
    return {
        "slug": row.slug,
        "headline": row.headline,
        "status": row.status,
        "language": row.language,
        "zone": row.zone,
        "opened": time(row.opened),
        "modified": time(row.modified),
        "updates": row.updates,
        "seq": row.seq,
        "rev": row.rev,
        "url": address(row.slug),
    }


def story(story: Story) -> Data:
    return {
        "slug": story.slug,
        "headline": story.headline,
        "standfirst": story.standfirst,
        "topic": story.topic,
        "bylines": list(story.bylines),
        "status": story.status,
        "language": story.language,
        "zone": story.zone,
        "starts": time(story.starts),
        "opened": time(story.opened),
        "began": time(story.began),
        "ended": time(story.ended),
        "modified": time(story.modified),
        "summary": {
            "at": time(story.summary.at),
            "known": _points(story.summary.known),
            "unconfirmed": _points(story.summary.unconfirmed),
        }
        if story.summary
        else None,
        "summary_seq": story.summary_seq,
        "pinned": story.pinned,
        "updates": len(story.order),
        "seq": story.seq,
        "rev": story.rev,
        "url": address(story.slug),
    }


def update(story: Story, update: Update) -> Data:
    """An update without its history, as lists show it."""
    return {
        "id": update.id,
        "ordinal": update.ordinal,
        "rev": update.rev,
        "seq": update.seq,
        "headline": update.headline,
        "body": update.body,
        "text": plain(update.body),
        "bylines": list(update.bylines),
        "kind": update.kind,
        "tags": list(update.tags),
        "key": update.key,
        "pinned": story.pinned == update.id,
        "published": time(update.published),
        "happened": time(update.happened),
        "filed": time(update.filed),
        "changed": time(update.changed),
        "source": update.source,
        "corrections": [{"at": time(item.at), "rev": item.rev, "note": item.note} for item in update.corrections],
        "retraction": {"at": time(update.retraction.at), "reason": update.retraction.reason}
        if update.retraction
        else None,
        "erased": update.erased,
        "url": address(story.slug, update.id),
    }


def history(update: Update, by: list[tuple[str, str]]) -> list[Data]:
    """Every version of an update, oldest first; `by` are the ids and names of those who wrote them."""
    return [
        {
            "rev": item.rev,
            "at": time(item.at),
            "headline": item.headline,
            "body": item.body,
            "note": item.note,
            "by": {"id": id, "name": name},
        }
        for item, (id, name) in zip(update.history, by, strict=True)
    ]


def _points(points: tuple[Point, ...]) -> list[Data]:
    return [{"text": point.text, "update": point.update} for point in points]


def time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
