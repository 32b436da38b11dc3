"""Tokens of machines: made and shown once, listed with their last use, revoked."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from standfirst.accounts import tokens
from standfirst.accounts.models import Token
from standfirst.accounts.roles import Actor
from standfirst.accounts.tokens import TokenRefused
from standfirst.desk.execute import clock
from standfirst.desk.office import once
from standfirst.desk.office.forms import MakeToken, midnight
from standfirst.desk.office.guard import office
from standfirst.desk.office.overview import shown


@office("token.manage")
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All of them, and the form that makes one."""
    form = MakeToken(request.POST or None)
    if form.is_valid():
        try:
            token, text = make(form, actor)
        except TokenRefused as refused:
            form.add_error(None, str(refused))
        else:
            return once.hand_over(request, redirect("office-token", token=token.public_id), text)
    now = clock()
    rows = [{"token": token, "stands": tokens.stands(token, now)} for token in reversed(tokens.listing())]
    rows.sort(key=lambda row: not row["stands"])
    return shown(request, actor, "tokens", status=422 if form.errors else 200, form=form, rows=rows)


@office("token.manage", methods=("GET",))
def one(request: HttpRequest, actor: Actor, token: str) -> HttpResponse:
    """The token itself, once."""
    text = once.handed(request)
    found = Token.objects.filter(public_id=token).first()
    if found is None or not text.startswith(f"sf_{found.public_id}_"):
        return redirect("office-tokens")
    return once.shown(shown(request, actor, "token", token=found, text=text))


@office("token.manage", under_freeze=True)
def revoke(request: HttpRequest, actor: Actor, token: str) -> HttpResponse:
    """It works no more, once that is confirmed."""
    found = Token.objects.filter(public_id=token).first()
    if found is None:
        raise Http404
    if request.method != "POST":
        return shown(request, actor, "token_revoke", token=found)
    tokens.revoke(token, now=clock(), by=actor.id, session=actor.session)
    messages.success(request, f"The token {found.name} works no more.")
    return redirect("office-tokens")


def make(form: MakeToken, actor: Actor) -> tuple[Token, str]:
    """What the form asks for, noted. Raises TokenRefused."""
    given = form.cleaned_data
    return tokens.create(
        given["name"],
        given["scopes"],
        now=clock(),
        expires=midnight(given["until"]),
        made_by=actor.id,
        session=actor.session,
    )
