"""What guesses are counted by, kept so that nobody can read an address out of it."""

from django.utils.crypto import salted_hmac


def key(key: str, prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION: a hash keyed by the newsroom's secret."""
    return salted_hmac("standfirst.accounts.counters", f"{prefix}:{version}:{key}", algorithm="sha256").hexdigest()
