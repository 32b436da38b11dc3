"""What to do when the disk fails under the record: leave at once, and start anew from what is on it."""

import os
from typing import NoReturn

import structlog

EXIT_IO_ERROR = 74  # EX_IOERR of sysexits.h

log = structlog.get_logger("standfirst")


def leave(error: Exception) -> NoReturn:
    """End the process without another word to anybody: after a failed write nothing in memory is to be trusted.

    A client does not know whether its write was kept; it sends it again with the same key and gets the right answer.
    """
    log.critical("record broken", error=str(error), remedy="the process ends; whoever watches over it starts it again")
    os._exit(EXIT_IO_ERROR)
