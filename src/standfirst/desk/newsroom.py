"""The newsroom's settings as the desk and the press use them; the accounts' brakes rest on them too."""

from typing import Any

from django.conf import settings

from standfirst.accounts.newsroom import Newsroom, SettingsRefused, change, current, version
from standfirst.press.edition import Edition
from standfirst.story.commands import OpenStory

__all__ = ["Newsroom", "SettingsRefused", "change", "current", "edition", "opening", "version"]


def edition(newsroom: Newsroom, *, follow: bool = True) -> Edition:
    """What this newsroom prints. `follow` False: for an archive."""
    return Edition(
        name=newsroom.name,
        base_url=settings.CONFIG.base_url,
        language=newsroom.languages[0],
        follow=follow,
        look=newsroom.look,
    )


def opening(*, language: str | None, zone: str | None, **given: Any) -> OpenStory:  # Any: as OpenStory has them
    """A story to open, in the newsroom's main language and time zone where None is given."""
    here = current()
    return OpenStory(language=language or here.languages[0], zone=zone or here.zone, **given)
