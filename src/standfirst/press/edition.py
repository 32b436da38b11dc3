"""An edition: everything that decides what the same story looks like. Its id changes when any of that does."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from standfirst.press.look import Look
from standfirst.press.words import words

_PACKAGE = Path(str(files("standfirst")))
_TEMPLATES = _PACKAGE / "press" / "templates"
_DIST = _PACKAGE / "static" / "dist"
_PRINTING = ("babel", "jinja2", "nh3")
"""Packages that have a hand in what a page says."""


@dataclass(frozen=True)
class Edition:
    """One newsroom's look. `language` is that of pages without a story; `follow` False prints for an archive."""

    name: str = "Standfirst"
    base_url: str = "http://127.0.0.1:8000"
    language: str = "en"
    follow: bool = True
    look: Look = field(default_factory=Look)

    @cached_property
    def id(self) -> str:
        """Twelve characters that are the same as long as old and new mark-up can stand on one page."""
        digest = hashlib.sha256(repr((self.name, self.base_url, self.language, self.follow)).encode())
        digest.update(self.look.mark.encode())
        for part in (*_sources(_PACKAGE), self.css.encode(), self.script.encode()):
            digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()[:12]

    @cached_property
    def css(self) -> str:
        """The minified style sheet, which stands in every page."""
        return (_DIST / "reader.css").read_text("utf-8").strip() + self.look.css

    @property
    def files(self) -> dict[str, bytes]:
        """Files below /static/ that belong to this edition alone, by name."""
        return {self.look.logo.file: self.look.logo.data} if self.look.logo else {}

    @cached_property
    def script(self) -> str:
        """Address of the reader script, or "" where pages do not follow their story."""
        manifest = _DIST / "manifest.json"
        if not (self.follow and manifest.is_file()):
            return ""
        return f"/static/{json.loads(manifest.read_text('utf-8'))['reader.js']}"

    @cached_property
    def preloads(self) -> tuple[str, ...]:
        """Addresses of the two fonts that are above the fold."""
        names = sorted(file.name for file in (_DIST / "fonts").iterdir())
        return tuple(
            f"/static/fonts/{name}"
            for name in names
            if name.startswith(("news-display-", "news-text-")) and "italic" not in name
        )

    @cached_property
    def style_hash(self) -> str:
        """What a Content-Security-Policy calls the style sheet in the page."""
        return f"'sha256-{base64.b64encode(hashlib.sha256(self.css.encode()).digest()).decode()}'"

    @cached_property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers of every page: nothing from elsewhere, no script in the page, no markup from strings."""
        policy = (
            f"default-src 'none'; style-src 'self' {self.style_hash}; script-src 'self'; connect-src 'self'; "
            "img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
            "require-trusted-types-for 'script'; trusted-types standfirst"
        )
        return (
            ("Content-Security-Policy", policy),
            ("Referrer-Policy", "strict-origin-when-cross-origin"),
            ("X-Content-Type-Options", "nosniff"),
        )

    def absolute(self, path: str) -> str:
        """The public address of a path on this site."""
        return self.base_url.rstrip("/") + path

    def environment(self, language: str) -> Environment:
        """The templates, speaking a language."""
        known = self._environments
        if language not in known:
            known[language] = _environment(self, language)
        return known[language]

    @cached_property
    def frames(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Frames of pages that were rendered already (see `pages.front`)."""
        return {}

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        return {}


def _environment(edition: Edition, language: str) -> Environment:
    spoken = words(language)
    env = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    env.install_gettext_callables(spoken.gettext, spoken.ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    env.globals.update(edition=edition, css=Markup(edition.css), words=spoken)  # noqa: S704  # our own style sheet
    for name in env.list_templates():  # all now: an upgrade on disk must not mix with what is running
        env.get_template(name)
    return env


def _sources(package: Path) -> list[bytes]:
    """What prints, in a fixed order: templates, catalogues, code, and the versions of the packages it uses."""
    patterns = ("press/templates/*.j2", "locale/*/LC_MESSAGES/standfirst.mo", "press/*.py", "story/**/*.py")
    paths = [path for pattern in patterns for path in sorted(package.glob(pattern))]
    return [*(path.read_bytes() for path in paths), *(version(name).encode() for name in _PRINTING)]
