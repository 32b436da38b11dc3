"""Invitations: made, shown once, sent or printed, revoked. Editors invite to their stories, owners to the newsroom."""

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string

from standfirst.accounts import invitations, newsroom
from standfirst.accounts.invitations import InvitationRefused
from standfirst.accounts.models import Invitation
from standfirst.accounts.roles import Actor, Thing, can
from standfirst.desk.execute import clock
from standfirst.desk.models import StoryRow
from standfirst.desk.office import once
from standfirst.desk.office.forms import ROLES, Invite
from standfirst.desk.office.guard import office
from standfirst.desk.office.overview import shown

STORIES = 500
"""Stories that can be chosen, those with the newest activity."""


@office("story.invite")
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All that may be seen, and the form that makes one."""
    form = Invite(request.POST or None, actor=actor, stories=_stories(actor))
    if form.is_valid():
        try:
            made, secret = _made(form, actor)
        except InvitationRefused as refused:
            form.add_error(None, str(refused))
        else:
            if made.email and settings.MAIL:
                _send(made, secret)
                messages.success(request, f"The link is on its way to {made.email}.")
            return once.hand_over(request, redirect("office-invitation", invitation=made.public_id), secret)
    rows = [{"one": one, "state": _state(one)} for one in invitations.listing(by=actor)]
    status = 422 if form.errors else 200
    return shown(request, actor, "invitations", status=status, form=form, rows=rows, mail=settings.MAIL)


@office("story.invite", methods=("GET",))
def one(request: HttpRequest, actor: Actor, invitation: str) -> HttpResponse:
    """The link, once, to be copied or printed."""
    found = next((one for one in invitations.listing(by=actor) if one.public_id == invitation), None)
    secret = once.handed(request)
    if found is None or not secret or found.digest != invitations.digest(secret):
        return redirect("office-invitations")
    link = invitations.link(secret)
    return once.shown(
        shown(request, actor, "invitation", invitation=found, link=link, role=ROLES.get(found.role, found.role))
    )


@office("story.invite", methods=("POST",), under_freeze=True)
def revoke(request: HttpRequest, actor: Actor, invitation: str) -> HttpResponse:
    """The link works no more."""
    try:
        invitations.revoke(invitation, by=actor, now=clock())
    except InvitationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "That link works no more.")
    return redirect("office-invitations")


def _stories(actor: Actor) -> dict[str, str]:
    """Headlines by slug, of stories that this person may invite to."""
    rows = StoryRow.objects.order_by("-modified", "slug").values_list("slug", "headline")
    if not can(actor, "story.invite"):
        rows = rows.filter(slug__in=[slug for slug in actor.stories if can(actor, "story.invite", Thing(slug))])
    return dict(rows[:STORIES])


def _made(form: Invite, actor: Actor) -> tuple[Invitation, str]:
    given = form.cleaned_data
    return invitations.make(
        given["role"],
        by=actor,
        now=clock(),
        email=given["email"],
        name=given["name"],
        publishes=given.get("publishes", False),
        story=given["story"],
        grant_expires=form.ends,
        lasts=form.lasts,
    )


def _send(made: Invitation, secret: str) -> None:
    house = newsroom.current().name
    words = {"invitation": made, "link": invitations.link(secret), "newsroom": house}
    send_mail(f"Your invitation to {house}", render_to_string("desk/office/invitation.txt", words), None, [made.email])


def _state(invitation: Invitation) -> str:
    if invitation.accepted is not None:
        return "accepted"
    if invitation.revoked is not None:
        return "revoked"
    return "open" if invitation.stands(clock()) else "ended"
