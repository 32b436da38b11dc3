"""Slots and updates as HTML, from the macros that a page and a pushed operation share. An update is rendered once."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from markupsafe import Markup

from standfirst.press import data
from standfirst.press.diff import changes
from standfirst.press.edition import Edition
from standfirst.press.sheet import SLOTS, Article
from standfirst.press.view import View
from standfirst.story.document import plain
from standfirst.story.story import Revision, Update

KEPT = 400
"""Updates whose fragments are kept: ten windows. As many steps of history."""

_V = TypeVar("_V")


@dataclass(frozen=True)
class Step:
    """A step in an update's history: a version, and how it differs from the one before (None: it does not)."""

    revision: Revision
    headline: Markup | None = None
    body: Markup | None = None


class Fragments:
    """Renders one story's fragments and keeps those of the updates by id and the entry that last touched them.

    They hold words: once some are erased from the record, begin with new ones.
    """

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._articles: OrderedDict[Hashable, Article] = OrderedDict()
        self._posts: OrderedDict[Hashable, str] = OrderedDict()
        self._steps: OrderedDict[Hashable, Step] = OrderedDict()

    def article(self, view: View, update: Update) -> Article:
        """An update as it stands in a list."""
        key = (update.id, update.seq, *view.key)
        if key not in self._articles:
            made = Article(f"u-{update.id}", str(self._macros(view).update(view, update)), update.key)
            _keep(self._articles, key, made)
        return self._articles[key]

    def post(self, view: View, update: Update) -> str:
        """An update's structured data, as JSON."""
        key = (update.id, update.seq, *view.key)
        if key not in self._posts:
            _keep(self._posts, key, data.dumps(data.post(view, update)))
        return self._posts[key]

    def history(self, view: View, update: Update) -> list[Step]:
        """Its versions, newest first. What changed from one to the next never changes: it is compared once."""
        steps = [Step(update.history[0])]
        for before, after in pairwise(update.history):
            key = (update.id, after.rev, view.story.language)
            if key not in self._steps:
                _keep(self._steps, key, _step(view, before, after))
            steps.append(self._steps[key])
        return steps[::-1]

    def slots(self, view: View) -> dict[str, str]:
        """Every slot of the front page."""
        macros = self._macros(view)
        special = {"pager": (view.run, view.front), "glance": (view, view.latest_changes())}
        return {slot: str(getattr(macros, slot.replace("-", "_"))(*special.get(slot, (view,)))) for slot in SLOTS}

    def _macros(self, view: View) -> Any:  # Any: a template module, whose macros are its attributes
        return view.edition.environment(view.story.language).get_template("fragments.html.j2").module


def _step(view: View, before: Revision, after: Revision) -> Step:
    headline = _changed(view, before.headline, after.headline)
    return Step(after, headline, _changed(view, plain(before.body), plain(after.body)))


def _changed(view: View, before: str, after: str) -> Markup | None:
    return changes(before, after, view.words.gettext) if before != after else None


def _keep(cache: OrderedDict[Hashable, _V], key: Hashable, value: _V) -> None:
    cache[key] = value
    if len(cache) > KEPT:
        cache.popitem(last=False)
