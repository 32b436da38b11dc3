"""The lists of a story's standing updates: its key events, and the updates of each kind and tag, each by ordinal."""

from __future__ import annotations  # HashTrieMap takes no parameters at run time

from bisect import bisect_left
from dataclasses import replace

from rpds import HashTrieMap

from standfirst.story.characters import slugged
from standfirst.story.story import Story, Update


def listed(story: Story, update: Update) -> Story:
    """The update stands in the lists where it belongs; a retracted one belongs in none."""
    if update.retraction is not None:
        return story
    kinds, tags = story.kinds, story.tags
    kinds = kinds.insert(update.kind, _with(story, kinds.get(update.kind, ()), update))
    for tag in map(slugged, update.tags):
        tags = tags.insert(tag, _with(story, tags.get(tag, ()), update))
    return replace(story, kinds=kinds, tags=tags, keys=_with(story, story.keys, update) if update.key else story.keys)


def relisted(story: Story, before: Update, after: Update) -> Story:
    """The lists after an update changed: out of those it stood in, into those it belongs in now."""
    same = (before.kind, before.tags, before.key, before.retraction is None)
    if same == (after.kind, after.tags, after.key, after.retraction is None):
        return story
    return listed(_unlisted(story, before), after)


def _unlisted(story: Story, update: Update) -> Story:
    kinds, tags = _left(story, story.kinds, update.kind, update), story.tags
    for tag in map(slugged, update.tags):
        tags = _left(story, tags, tag, update)
    return replace(story, kinds=kinds, tags=tags, keys=_without(story, story.keys, update))


def _left(
    story: Story, lists: HashTrieMap[str, tuple[str, ...]], name: str, update: Update
) -> HashTrieMap[str, tuple[str, ...]]:
    left = _without(story, lists.get(name, ()), update)
    return lists.insert(name, left) if left else lists.discard(name)


def _with(story: Story, ids: tuple[str, ...], update: Update) -> tuple[str, ...]:
    at = _place(story, ids, update)
    return ids if ids[at : at + 1] == (update.id,) else (*ids[:at], update.id, *ids[at:])


def _without(story: Story, ids: tuple[str, ...], update: Update) -> tuple[str, ...]:
    at = _place(story, ids, update)
    return (*ids[:at], *ids[at + 1 :]) if ids[at : at + 1] == (update.id,) else ids


def _place(story: Story, ids: tuple[str, ...], update: Update) -> int:
    """Where an update stands, or would, in a list of ids by ordinal: looks at log2 of them, not at all."""
    if not ids or story.updates[ids[-1]].ordinal < update.ordinal:
        return len(ids)
    return bisect_left(ids, update.ordinal, key=lambda id: story.updates[id].ordinal)
