"""Letters that are no answer to a page: an invitation by e-mail."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from standfirst.accounts.models import Invitation


def invite(invitation: Invitation, link: str) -> bool:
    """Send the link to whom it is for; False: it names nobody, or the newsroom sends no mail, so give it by hand."""
    if not invitation.email or not settings.MAIL:
        return False
    said = {"invitation": invitation, "link": link, "newsroom_name": settings.CONFIG.name}
    subject = " ".join(render_to_string("account/email/invitation_subject.txt", said).split())
    send_mail(subject, render_to_string("account/email/invitation_message.txt", said), None, [invitation.email])
    return True
