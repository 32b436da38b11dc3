"""Tell the owners what a brake did: the desk by a signal, themselves by mail.

Mail goes out after the commit, and no mail server can hold up what it tells of.
"""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from standfirst.accounts.models import Person
from standfirst.accounts.signals import brake_turned

SUBJECTS = {"freeze": "All writing is stopped", "thaw": "Writing goes on", "pause": "Somebody was paused"}

log = logging.getLogger(__name__)


def tell(kind: str, said: str) -> None:
    """Tell of a `kind` of SUBJECTS, in the transaction that did it; `said` is a sentence without its full stop."""
    brake_turned.send(sender=None, kind=kind, said=said)
    if settings.CONFIG.mail_url:
        transaction.on_commit(lambda: _mail(kind, said), robust=True)


def _mail(kind: str, said: str) -> None:
    subject = f"{SUBJECTS[kind]}: {settings.CONFIG.name}"
    for address in Person.objects.filter(role="owner", is_active=True).values_list("email", flat=True):
        try:  # one by one: owners need not learn each other's addresses
            send_mail(subject, f"{said}.\n", None, [address])
        except (SMTPException, OSError) as error:
            log.warning("the owners are not told by mail (%s): check STANDFIRST_MAIL_URL", error)
            return
