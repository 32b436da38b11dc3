"""A second factor that was refused, and a recovery code that is gone, are in the audit trail; a code itself is not."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp

from standfirst.accounts import audit
from tests.accounts.conftest import Browser, person, sign_in

pytestmark = pytest.mark.usefixtures("db")
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_refused_and_used_up(client: Browser) -> None:
    ann = person()
    totp.TOTP.activate(ann, KEY)
    code = RecoveryCodes.activate(ann).get_unused_codes()[0]
    sign_in(client)
    client.post("/account/2fa/authenticate/", {"code": "000000x"})
    client.post("/account/2fa/authenticate/", {"code": code})
    found = [(entry.actor, entry.action, entry.thing) for entry in audit.every()]
    who = f"person {ann.public_id}"
    assert (ann.actor_id, "factor.refuse", who) in found
    assert (ann.actor_id, "code.use", who) in found
    assert found[-1][1] == "session.begin"
    assert not any(code.encode() in entry.form or b"@" in entry.form for entry in audit.every())
