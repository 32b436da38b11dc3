"""The brakes: the freeze switch, who is paused, and undoing what somebody published in a burst."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from standfirst.accounts import actors
from standfirst.accounts import brakes as service
from standfirst.accounts.brakes import BrakeRefused
from standfirst.accounts.roles import Actor, can
from standfirst.desk import undo as undoing
from standfirst.desk.execute import Busy, clock
from standfirst.desk.models import UpdateRow
from standfirst.desk.office import forms
from standfirst.desk.office.guard import office
from standfirst.desk.office.overview import shown
from standfirst.desk.stories import stories
from standfirst.desk.undo_plan import Step, said

LATELY = timedelta(days=1)
"""Whoever published within it can be chosen."""
POSTERS = 10


@office("freeze", methods=("GET",))
def brakes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How they stand."""
    return _shown(request, actor, forms.Freeze())


@office("freeze", methods=("POST",), under_freeze=True)
def freeze(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Stop all writing."""
    form = forms.Freeze(request.POST)
    if form.is_valid():
        try:
            service.freeze(actor, form.cleaned_data["why"], now=clock())
        except BrakeRefused as refused:
            form.add_error("why", str(refused))
        else:
            messages.success(request, "All writing is stopped. Readers go on reading.")
            return redirect("office-brakes")
    return _shown(request, actor, form)


@office("thaw", under_freeze=True)
def thaw(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Let writing go on, once that is confirmed."""
    if request.method != "POST":
        return shown(request, actor, "thaw", state=service.state(), stopped=stopped(service.state().by))
    service.thaw(actor, now=clock())
    messages.success(request, "Writing goes on.")
    return redirect("office-brakes")


@office("pause.lift", methods=("POST",))
def lift(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Let somebody go on whom the breaker paused."""
    paused = request.POST.get("actor", "")[:200]
    try:
        service.lift(paused, by=actor, now=clock())
    except BrakeRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{named(paused)} can go on.")
    return redirect("office-brakes")


@office("burst.undo", under_freeze=True)
def undo(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Whose burst, and since when (a day ago unless that is said); then what would be done; then it is done."""
    lately = f"{clock() - LATELY:%Y-%m-%dT%H:%M}"
    usual = {"since": lately, "reason": undoing.REASON}
    given = request.POST.dict() if request.method == "POST" else {**usual, **request.GET.dict()}
    form = forms.Burst(given if "actor" in given else None, initial={"since": lately})
    steps = None
    if form.is_valid():
        whose, since, reason = (form.cleaned_data[name] for name in ("actor", "since", "reason"))
        if request.method == "POST":
            return _undone(request, actor, whose, since, reason)
        steps = undoing.undo(whose, since, by=actor, reason=reason, dry_run=True)
        form.about_them()
    return shown(
        request,
        actor,
        "undo",
        status=422 if form.errors else 200,
        form=form,
        steps=None if steps is None else _listed(steps),
        planned=sum(bool(step.commands) for step in steps or ()),
        who=named(form.cleaned_data["actor"]) if steps is not None else "",
        posters=[{"id": id, "name": named(id), "count": count} for id, count in _posters()],
        lately=lately,
    )


def _undone(request: HttpRequest, actor: Actor, whose: str, since: datetime, reason: str) -> HttpResponse:
    try:
        steps = undoing.undo(whose, since, by=actor, reason=reason)
    except Busy as busy:
        messages.error(request, str(busy))
    else:
        done = sum(step.outcome == "done" for step in steps)
        left = len(steps) - done
        rest = f"; {left} {'was' if left == 1 else 'were'} left as they are" if left else ""
        messages.success(request, f"{done} {'change' if done == 1 else 'changes'} of {named(whose)} undone{rest}.")
    return redirect("office-brakes")


def _listed(steps: list[Step]) -> list[dict[str, object]]:
    """Steps for people: what each is about by its headline, and where that is."""
    headlines = {slug: story.headline for slug in {step.story for step in steps} if (story := stories.current(slug))}
    return [
        {
            "words": step.words or "Words that are gone",
            "what": said(step.kind, "the update"),
            "story": headlines.get(step.story, step.story) if step.update else "",
            "left": "" if step.commands else step.outcome,
        }
        for step in steps
    ]


def _posters() -> list[tuple[str, int]]:
    """Who published lately, the busiest first."""
    rows = UpdateRow.objects.filter(published__gte=clock() - LATELY, retracted=False)
    counted = rows.values_list("poster").annotate(count=Count("pk")).order_by("-count", "poster")[:POSTERS]
    return [(poster, count) for poster, count in counted if not poster.startswith(service.EXEMPT)]


def named(actor: str) -> str:
    """What people call the actor of this id."""
    return actors.names([actor])[actor]


def stopped(by: str) -> str:
    """Who stopped all writing, as the beginning of a sentence."""
    return "It was stopped from the server's command line" if by.startswith("cli:") else f"{named(by)} stopped it"


def _shown(request: HttpRequest, actor: Actor, form: forms.Freeze) -> HttpResponse:
    state = service.state()
    return shown(
        request,
        actor,
        "brakes",
        status=422 if form.errors else 200,
        form=form,
        state=state,
        stopped=stopped(state.by),
        paused=[{"one": pause, "who": named(pause.actor)} for pause in service.paused()],
        lifts=can(actor, "pause.lift"),
        thaws=can(actor, "thaw"),
    )
