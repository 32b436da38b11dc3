"""What Django's answers tell browsers to refuse: a policy with nonces for pages, and the headers beside it.

Readers' pages are the edge's, see `press.edition` and `edge.answers`; ADR 0027 says why theirs has no nonce. HSTS is
sent by the server itself, with whatever it answers (see `serve.options`).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Directives = Mapping[str, Any]  # Any: as django-csp has it

_NO_DEVICES = "browsing-topics=(), camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
_NO_KEYS = "publickey-credentials-create=(), publickey-credentials-get=()"
_OWN_KEYS = "publickey-credentials-create=(self), publickey-credentials-get=(self)"

_SIGNING_IN = ("/account/login/", "/account/reauthenticate/", "/account/2fa/", "/desk/done/")
"""Pages that the desk shows in a frame of its own, so that nobody loses words because a session ended."""
_ADMIN: Directives = {"script-src": [NONE], "connect-src": None}
"""Its scripts make mark-up of strings, which Trusted Types forbid; it is there to read, and does so without them."""
_DESK: Directives = {"frame-src": [SELF], "manifest-src": [SELF], "worker-src": [SELF]}
_APP: Directives = {"trusted-types": ["standfirst", "ProseMirrorClipboard"]}
"""The editor reads what is pasted into a document of its own that runs and loads nothing, by a policy of that name."""
_NO_APP = ("/desk/done/", "/desk/newsroom/")


def policy(issuer: str = "") -> dict[str, Directives]:
    """The policy of pages, as a setting of django-csp.

    `issuer`: address of the OpenID Connect provider that the sign-in form leads to, because browsers hold the redirects
    of a form to `form-action` too; "" for none.
    """
    parts = urlsplit(issuer)
    issuers = [f"{parts.scheme}://{parts.netloc}"] if issuer else []
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [NONCE],
            "style-src": [SELF],
            "img-src": [SELF],
            "font-src": [SELF],
            "connect-src": [SELF],
            "form-action": [SELF, *issuers],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "require-trusted-types-for": ["'script'"],
            "trusted-types": ["standfirst"],
        }
    }


class Headers(CSPMiddleware):
    """The outermost middleware: `request.csp_nonce` for templates, and the headers of every answer."""

    async_capable = False

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Called by Django with what it is about to answer; what the answer says itself stands."""
        super().process_response(request, response)
        for name, value in beside(request.path).items():
            response.setdefault(name, value)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """As django-csp's, with what is special about some pages."""
        parts = super().get_policy_parts(request, response, report_only)
        parts.replace = {**special(request.path), **(parts.replace or {})}
        return parts


def special(path: str) -> dict[str, Any]:  # Any: as in Directives
    """What differs from the policy of pages."""
    if path.startswith("/admin/"):
        return dict(_ADMIN)
    found = {**(_DESK if path.startswith("/desk/") else {})}
    if path.startswith("/desk/") and not path.startswith(_NO_APP):
        found |= _APP
    if path.startswith(_SIGNING_IN):
        found["frame-ancestors"] = [SELF]
    return found


def beside(path: str) -> dict[str, str]:
    """The headers beside the policy."""
    keys = _OWN_KEYS if path.startswith(("/account/", "/desk/")) else _NO_KEYS
    return {
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": f"{_NO_DEVICES}, {keys}",
        "Referrer-Policy": "no-referrer" if path.startswith("/api/") else "same-origin",  # forms need their Origin
        "X-Content-Type-Options": "nosniff",
    }
