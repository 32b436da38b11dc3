"""Scopes of the tokens that tests write with, by how much they may do."""

from standfirst.accounts.roles import SCOPES

SCOPES_OF: dict[str, tuple[str, ...]] = {
    "owner": tuple(SCOPES),
    "editor": tuple(scope for scope in SCOPES if scope not in ("erase", "audit", "freeze")),
    "reporter": ("read", "publish"),
    "viewer": ("read",),
}


def options(name: str) -> list[str]:
    """The same for `standfirst token create`."""
    return [part for scope in SCOPES_OF[name] for part in ("--scope", scope)]
