"""Signing in with an account elsewhere, by OpenID Connect: who may, and what an invitation makes of them."""

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone

from standfirst.accounts import invitations
from standfirst.accounts.models import Invitation, Person


class ElsewhereAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped package
    """Lets in whoever linked their account there, or was invited at an address which the provider says is theirs.

    A person is never found by the address alone: somebody else might get it there.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """A person links an account of the same address only. Raises ImmediateHttpResponse."""
        linking = sociallogin.state.get("process") == AuthProcess.CONNECT
        if linking and isinstance(request.user, Person) and request.user.email not in _proven(sociallogin):
            _refuse(request, f"it does not say that {request.user.email} is yours: use the account there that has it")

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whether there is an invitation. Raises ImmediateHttpResponse if not."""
        proven = _proven(sociallogin)
        if not proven:
            _refuse(request, "it does not say which e-mail address is yours: ask whoever runs it to confirm that")
        if Person.objects.filter(email__in=proven).exists():
            _refuse(request, "sign in here first in another way, then link it under “Other accounts”")
        if _invitation(proven) is None:
            _refuse(request, f"nobody has invited {proven[0]}: ask an owner of the newsroom to do so")
        return True

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Person:
        """Make the person that the invitation is for, linked. Raises ImmediateHttpResponse."""
        found = _invitation(_proven(sociallogin))
        if found is None:
            _refuse(request, "the invitation was used, revoked or has ended: ask for a new one")
        try:
            person = invitations.accept(
                found, name=_name(sociallogin, found), email=found.email, password=None, now=timezone.now()
            )
        except invitations.InvitationRefused as refused:
            _refuse(request, str(refused))
        sociallogin.user = person
        sociallogin.save(request, connect=True)
        return person


def _proven(sociallogin: SocialLogin) -> list[str]:
    """The addresses that the provider vouches for, as they are kept here."""
    return [str(one.email).lower() for one in sociallogin.email_addresses if one.verified]


def _invitation(addresses: list[str]) -> Invitation | None:
    """The newest that somebody with these addresses could accept."""
    standing = Invitation.objects.filter(email__in=addresses, again=None, accepted=None, revoked=None)
    return standing.filter(expires__gt=timezone.now()).first()


def _name(sociallogin: SocialLogin, found: Invitation) -> str:
    """What the inviter wrote, else what the provider says, else the address."""
    said = sociallogin.account.extra_data.get("userinfo", sociallogin.account.extra_data).get("name")
    usable = said.strip() if isinstance(said, str) and said.isprintable() else ""
    return found.name or usable[: invitations.NAME] or found.email.partition("@")[0]


def _refuse(request: HttpRequest, why: str) -> NoReturn:
    raise ImmediateHttpResponse(render(request, "socialaccount/refused.html", {"why": why}, status=403))
