"""Which edition is printed: that of the newsroom's settings, looked at again whenever the record is."""

import structlog

from standfirst.desk import newsroom
from standfirst.edge.ports import Press
from standfirst.press.edition import Edition
from standfirst.press.index import print_index, print_missing
from standfirst.press.pages import Printed
from standfirst.press.printer import Printer

NOSNIFF = (("X-Content-Type-Options", "nosniff"),)

log = structlog.get_logger("standfirst")


class Editions:
    """Asked in one thread, the source's. `first` before `next`."""

    def __init__(self) -> None:
        self._version = ""

    def first(self) -> Press:
        """What is printed as the settings are now."""
        self._version = newsroom.version()
        return press(newsroom.edition(newsroom.current()))

    def next(self) -> Press | None:
        """What is printed from now on, if the settings changed. What cannot be printed is logged, and waited out."""
        version = newsroom.version()
        if version == self._version:
            return None
        self._version = version
        try:
            made = press(newsroom.edition(newsroom.current()))
        except ValueError as error:  # somebody else wrote the row
            log.error("newsroom settings", error=str(error), remedy="save them again in the desk")
            return None
        log.info("edition", id=made.edition)
        return made


def press(edition: Edition) -> Press:
    """All that the edge needs to print an edition."""
    for language in {edition.language, "en"}:
        edition.environment(language)  # reads every template, which would hold up the event loop

    def again(before: Printer) -> Printer:
        made = Printer(edition)
        made.resume(before)
        return made

    return Press(
        edition=edition.id,
        printer=lambda: Printer(edition),
        index=lambda stories: print_index(edition, stories),
        missing=lambda: print_missing(edition),
        again=again,
        files={name: Printed(data, "image/png", NOSNIFF) for name, data in edition.files.items()},
    )
