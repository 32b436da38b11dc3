"""Static files of Django's packages, which the edge serves beside ours: those of its admin and of django-allauth."""

from pathlib import Path

from django.contrib.staticfiles.finders import get_finders


def package_files() -> dict[str, Path]:
    """By their names below /static/, as django.contrib.staticfiles finds them; of two of one name, the first."""
    found: dict[str, Path] = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            found.setdefault(name.replace("\\", "/"), Path(storage.path(name)))
    return found
