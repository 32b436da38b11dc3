"""What the templates of signed-in pages can ask for: addresses of what is built, fields of forms."""

import json
from functools import cache
from importlib.resources import files

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString, mark_safe

from standfirst.accounts.models import Person

register = template.Library()

CODE = "40"
"""Characters of a code that is typed in, at most."""


@register.simple_tag
def built(name: str) -> str:
    """The address of a style sheet or script by its plain name ("desk.css"). Raises KeyError for one not built."""
    return f"/static/{_manifest()[name]}"


@cache
def _manifest() -> dict[str, str]:
    text = (files("standfirst") / "static" / "dist" / "manifest.json").read_text("utf-8")
    manifest: dict[str, str] = json.loads(text)
    return manifest


@register.simple_tag
def control(field: BoundField, hint: str = "", *, silent: bool = False, **attrs: str) -> SafeString:
    """A field's own element, described by its hint and its errors. `attrs` are HTML attributes, `_` standing for `-`.

    `silent`: its own help text is not shown.

    A placeholder goes: it is no label, and is not there any more when it is needed.
    """
    field.field.widget.attrs.pop("placeholder", None)
    given: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in attrs.items() if value}
    if field.field.widget.attrs.get("autocomplete") == "one-time-code":
        given = {"class": "otp", "autocapitalize": "none", "spellcheck": "false", "maxlength": CODE, **given}
    described = [f"{field.auto_id}_helptext"] if hint or (field.help_text and not silent) else []
    described += [f"{field.auto_id}_error"] if field.errors else []
    if described:
        given["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=given)


@register.filter
def inline(svg: str) -> SafeString:
    """A drawing that the server made itself, without the XML declaration that HTML does not know."""
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308  # never what somebody wrote


@register.filter
def has_passkey(person: Person) -> bool:
    """Whether there is a passkey that this account could be asked for."""
    return bool(is_mfa_enabled(person, [Authenticator.Type.WEBAUTHN]))
