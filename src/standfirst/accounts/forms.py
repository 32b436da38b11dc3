"""The forms of our own pages: to accept an invitation, and to come in again."""

from allauth.account.adapter import get_adapter
from allauth.account.fields import PasswordField
from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from django import forms
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest, QueryDict

from standfirst.accounts.invitations import ADDRESS, NAME
from standfirst.accounts.models import Invitation, Person

NOBODY = "nobody@nowhere.example"
PASSWORD_MOST = 200
"""Characters: hashing takes time by length."""


class NewPassword(forms.Form):
    """A password that is not easy to guess, typed once: whoever mistypes it gets a new one by e-mail or by a link."""

    password = PasswordField(
        label="Password",
        autocomplete="new-password",
        max_length=PASSWORD_MOST,
        help_text="At least 12 characters: some words that nobody says together do well.",
    )

    def __init__(self, data: QueryDict | None = None, *, person: Person | None = None) -> None:
        """`person`: whose it becomes, if there is one already."""
        super().__init__(data)
        self.person = person

    def clean(self) -> dict[str, object] | None:
        """Judged with the name and the address, which it must not repeat."""
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if password:
            person = self.person or Person(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
            try:
                get_adapter().clean_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class Accept(NewPassword):
    """What makes an account of an invitation. An address that the invitation names stays."""

    name = forms.CharField(max_length=NAME, help_text="As others in the newsroom see it.")
    email = forms.EmailField(label="E-mail address", max_length=ADDRESS)
    field_order = ("name", "email", "password")

    def __init__(self, data: QueryDict | None = None, *, invitation: Invitation) -> None:
        super().__init__(data)
        self.fields["name"].initial = invitation.name
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].initial = invitation.email
        self.fields["email"].widget.attrs["autocomplete"] = "username"
        self.fields["email"].disabled = bool(invitation.email)


class Reset(ResetPasswordForm):  # type: ignore[misc]  # untyped package
    """Asks for a new password. An address without an account costs the same work, so that its time tells nothing."""

    def save(self, request: HttpRequest, **given: object) -> str:
        """As django-allauth's; what is made for nobody is thrown away."""
        if not self.users:
            list(EmailAddress.objects.filter(user_id=0))
            list(EmailAddress.objects.filter(user_id=0, email=NOBODY))
            key = PasswordResetTokenGenerator().make_token(Person(pk=0, email=NOBODY))
            get_adapter().render_mail(
                "account/email/password_reset_key", NOBODY, {"password_reset_url": key, "uid": key, "key": key}
            )
        saved: str = super().save(request, **given)
        return saved


class ActivateApp(ActivateTOTPForm):  # type: ignore[misc]  # untyped package
    """Sets an authenticator app up. The code that does it is used by it: nobody signs in with it after."""

    def clean_code(self) -> str:
        """As django-allauth's, which notes only the codes of those who sign in."""
        code: str = super().clean_code()
        if not TOTP(Authenticator(user=self.user))._mark_code_used(code):  # it has no public name for it
            raise get_mfa_adapter().validation_error("incorrect_code")
        return code
