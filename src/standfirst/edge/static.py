"""The files of the built front end, from memory. Only names that were there at the start exist: no path leads out."""

import re
from collections.abc import Mapping
from pathlib import Path

from standfirst.edge.answers import DAY, FOREVER
from standfirst.edge.documents import Document, document

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_PACKED = frozenset({".png", ".webp", ".woff2"})
_HASHED = re.compile(r"[.-][0-9a-f]{8}\.[a-z0-9]+$")


class Static:
    """The folder's files by name below /static/. One is read and compressed when first asked for.

    `packages` are files from elsewhere, by name; the folder's own come first.
    """

    def __init__(self, folder: Path, packages: Mapping[str, Path] | None = None) -> None:
        found = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*"))}
        files = {**(packages or {}), **found}
        self._files = {name: file for name, file in files.items() if file.suffix in _TYPES and file.is_file()}
        self._documents: dict[str, Document] = {}

    def get(self, name: str) -> Document | None:
        """A file as a document; None: there is none of that name."""
        if name not in self._documents and name in self._files:
            file = self._files[name]
            guard = (("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),)
            self._documents[name] = document(
                file.read_bytes(),
                _TYPES[file.suffix],
                guard if file.suffix == ".svg" else (),
                compress=file.suffix not in _PACKED,
            )
        return self._documents.get(name)

    @staticmethod
    def cache(name: str) -> str:
        """For good if the name carries a hash of the content, else a day."""
        return FOREVER if _HASHED.search(name) else DAY
