"""The newsroom's settings, and its logo."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from standfirst.accounts.newsroom import SettingsRefused, change, current
from standfirst.accounts.roles import Actor
from standfirst.desk.execute import clock
from standfirst.desk.office import forms
from standfirst.desk.office.guard import office
from standfirst.desk.office.overview import shown
from standfirst.press.colours import CONTRAST, DARK_PAPER, PAPER, TOKENS, contrast, is_colour, tint

SAVED = "Saved: readers' pages show it now, and those that are open offer to be loaded again."


@office("settings.change")
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everything but the logo. "Try colours" shows what was typed and saves nothing."""
    form = forms.Settings(request.POST or None, newsroom=current())
    tried = request.POST.get("try") == "colours"
    if form.is_valid() and not tried:
        wanted = form.wanted()
        try:
            change(actor.id, actor.session, clock(), **wanted)
        except SettingsRefused as refused:
            form.refuse(refused.errors, wanted)
        else:
            messages.success(request, SAVED)
            return redirect("office-settings")
    return _shown(request, actor, form, forms.UploadLogo())


@office("settings.change", files=True)
def logo(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new logo, or none."""
    form = forms.UploadLogo(request.POST, request.FILES) if request.method == "POST" else forms.UploadLogo()
    taken_away = request.POST.get("remove") == "yes"
    if request.method == "POST" and (taken_away or form.is_valid()):
        given = None if taken_away else form.cleaned_data["logo"].read()
        try:
            change(actor.id, actor.session, clock(), logo=given)
        except SettingsRefused as refused:
            form.add_error("logo", refused.errors["logo"])
        else:
            messages.success(request, SAVED)
            return redirect("office-settings")
    if request.method != "POST":
        return redirect("office-settings")
    return _shown(request, actor, forms.Settings(newsroom=current()), form)


def _shown(request: HttpRequest, actor: Actor, form: forms.Settings, upload: forms.UploadLogo) -> HttpResponse:
    return shown(
        request,
        actor,
        "settings",
        status=422 if form.errors or upload.errors else 200,
        form=form,
        upload=upload,
        newsroom=current(),
        general=[form[name] for name in ("name", "languages", "zone", "byline_style")],
        foot=[form[name] for name in ("corrections_policy", "principles", "legal_footer", "domains")],
        safety=[form[name] for name in ("publish_factor", "breaker_posts", "breaker_seconds", "mass_retraction")],
        colours=[_preview(form, token) for token in TOKENS],
    )


def _preview(form: forms.Settings, token: str) -> dict[str, Any]:  # Any: what the template looks up
    """A token's two fields, each with how words in it look."""
    sides = []
    for mode, paper, ours in (("light", PAPER, 0), ("dark", DARK_PAPER, 1)):
        field = form[f"{token}_{mode}"]
        typed = str(field.value() or "").strip().lower()
        colour = typed or forms.OURS[token][ours]
        sides.append({"field": field, "paper": paper, "colour": colour, **_judged(colour, paper), "ours": not typed})
    return {"token": token, "meaning": TOKENS[token], "sides": sides}


def _judged(colour: str, paper: str) -> dict[str, Any]:  # Any: as above
    """The contrast on paper, and the tint; nothing for what is no colour."""
    if not is_colour(colour):
        return {"ratio": None, "tint": paper, "well": False}
    found = contrast(colour, paper)
    return {"ratio": f"{found:.1f}", "tint": tint(colour, paper), "well": found >= CONTRAST}
