"""Short secrets that must be read again, encrypted with a key that is not in the database."""

import base64
import hashlib
import secrets

import structlog
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

log = structlog.get_logger("standfirst")


def sealed(text: str) -> str:
    """What may be stored of `text`."""
    return _box().encrypt(text.encode()).decode()


def opened(stored: str) -> str:
    """The text of `sealed`; for what another key sealed, as after a restore without it, a text that fits nothing.

    So codes made from it are wrong, which is said as for any wrong code, and the log says why.
    """
    try:
        return _box().decrypt(stored.encode()).decode()
    except InvalidToken:
        log.error("sealed by another key", remedy="restore secrets/django.key, or use `standfirst user link`")
        return base64.b32encode(secrets.token_bytes(20)).decode()


def _box() -> Fernet:
    """By the newsroom's secret: who has it could sign in as anybody, so that a second one would protect nothing."""
    key = hashlib.sha256(f"standfirst.accounts.sealed {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
