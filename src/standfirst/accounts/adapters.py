"""What this house tells django-allauth where it asks: nobody signs up alone, and little is kept of anybody."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest

from standfirst.accounts import sessions
from standfirst.accounts.models import Person
from standfirst.accounts.sealed import opened, sealed

# Any below: as django-allauth has it, which is not typed.


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # untyped package
    """People."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: see `accounts.invitations`."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Who asks, for limits: `site.hosts` found out, or the connection has no address. See `sessions.prefix`."""
        return str(request.META.get("REMOTE_ADDR", ""))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """With the newsroom's name; a message about one's own account tells the network, not the address."""
        known = {**context, "newsroom_name": settings.CONFIG.name, "desk_url": settings.CONFIG.desk_url}
        if "ip" in known:
            known["ip"] = sessions.prefix(known["ip"])
        known["current_site"] = {"name": settings.CONFIG.name, "domain": urlsplit(settings.CONFIG.desk_url).netloc}
        super().send_mail(template_prefix, email, known)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # untyped package
    """Passkeys and codes."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the name that people sign in at, whatever a request says."""
        return {"id": urlsplit(settings.CONFIG.desk_url).hostname or "", "name": settings.CONFIG.name}

    def get_public_key_credential_user_entity(self, user: Person) -> dict[str, Any]:
        """As a device shows it."""
        return {**super().get_public_key_credential_user_entity(user), "display_name": user.name}

    def get_totp_issuer(self) -> str:
        """What an authenticator app shows above the code."""
        return str(settings.CONFIG.name)

    def encrypt(self, text: str) -> str:
        """Secrets that codes are made of; a copy of the database alone does not give them away."""
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was given to `encrypt`."""
        return opened(encrypted_text)


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]  # untyped package
    """Sessions."""

    def end_sessions(self, ended: list[UserSession]) -> None:
        """With what is open on them, and a note of who did it."""
        request = context.request
        sessions.end_rows(ended, by=request.user.actor_id, session=sessions.session_id(request.session.session_key))
