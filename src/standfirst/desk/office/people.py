"""People: who they are to the newsroom, their sessions, and letting them go."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from standfirst.accounts import people, sessions, tokens
from standfirst.accounts.models import Person
from standfirst.accounts.people import PersonRefused
from standfirst.accounts.roles import Actor
from standfirst.desk.execute import clock
from standfirst.desk.office.forms import ROLES, Role
from standfirst.desk.office.guard import office
from standfirst.desk.office.overview import shown


@office("people.manage", methods=("GET",))
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everybody, those who left at the end."""
    now = clock()
    rows = [
        {"person": person, "grants": [grant for grant in person.grants.all() if grant.holds(now)]}
        for person in sorted(people.listing(), key=lambda person: not person.is_active)
    ]
    return shown(request, actor, "people", rows=rows)


@office("people.manage")
def one(request: HttpRequest, actor: Actor, person: str) -> HttpResponse:
    """One of them. The form gives a role, and says whether a reporter may publish."""
    found = _found(person)
    form = Role(request.POST or None, initial={"role": found.role, "publishes": found.publishes})
    if form.is_valid():
        try:
            changed = people.change_role(found, form.cleaned_data["role"], by=actor)
            people.set_publishes(changed, form.cleaned_data["publishes"], by=actor)
        except PersonRefused as refused:
            form.add_error("role", str(refused))
        else:
            messages.success(request, f"{found.name} is now {changed.role or 'without a role in the newsroom'}.")
            return redirect("office-person", person=person)
    return shown(
        request,
        actor,
        "person",
        status=422 if form.errors else 200,
        form=form,
        person=found,
        role=ROLES.get(found.role, ""),
        sessions=sessions.of(found),
        grants=[grant for grant in found.grants.all() if grant.holds(clock())],
    )


@office("people.manage", methods=("POST",))
def end_sessions(request: HttpRequest, actor: Actor, person: str) -> HttpResponse:
    """One session, by its id in the form, or all of them."""
    found, id = _found(person), request.POST.get("session", "")
    if id:
        sessions.end(found, id, by=actor.id, session=actor.session)
        messages.success(request, "That session has ended.")
    else:
        count = sessions.end_all(found, by=actor.id, session=actor.session)
        messages.success(request, f"{count} {'session has' if count == 1 else 'sessions have'} ended.")
    return redirect("office-person", person=person)


@office("people.manage", methods=("POST",))
def end_grant(request: HttpRequest, actor: Actor, person: str) -> HttpResponse:
    """A single story is taken away."""
    try:
        people.end_grant(_found(person), request.POST.get("story", "")[:80], by=actor)
    except PersonRefused as refused:
        messages.error(request, str(refused))
    return redirect("office-person", person=person)


@office("people.manage")
def leave(request: HttpRequest, actor: Actor, person: str) -> HttpResponse:
    """Let somebody go, once that is confirmed; or let somebody who left in again."""
    found = _found(person)
    if request.method != "POST":
        made = [
            token for token in tokens.listing() if token.made_by == found.actor_id and tokens.stands(token, clock())
        ]
        return shown(request, actor, "person_leave", person=found, tokens=made)
    try:
        if found.is_active:
            people.deactivate(found, by=actor)
            messages.success(request, f"{found.name} cannot sign in any more.")
        else:
            people.reactivate(found, by=actor)
            messages.success(request, f"{found.name} can sign in again.")
    except PersonRefused as refused:
        messages.error(request, str(refused))
    return redirect("office-person", person=person)


def _found(public_id: str) -> Person:
    person = Person.objects.filter(public_id=public_id).prefetch_related("grants").first()
    if person is None:
        raise Http404
    return person
