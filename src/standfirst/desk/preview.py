"""A draft as readers would see it: the press prints the story as it would stand, and nothing of that is written."""

from dataclasses import replace
from functools import lru_cache

from django.conf import settings

from standfirst.desk import newsroom, publishing
from standfirst.desk.draft_words import Telling
from standfirst.desk.execute import clock
from standfirst.desk.models import Draft
from standfirst.desk.stories import missing, stories
from standfirst.press import pages
from standfirst.press.edition import Edition
from standfirst.press.fragments import Fragments
from standfirst.press.pages import Printed
from standfirst.press.view import View
from standfirst.story.commands import EditUpdate
from standfirst.story.decide import decide
from standfirst.story.events import StatusChanged
from standfirst.story.fold import fold
from standfirst.story.story import Story


def preview(row: Draft) -> Printed:
    """The page where the draft would stand: the story's, or the update's own if it stands further down.

    A story that has not begun is shown as if it had. Raises the Refusal that publishing would, but no Conflict.
    """
    story = stories.current(row.story)
    if story is None:
        raise missing(row.story)
    id, after = _after(story, row)
    view, fragments = View(_edition(), after), Fragments(_edition())
    if id in view.front.ids:
        return pages.html(_edition(), pages.front(view, fragments).html())
    return pages.permalink(view, fragments, after.updates[id])


def policy() -> str:
    """The Content-Security-Policy of what `preview` gives: no scripts, no forms, framed by our own pages alone."""
    style = f"style-src 'self' {_edition().style_hash}"
    return (
        f"default-src 'none'; {style}; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-same-origin"
    )


def _after(story: Story, row: Draft) -> tuple[str, Story]:
    """The id of the update that the draft becomes or changes, and the story with it."""
    now = clock()
    command = publishing.command(row, Telling(), now)
    if isinstance(command, EditUpdate):
        command = replace(command, expected_rev=None)
    if story.status == "scheduled":
        story = fold(story, StatusChanged(status="live"), seq=story.seq + 1, at=now)
    for event in decide(story, command):
        story = fold(story, event, seq=story.seq + 1, at=now)
    return command.id, story


def _edition() -> Edition:
    return _made(newsroom.version(), settings.CONFIG.base_url)


@lru_cache(maxsize=1)
def _made(_version: str, _base_url: str) -> Edition:
    """What readers' pages are printed with, without their script; its templates are read once."""
    return newsroom.edition(newsroom.current(), follow=False)
