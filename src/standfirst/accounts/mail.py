"""Mail that leaves by itself: no page waits for a mail server, nor tells by its time whether it wrote to one."""

import smtplib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import structlog
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import EmailMessage

WAITING = 200
"""Messages that wait to be sent; of more, the newest are lost, which is logged."""

log = structlog.get_logger("standfirst.mail")

_thread = ThreadPoolExecutor(1, thread_name_prefix="mail")
_room = BoundedSemaphore(WAITING)


class Later(BaseEmailBackend):
    """Sends each message by SMTP (Django's EMAIL_ settings) in a thread that all share, in order."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many will be sent. What fails is logged, without whom it was for."""
        taken = 0
        for message in email_messages:
            if not _room.acquire(blocking=False):
                log.error(
                    "mail lost", reason=f"{WAITING} messages wait already: check the server in STANDFIRST_MAIL_URL"
                )
                continue
            _thread.submit(_send, message)
            taken += 1
        return taken


def _send(message: EmailMessage) -> None:
    try:
        EmailBackend().send_messages([message])
    except (OSError, smtplib.SMTPException) as error:
        log.error("mail not sent", reason=_reason(error), remedy="check STANDFIRST_MAIL_URL")
    finally:
        _room.release()


def _reason(error: OSError | smtplib.SMTPException) -> str:
    """What went wrong. A mail server's own words may have the address in them: of those the code alone."""
    name = type(error).__name__
    if isinstance(error, smtplib.SMTPException):
        return f"{name} {getattr(error, 'smtp_code', '')}".rstrip()
    return f"{name}: {error}"
