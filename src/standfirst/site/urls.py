"""What Django answers: the API. Reader pages never get here, the edge serves them."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from standfirst.desk.api import api
from standfirst.desk.api.problems import problem

urlpatterns = [path("api/v1/", api.urls)]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 400, "bad-request", "the request cannot be read: check its address and headers")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 404, "not-found", "nothing is here: /api/v1/openapi.json lists what there is")


def broken(request: HttpRequest) -> HttpResponse:
    return problem(request, 500, "internal", "this is a fault of the server: send the request again, with the same key")


handler400 = "standfirst.site.urls.bad_request"
handler404 = "standfirst.site.urls.not_found"
handler500 = "standfirst.site.urls.broken"
