"""`standfirst token`: the keys to the write API."""

import click

from standfirst.cli import newsroom


@click.group()
def token() -> None:
    """Make, list and revoke tokens for the HTTP API."""


@token.command()
@click.option("--role", required=True, metavar="ROLE", help="owner, editor, reporter or viewer.")
@click.option("--name", default="", metavar="NAME", help="Whose it is, for `token list`; the role if not given.")
@newsroom.as_json
@newsroom.where
def create(role: str, name: str, as_json: bool) -> None:
    """Make a token. It is printed alone on standard output, this once."""
    newsroom.ready()
    from standfirst.accounts import tokens

    made, text = tokens.create(name or role, role, now=newsroom.now())
    if as_json:
        newsroom.write_json({"id": made.public_id, "name": made.name, "role": made.role, "token": text})
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
        fields = ("public_id", "name", "role", "created", "last_used", "revoked")
        newsroom.write_json([{field: getattr(item, field) for field in fields} for item in found])
        return
    rows = [(t.public_id, t.role, t.name, t.created, t.last_used, t.revoked) for t in found]
    newsroom.table(rows, ("ID", "ROLE", "NAME", "CREATED", "LAST USED", "REVOKED"))


@token.command()
@click.argument("id")
@newsroom.as_json
@newsroom.where
def revoke(id: str, as_json: bool) -> None:
    """End a token, by the id that `token list` shows."""
    newsroom.ready()
    from standfirst.accounts import tokens

    gone = tokens.revoke(id, now=newsroom.now())
    if as_json:
        newsroom.write_json({"id": gone.public_id, "revoked": gone.revoked})
    else:
        click.echo(f"revoked {gone.public_id} ({gone.role}, {gone.name})")
