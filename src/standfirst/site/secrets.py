"""Secrets of one newsroom, made at first need in `home/secrets`, readable by their owner alone."""

import os
import secrets
from pathlib import Path


def django_key(home: Path) -> str:
    """The key that Django signs with: 256 random bits, made once."""
    return _secret(home / "secrets" / "django.key")


def _secret(path: Path) -> str:
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # whoever is first wins, whole
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
