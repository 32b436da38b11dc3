"""The lifeboat: every page of the newsroom as plain files that any web server can serve, with the record beside them.

Each file is written whole beside its place and then renamed, so a folder that is being served is never half a page. A
second export writes only what changed and removes what it wrote before and is no more.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import escape

from standfirst.press.edition import Edition
from standfirst.press.index import print_index
from standfirst.press.printer import Printer
from standfirst.record import journal
from standfirst.record.entry import public
from standfirst.story.story import Story

_LIST = ".standfirst-export.json"
_BEGUN = ".standfirst-export.begun"
_DRAFT = re.compile(r"\.(.+)\.\d+\.draft")
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"

Progress = Callable[[str, int], None]
"""Told the story at hand and how many files are done."""


class ExportRefused(ValueError):  # a refusal is no programming error
    """The folder cannot be used; the message names it and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export did, in files."""

    folder: str
    stories: int
    files: int
    written: int
    removed: int


def export(edition: Edition, folder: Path, *, progress: Progress = lambda slug, done: None) -> Exported:
    """Write the whole newsroom. `edition` should not follow (an archive has no live page). Raises ExportRefused."""
    target = _Folder(folder)
    stories: list[Story] = []
    for slug in sorted(journal.heads()):
        printer = Printer(edition)
        for entry in journal.read(slug):
            printer.take(entry, quiet=True)
            target.put(f"{slug}/log/{entry.seq}.json", public(entry))
        if printer.story is None:
            continue
        stories.append(printer.story)
        for resource in printer.resources():
            printed = printer.print(resource)
            if printed is not None:
                target.put(_place(slug, resource, printed.content_type), printed.body)
                progress(slug, target.done)
    target.put("index.html", print_index(edition, stories).body)
    target.put("sitemap.xml", _sitemap(edition, stories).encode())
    target.put("robots.txt", f"User-agent: *\nAllow: /\nSitemap: {edition.absolute('/sitemap.xml')}\n".encode())
    for name, data in (*_static(), *((f"static/{name}", data) for name, data in edition.files.items())):
        target.put(name, data)
    removed = target.finish()
    return Exported(
        folder=str(folder), stories=len(stories), files=target.done, written=target.written, removed=removed
    )


class _Folder:
    """The files under one folder. Knows from a list in it which of them an earlier export wrote."""

    def __init__(self, folder: Path) -> None:
        if folder.exists() and not folder.is_dir():
            raise ExportRefused(f"{folder} is a file: name a folder")
        self.folder = folder
        self.written = 0
        self._names: set[str] = set()
        self._before = self._listed()

    @property
    def done(self) -> int:
        return len(self._names)

    def put(self, name: str, data: bytes) -> None:
        """Write a file, unless it is there with the same bytes."""
        self._names.add(name)
        if self._write(name, data):
            self.written += 1

    def finish(self) -> int:
        """Remove what an earlier export wrote and this one did not. Gives the number of files removed."""
        for draft in list(self._drafts()):
            draft.unlink()
        gone = [self.folder / name for name in sorted(self._before - self._names)]
        removed = [path for path in gone if path.is_file()]
        for path in removed:
            path.unlink()
        for path in gone:
            self._prune(path)
        self._write(_LIST, json.dumps(sorted(self._names), indent=0).encode())
        (self.folder / _BEGUN).unlink(missing_ok=True)
        return len(removed)

    def _write(self, name: str, data: bytes) -> bool:
        path = self.folder / name
        try:
            if path.stat().st_size == len(data) and path.read_bytes() == data:
                return False
        except (FileNotFoundError, NotADirectoryError):
            pass
        try:
            self._begin(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
            draft.write_bytes(data)
            draft.replace(path)
        except OSError as error:
            raise ExportRefused(f"{path} cannot be written ({error.strerror}): name a folder that can") from None
        return True

    def _begin(self, name: str) -> None:
        """Note a new file before it is there, so that the next run knows what one that broke off has left."""
        if name not in self._before and name != _LIST:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / _BEGUN).open("a", encoding="utf-8") as begun:
                begun.write(f"{name}\n")

    def _drafts(self) -> Iterator[Path]:
        """What a run that broke off was writing."""
        for path in self.folder.rglob(".*.draft"):
            found = _DRAFT.fullmatch(path.name)
            if found and path.with_name(found[1]).relative_to(self.folder).as_posix() in {*self._before, _LIST}:
                yield path

    def _prune(self, path: Path) -> None:
        """Remove the folders above a file that is gone, as far as nothing else is in them."""
        for parent in path.parents:
            if parent == self.folder or (parent.is_dir() and any(parent.iterdir())):
                break
            if parent.is_dir():
                parent.rmdir()

    def _listed(self) -> set[str]:
        kept, begun = self.folder / _LIST, self.folder / _BEGUN
        if not kept.is_file() and not begun.is_file() and self.folder.is_dir() and any(self.folder.iterdir()):
            raise ExportRefused(f"{self.folder} has other files in it: name an empty folder or an earlier export")
        try:
            names = json.loads(kept.read_text("utf-8")) if kept.is_file() else []
            # The last line may have broken off, and then its file was never begun.
            names += begun.read_text("utf-8").split("\n")[:-1] if begun.is_file() else []
        except ValueError:
            raise ExportRefused(f"{kept} is damaged: export to another folder") from None
        return {
            name for name in names if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
        }


def _place(slug: str, resource: str, content_type: str) -> str:
    """Where a resource's file is, so that a server finds it at the resource's own address."""
    path = f"{slug}/{resource}".rstrip("/")
    return f"{path}/index.html" if content_type.startswith("text/html") else path


def _sitemap(edition: Edition, stories: list[Story]) -> str:
    rows = "".join(_row(edition.absolute(f"/{story.slug}"), story.modified) for story in stories)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_SITEMAP}">\n{rows}</urlset>\n'


def _row(address: str, modified: datetime) -> str:
    return f"<url><loc>{escape(address)}</loc><lastmod>{modified.isoformat(timespec='seconds')}</lastmod></url>\n"


def _static() -> Iterator[tuple[str, bytes]]:
    """The style, fonts and marks that pages name; the live script is left out, no page of an archive runs it."""
    root = Path(str(files("standfirst") / "static" / "dist"))
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix not in (".js", ".json", ".map"):
            yield f"static/{path.relative_to(root).as_posix()}", path.read_bytes()
