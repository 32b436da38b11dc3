"""`standfirst token`: the keys to the write API."""

from datetime import timedelta

import click

from standfirst.cli import newsroom


@click.group()
def token() -> None:
    """Make, list and revoke tokens for the HTTP API."""


@token.command()
@click.option("--scope", "scopes", multiple=True, required=True, metavar="SCOPE", help="What it may do; several times.")
@click.option("--name", default="", metavar="NAME", help="Whose it is, for `token list`; the scopes if not given.")
@click.option(
    "--days", type=click.IntRange(0, 3650), default=365, show_default=True, help="How long it lasts; 0: until revoked."
)
@newsroom.as_json
@newsroom.where
def create(scopes: tuple[str, ...], name: str, days: int, as_json: bool) -> None:
    """Make a token for a machine. It is printed alone on standard output, this once.

    Scopes: read; file (drafts of its own); publish (updates, and edits of its own); curate (summary, pin, key events,
    tags); edit (edit and correct anything); retract; story (open, change, end stories); drafts (everybody's); erase;
    audit; freeze.
    """
    newsroom.ready()
    from standfirst.accounts import tokens

    now = newsroom.now()
    expires = now + timedelta(days=days) if days else None
    made, text = tokens.create(name or " ".join(scopes)[:200], scopes, now=now, expires=expires, made_by=newsroom.who())
    if as_json:
        fields = {"id": made.public_id, "name": made.name, "scopes": made.scopes.split(), "expires": made.expires}
        newsroom.write_json({**fields, "token": text})
    else:
        click.echo(text)


@token.command(name="list")
@newsroom.as_json
@newsroom.where
def list_(as_json: bool) -> None:
    """List the tokens, oldest first; their texts are kept nowhere."""
    newsroom.ready()
    from standfirst.accounts import tokens

    found = tokens.listing()
    if as_json:
        fields = ("public_id", "name", "scopes", "created", "expires", "last_used", "revoked")
        newsroom.write_json([{field: getattr(item, field) for field in fields} for item in found])
        return
    rows = [(t.public_id, t.scopes, t.name, t.created, t.expires, t.last_used, t.revoked) for t in found]
    newsroom.table(rows, ("ID", "SCOPES", "NAME", "CREATED", "EXPIRES", "LAST USED", "REVOKED"))


@token.command()
@click.argument("id")
@newsroom.as_json
@newsroom.where
def revoke(id: str, as_json: bool) -> None:
    """End a token, by the id that `token list` shows."""
    newsroom.ready()
    from standfirst.accounts import tokens

    gone = tokens.revoke(id, now=newsroom.now(), by=newsroom.who())
    if as_json:
        newsroom.write_json({"id": gone.public_id, "revoked": gone.revoked})
    else:
        click.echo(f"revoked {gone.public_id} ({gone.scopes}, {gone.name})")
