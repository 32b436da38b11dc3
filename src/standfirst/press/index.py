"""The pages without a story: the front door with all of them, newest activity first, and the page that is not there."""

from collections.abc import Iterable

from standfirst.press.edition import Edition
from standfirst.press.pages import Printed, html
from standfirst.press.view import View
from standfirst.story.story import Story


def print_index(edition: Edition, stories: Iterable[Story]) -> Printed:
    """The page at `/`."""
    views = [View(edition, story) for story in sorted(stories, key=lambda s: (s.modified, s.slug), reverse=True)]
    template = edition.environment(edition.language).get_template("index.html.j2")
    running = [view for view in views if view.story.status in ("live", "paused")]
    return html(
        edition,
        template.render(
            running=running,
            coming=[view for view in views if view.story.status == "scheduled"],
            past=[view for view in views if view.ended],
            url=edition.absolute("/"),
        ),
    )


def print_missing(edition: Edition) -> Printed:
    """What is answered, with status 404, where nothing is."""
    return html(edition, edition.environment(edition.language).get_template("missing.html.j2").render())
