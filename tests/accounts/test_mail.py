"""Mail that cannot be sent is logged without whom it was for."""

import smtplib

import pytest
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import EmailMessage
from structlog.testing import capture_logs

from standfirst.accounts import mail

ADDRESS = "ann@sallow.example"
REFUSALS = [
    smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no such user")}),
    smtplib.SMTPDataError(554, f"<{ADDRESS}> is blocked".encode()),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: type(one).__name__)
def test_no_address_is_logged(monkeypatch: pytest.MonkeyPatch, refusal: smtplib.SMTPException) -> None:
    def refuse(self: EmailBackend, messages: list[EmailMessage]) -> int:
        raise refusal

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with capture_logs() as logged:
        mail.Later().send_messages([EmailMessage("Hello", "Hello", "a@b.example", [ADDRESS])])
        mail._thread.submit(lambda: None).result()
    assert type(refusal).__name__ in logged[0]["reason"]
    assert ADDRESS in str(refusal)
    assert ADDRESS not in str(logged)
