"""Our own pages beside django-allauth's: a way in by a link, what comes after it, and one's sessions."""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import PasswordResetView, RequestLoginCodeView
from allauth.core import ratelimit
from allauth.usersessions.views import ListUserSessionsView
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from standfirst.accounts import audit, invitations, recovery, sessions
from standfirst.accounts.forms import Accept, NewPassword
from standfirst.accounts.models import Invitation, Person

RECENT = 10
"""Sign-ins shown."""


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The way in that a link gives. Only its form changes anything: programs that read mail open links too."""
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="signup")
    if limited is not None:
        return limited
    found = invitations.find(secret, now=timezone.now())
    if found is None:
        return render(request, "account/invitation_gone.html", status=404)
    if found.again is not None:
        return _again(request, found, found.again)
    if isinstance(request.user, Person):
        return _accept_as(request, found, request.user)
    return _accept(request, found)


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = Accept(request.POST or None, invitation=found)
    if form.is_valid():
        given = form.cleaned_data
        try:
            person = invitations.accept(
                found, name=given["name"], email=given["email"], password=given["password"], now=timezone.now()
            )
        except invitations.InvitationRefused as refused:
            form.add_error(None, str(refused))
        else:
            return _signed_in(request, person, reverse("account_welcome"))
    return _shown(request, "account/invitation.html", found, form)


def _accept_as(request: HttpRequest, found: Invitation, person: Person) -> HttpResponse:
    """Somebody signed in is asked for nothing but a yes."""
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            invitations.accept_as(found, person, now=timezone.now())
        except invitations.InvitationRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(settings.LOGIN_REDIRECT_URL)
    return _shown(request, "account/invitation_accept.html", found, form)


def _again(request: HttpRequest, found: Invitation, person: Person) -> HttpResponse:
    form = NewPassword(request.POST or None, person=person)
    if form.is_valid():
        try:
            person = recovery.use(found, form.cleaned_data["password"], now=timezone.now())
        except invitations.InvitationRefused as refused:
            form.add_error(None, str(refused))
        else:
            return _signed_in(request, person, reverse("mfa_index"), recovered=True)
    return _shown(request, "account/recovery.html", found, form)


def _shown(request: HttpRequest, template: str, found: Invitation, form: forms.Form) -> HttpResponse:
    return render(request, template, {"form": form, "invitation": found}, status=422 if form.errors else 200)


def _signed_in(request: HttpRequest, person: Person, next_url: str, *, recovered: bool = False) -> HttpResponse:
    """Signed in at once by the password just chosen: who comes in again has lost what else would be asked for.

    `recovered`: in these minutes they may take away what they lost, see `accounts.keys`.
    """
    record_authentication(request, person, method="password", reauthenticated=True, recovered=recovered)
    adapter = get_adapter()
    adapter.login(request, person)
    response: HttpResponse = adapter.post_login(
        request,
        person,
        email_verification=app_settings.EmailVerificationMethod.NONE,
        signal_kwargs=None,
        email=person.email,
        signup=False,
        redirect_url=next_url,
    )
    return response


@login_required
def welcome(request: HttpRequest) -> HttpResponse:
    """The first page of somebody new: it offers a passkey."""
    return render(request, "account/welcome.html")


class Sessions(ListUserSessionsView):  # type: ignore[misc]  # untyped package
    """One's open sessions and recent sign-ins. Its form ends all others."""

    def get_context_data(self, **given: Any) -> dict[str, Any]:  # Any: what templates look up
        """Beside what django-allauth shows: `open`, of `sessions.Session`, and `recent` sign-ins of `audit.Noted`."""
        person, key = self.request.user, self.request.session.session_key or ""
        begun = (one for one in audit.entries(actor=person.actor_id, limit=200) if one.action == "session.begin")
        recent = [{"at": one.at, **one.detail} for _, one in zip(range(RECENT), begun, strict=False)]
        return {**super().get_context_data(**given), "open": sessions.of(person, current_key=key), "recent": recent}


@login_required
@require_POST
def end_session(request: HttpRequest, id: str) -> HttpResponse:
    """End one of one's own, by its public id."""
    person = request.user
    assert isinstance(person, Person)  # by login_required
    own = sessions.session_id(request.session.session_key or "")
    if not sessions.end(person, id, by=person.actor_id, session=own):
        raise Http404
    if id == own:
        request.session.flush()
        return HttpResponseRedirect(reverse("account_login"))
    messages.success(request, "That session has ended.")
    return HttpResponseRedirect(reverse("usersessions_list"))


class ResetPassword(PasswordResetView):  # type: ignore[misc]  # untyped package
    """A new password by e-mail; where the newsroom sends none it says so."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Any: as Django has it
        response: HttpResponse = super().dispatch(request, *args, **kwargs) if settings.MAIL else _no_mail(request)
        return response


class RequestCode(RequestLoginCodeView):  # type: ignore[misc]  # untyped package
    """A code by e-mail to sign in with; as above."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Any: as Django has it
        response: HttpResponse = super().dispatch(request, *args, **kwargs) if settings.MAIL else _no_mail(request)
        return response


def _no_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "account/no_mail.html", status=404)
