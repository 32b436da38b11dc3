"""`standfirst backup` and `standfirst restore`: everything a newsroom has, in one file, and back."""

from pathlib import Path

import click

from standfirst.cli import newsroom

PASSPHRASE = "STANDFIRST_BACKUP_PASSPHRASE"  # noqa: S105  # the name of a variable
_MOST = 4096


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--recipient", "recipients", multiple=True, metavar="AGE1…", help="Encrypt to this age key; several times."
)
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), help=f"Encrypt with its first line; or {PASSPHRASE}."
)
@click.option("--without-secrets", is_flag=True, help="Leave out the newsroom's keys; needed if nothing is encrypted.")
@newsroom.as_json
@newsroom.where
def backup(
    file: Path, recipients: tuple[str, ...], passphrase_file: Path | None, without_secrets: bool, as_json: bool
) -> None:
    """Write everything the newsroom has, of this moment, to FILE. It may go on publishing meanwhile.

    The last line is the root hash, which `standfirst verify` and `standfirst restore` print, too.
    """
    config = newsroom.ready()
    from standfirst.site import backup as site
    from standfirst.site import sealing

    secret = "" if recipients and not passphrase_file else _passphrase(passphrase_file)
    lock = sealing.Lock(recipients=recipients, passphrase=secret)
    made = site.make(config, file, lock, secrets=not without_secrets, at=newsroom.now(), by=newsroom.who())
    size = file.stat().st_size
    if as_json:
        newsroom.write_json(
            {"file": file, "bytes": size, "encrypted": bool(lock), "heads": made.heads, "root": made.root}
        )
        return
    if without_secrets:
        newsroom.warn("Without the newsroom's secrets: after a restore everybody has to sign in again.")
    click.echo(f"{file}: {size:,} bytes, {'encrypted' if lock else 'not encrypted'}")
    click.echo(f"root {made.root}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--identity", type=click.Path(path_type=Path), help="File with the age key that opens it.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help=f"Its first line opens it; or {PASSPHRASE}.")
@newsroom.as_json
@newsroom.where
def restore(file: Path, identity: Path | None, passphrase_file: Path | None, as_json: bool) -> None:
    """Make a newsroom from the backup FILE, in an empty --home (and an empty --database, if it was PostgreSQL).

    Every byte is compared with what was backed up, then the record is verified. Exit status 1 if anything is wrong.
    """
    config = newsroom.configured()
    from standfirst.site import boot, sealing

    boot.setup(config)
    from standfirst.site import restore as site

    key = sealing.Key(identities=_identities(identity), passphrase=_passphrase(passphrase_file))
    try:
        manifest, faults = site.restore(config, file, key)
    except sealing.Damaged as damaged:
        click.echo(f"{file}: {damaged}; nothing was restored")
        raise click.exceptions.Exit(1) from None
    if as_json:
        listed = [str(fault) for fault in faults]
        newsroom.write_json({"home": config.home, "made": manifest.made, "root": manifest.root, "faults": listed})
    else:
        for fault in faults:
            click.echo(str(fault))
        if not manifest.secrets:
            newsroom.warn("Without the newsroom's secrets: everybody has to sign in again.")
        click.echo(f"restored to {config.home}, as of {manifest.made}")
        click.echo(f"root {manifest.root}")
    if faults:
        raise click.exceptions.Exit(1)


def _passphrase(file: Path | None) -> str:
    """From the file, else from the environment; "" if there is none. Raises Refused."""
    import os

    text = file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r") if file else os.environ.get(PASSPHRASE, "")
    if file and not text:
        raise newsroom.Refused(f"{file} begins with an empty line: write the passphrase there")
    if len(text) > _MOST:
        raise newsroom.Refused(f"the passphrase has {len(text)} characters: give at most {_MOST}")
    return text


def _identities(file: Path | None) -> tuple[str, ...]:
    if file is None:
        return ()
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines()[:1000])
    return tuple(line for line in lines if line and not line.startswith("#"))
