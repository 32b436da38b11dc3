"""Who wrote which version of an update: the record's entries say."""

from standfirst.accounts import actors
from standfirst.record import journal
from standfirst.story.events import UpdateCorrected, UpdateEdited, UpdatePosted
from standfirst.story.story import Update

_WORDED = {event.__name__ for event in (UpdatePosted, UpdateEdited, UpdateCorrected)}


def writers(slug: str, update: Update) -> list[tuple[str, str]]:
    """Ids and names, in the order of `update.history`. The name is what they are called today."""
    entries = (entry for seq in update.worded for entry in journal.read(slug, seq, seq))
    ids = [str(entry.openings[entry.actor].value) for entry in entries if entry.kind in _WORDED]
    names = actors.names(ids)
    return [(id, names[id]) for id in ids]
