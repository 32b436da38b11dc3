"""The page that holds the desk app. It says nothing of anybody, for browsers keep it: the app asks the API."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Whichever screen the address names: that is the app's own matter."""
    return render(request, "desk/desk.html")
