"""What Django answers: the API. Reader pages never get here, the edge serves them."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
