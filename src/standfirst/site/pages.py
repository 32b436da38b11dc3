"""Small pages between the parts: where an account begins, and where signing in within a dialog of the desk ends."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def account(request: HttpRequest) -> HttpResponse:
    """`/account/`: how one signs in is what most come for."""
    return redirect("mfa_index")


@login_required
def done(request: HttpRequest) -> HttpResponse:
    """`/desk/done/`: its script tells the desk that somebody is signed in, or has proved who they are, once more."""
    return render(request, "standfirst/done.html")
