"""The newsroom's settings: one row, which every process knows by heart and looks up again when it has changed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from standfirst.accounts import audit
from standfirst.accounts.models import NewsroomSettings
from standfirst.accounts.settings_rules import RULES
from standfirst.config import Config
from standfirst.press.colours import Colour
from standfirst.press.look import BylineStyle, Logo, Look
from standfirst.record import journal

PublishFactor = Literal["auto", "always", "never"]
_NO_COLOURS: Mapping[str, Colour] = MappingProxyType({})


class SettingsRefused(ValueError):
    """Some settings cannot be so: `errors` says why and what to do, by field. Nothing was changed."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {error}" for name, error in errors.items()))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Newsroom:
    """All settings, each with what holds until somebody changes it.

    `languages`: those it writes in, the main one first. `zone`: whose time its new stories tell. `publish_factor`: who
    needs a passkey to publish ("auto": owners and editors once they have one). `breaker_posts` entries in
    `breaker_seconds` pause whoever wrote them. `mass_retraction`: retractions in an hour after which one signs in
    again.
    """

    name: str
    logo: Logo | None = None
    colours: Mapping[str, Colour] = field(default_factory=lambda: _NO_COLOURS)
    languages: tuple[str, ...] = ("en",)
    zone: str = "UTC"
    byline_style: BylineStyle = "names"
    corrections_policy: str = ""
    principles: str = ""
    legal_footer: str = ""
    domains: tuple[str, ...] = ()
    publish_factor: PublishFactor = "auto"
    breaker_posts: int = 30
    breaker_seconds: int = 60
    mass_retraction: int = 5

    @property
    def look(self) -> Look:
        """What readers see of them."""
        return Look(
            logo=self.logo,
            colours=self.colours,
            byline=self.byline_style,
            corrections_policy=self.corrections_policy,
            principles=self.principles,
            legal=self.legal_footer,
            domains=self.domains,
        )


_known: tuple[str, Newsroom] | None = None
"""The version read last, and what it says. One assignment, so that no thread sees half of it."""


def version() -> str:
    """Differs after every change; "" before the first. One small look at the database."""
    return NewsroomSettings.objects.filter(pk=1).values_list("version", flat=True).first() or ""


def current() -> Newsroom:
    """The settings as they are now."""
    global _known
    now, known = version(), _known
    if not now:
        return _first()
    if known is None or known[0] != now:
        row = NewsroomSettings.objects.get(pk=1)
        known = _known = (row.version, _read(row))
    return known[1]


def change(actor: str, session: str, now: datetime, **given: object) -> Newsroom:
    """Change the settings that are given, and tell every process. Raises SettingsRefused; TypeError for no setting.

    `actor` is its id, `session` its session's public id, for the audit.
    """
    if unknown := given.keys() - RULES.keys():
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    wanted, errors = _judged(given)
    if errors:
        raise SettingsRefused(errors)
    with transaction.atomic():
        row = NewsroomSettings.objects.select_for_update().filter(pk=1).first()
        before = _read(row) if row else _first()
        after = replace(before, **wanted)
        changed = [item.name for item in fields(after) if getattr(after, item.name) != getattr(before, item.name)]
        if not changed:
            return before
        _write(after, row or NewsroomSettings(), actor, now)
        audit.note(actor, session, "settings.change", "newsroom", fields=changed)
        journal.nudge()
    return after


def _first() -> Newsroom:
    """What holds until somebody changes it."""
    config: Config = settings.CONFIG
    return Newsroom(name=config.name, breaker_posts=config.breaker_posts, mass_retraction=config.mass_retraction)


def _judged(given: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, str]]:  # Any: as in Newsroom
    """The settings in their one form, and what is wrong with the others."""
    wanted: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in given.items():
        try:
            wanted[name] = RULES[name](value)
        except ValueError as error:
            errors[name] = str(error)
    return wanted, errors


def _write(after: Newsroom, row: NewsroomSettings, actor: str, now: datetime) -> None:
    for item in fields(after):
        if item.name not in ("logo", "colours", "languages", "domains"):
            setattr(row, item.name, getattr(after, item.name))
    row.logo, row.logo_width, row.logo_height = (
        (after.logo.data, after.logo.width, after.logo.height) if after.logo else (None, 0, 0)
    )
    row.colours = {token: list(colour) for token, colour in sorted(after.colours.items())}
    row.languages, row.domains = list(after.languages), list(after.domains)
    row.version, row.changed, row.changed_by = secrets.token_hex(8), now, actor
    row.save()


def _read(row: NewsroomSettings) -> Newsroom:
    plain: dict[str, Any] = {  # Any: columns, as `_write` filled them
        item.name: getattr(row, item.name) for item in fields(Newsroom) if item.name not in ("logo", "colours")
    }
    plain["languages"], plain["domains"] = tuple(row.languages), tuple(row.domains)
    return Newsroom(
        **plain,
        logo=Logo(bytes(row.logo), row.logo_width, row.logo_height) if row.logo else None,
        colours=MappingProxyType({token: Colour(*pair) for token, pair in row.colours.items()}),
    )
