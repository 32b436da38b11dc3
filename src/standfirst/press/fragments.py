"""Slots and updates as HTML, from the macros that a page and a pushed operation share. An update is rendered once."""

from collections import OrderedDict
from datetime import date
from typing import Any

from standfirst.press import data
from standfirst.press.edition import Edition
from standfirst.press.sheet import SLOTS, Article
from standfirst.press.view import View
from standfirst.story.story import Update

KEPT = 400
"""Updates whose fragments are kept: ten windows."""

_Key = tuple[str, int, str, str, date]


class Fragments:
    """Renders one story's fragments and keeps those of the updates by id and the entry that last touched them."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._articles: OrderedDict[_Key, Article] = OrderedDict()
        self._posts: OrderedDict[_Key, str] = OrderedDict()

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

    def slots(self, view: View) -> dict[str, str]:
        """Every slot of the front page."""
        macros = self._macros(view)
        special = {"pager": (view.run, view.front), "glance": (view, view.latest_changes())}
        return {slot: str(getattr(macros, slot.replace("-", "_"))(*special.get(slot, (view,)))) for slot in SLOTS}

    def _macros(self, view: View) -> Any:  # Any: a template module, whose macros are its attributes
        return view.edition.environment(view.story.language).get_template("fragments.html.j2").module


def _keep(cache: OrderedDict[_Key, Any], key: _Key, value: Any) -> None:  # Any: what the cache holds
    cache[key] = value
    if len(cache) > KEPT:
        cache.popitem(last=False)
