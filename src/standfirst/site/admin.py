"""Django's admin, for owners: to look things up. What matters is changed by the services, in the newsroom's office.

Nothing can be added, changed or deleted here, by form or by POST. Models of other packages are not shown, for they hold
what people sign in with; but addresses and linked accounts are.
"""

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.db.models import BinaryField, JSONField, Model, TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from standfirst.accounts.models import Person

ROOMS = ("record", "desk", "accounts")
SECRET = frozenset({"password", "digest"})
"""Fields that nobody is shown: something could be guessed from them. Nor is what is no text."""
LIST = 6
"""Columns of a list."""


class Lookup(AdminSite):
    """For owners; to everybody else who is signed in it is not there."""

    site_header = site_title = "Standfirst"
    index_title = "To look things up"
    enable_nav_sidebar = False  # it needs its script

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Where everybody signs in, so that nobody passes by their second factor."""
        if isinstance(request.user, Person):
            raise Http404
        return redirect_to_login(request.GET.get("next", "/admin/")[:2000])

    def password_change(  # type: ignore[override]  # Django's stubs know of a page only
        self, request: HttpRequest, extra_context: object = None
    ) -> HttpResponse:
        """Where everybody does so."""
        return redirect("account_change_password")


if TYPE_CHECKING:
    Base = ModelAdmin[Any]  # Any: one for all models
else:
    Base = ModelAdmin  # takes no parameter when it runs


class ReadOnly(Base):
    """A model that is looked at."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Nor may a query of an address ask about what is not shown: letter by letter it would be told."""
        return SECRET.isdisjoint(lookup.split("__")) and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]  # Django has no None

    def get_list_display(self, request: HttpRequest) -> list[Any]:  # Any: as Django has it
        """The first fields that are short."""
        return [field for field in self._named() if not self._is(field, TextField, JSONField)][:LIST]

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[Any]:  # Any: as above
        return self._named()

    def _named(self) -> list[str]:
        return [f.name for f in self.opts.fields if f.name not in SECRET and not isinstance(f, BinaryField)]

    def _is(self, name: str, *kinds: type[Any]) -> bool:  # Any: kinds of fields
        return isinstance(self.opts.get_field(name), kinds)


def _shown() -> list[type[Model]]:
    ours = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    return [*ours, EmailAddress, SocialAccount]


site = Lookup(name="admin")
site.register(_shown(), ReadOnly)
