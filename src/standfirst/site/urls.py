"""What Django answers: the API, the desk, accounts. Reader pages never get here, the edge serves them."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path

from standfirst.desk import views
from standfirst.desk.api import api
from standfirst.site import admin, pages, shell
from standfirst.site.refusing import refused

_SLUG = "[a-z0-9]+(?:-[a-z0-9]+)*"

urlpatterns = [
    path("api/v1/", api.urls),
    path("account/", pages.account, name="account"),
    path("account/", include("standfirst.accounts.urls")),
    path("admin/", admin.site.urls),
    path("desk/", views.desk, name="desk"),
    path("desk/worker.js", shell.worker),
    path("desk/manifest.webmanifest", shell.manifest),
    path("desk/done/", pages.done, name="desk-done"),
    path("desk/newsroom/", include("standfirst.desk.office.urls")),
    path("desk/open/", views.desk, name="desk-open"),
    path("desk/waiting/", views.desk, name="desk-waiting"),
    path("desk/settings/", views.desk, name="desk-settings"),
    re_path(
        rf"^desk/story/{_SLUG}/(?:(?:summary|schedule|settings|(?:update|draft)/[a-z][a-z0-9]{{9}})/)?\Z", views.desk
    ),
]
"""Of the app's pages, those that frontend/desk/router.ts knows."""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, 400, "bad-request", "the request cannot be read: check its address and headers")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, 403, "forbidden", "you may not do this: ask an owner of the newsroom")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    what = (
        "/api/v1/openapi.json lists what there is"
        if request.path.startswith("/api/")
        else "check the address, or begin at the desk"
    )
    return refused(request, 404, "not-found", f"nothing is here: {what}")


def broken(request: HttpRequest) -> HttpResponse:
    return refused(request, 500, "internal", "this is a fault of the server: send the request again, with the same key")


handler400 = "standfirst.site.urls.bad_request"
handler403 = "standfirst.site.urls.forbidden"
handler404 = "standfirst.site.urls.not_found"
handler500 = "standfirst.site.urls.broken"
