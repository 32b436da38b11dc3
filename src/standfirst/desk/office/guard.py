"""Who may open a page of the newsroom's office: one decorator, asked before a view is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed

from standfirst.accounts import people, stepup
from standfirst.accounts.models import Person
from standfirst.accounts.roles import Action, Actor, ever
from standfirst.desk.execute import clock


class View(Protocol):
    """A page for somebody who may see it; the object of the address comes by name."""

    def __call__(self, request: HttpRequest, actor: Actor, /, **named: Any) -> HttpResponse: ...  # Any: of the address


def office(
    action: Action, *, methods: tuple[str, ...] = ("GET", "POST"), files: bool = False, under_freeze: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page for whoever may do `action` to something; its forms ask for the step-up that this action needs.

    Signed out: to the sign-in page. To everybody else the page is one that does not exist. `files`: its form has a
    file in it. `under_freeze`: it may be sent while all writing is stopped.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        proving = stepup.page(action)(view)

        @wraps(view)
        def guarded(request: HttpRequest, **named: Any) -> HttpResponse:  # Any: of the address
            actor = asker(request)
            if actor is None:
                return redirect_to_login(request.get_full_path())
            if not ever(actor, action):
                raise Http404
            if request.method not in (*methods, "HEAD"):
                return HttpResponseNotAllowed(methods)
            return proving(request, actor, **named)

        guarded.action = action  # type: ignore[attr-defined]  # read by site.permissions
        guarded.methods = methods  # type: ignore[attr-defined]
        guarded.takes_files = files  # type: ignore[attr-defined]  # read by site.limits
        guarded.under_freeze = under_freeze  # type: ignore[attr-defined]  # read by accounts.freeze's middleware
        return guarded

    return decorate


def asker(request: HttpRequest) -> Actor | None:
    """Who has this session, with the roles that hold now."""
    if not isinstance(request.user, Person):
        return None
    return people.actor(request.user, session_key=request.session.session_key or "", now=clock())
