"""Where a newsroom's pages answer, and who may send them something.

Nothing is believed that a client says about itself: the public address is a setting, the client's address is that of
the connection unless a proxy of ours says otherwise, and pages answer on the newsroom's own hosts alone.
"""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from standfirst.accounts import newsroom
from standfirst.edge.budgets import Trusted
from standfirst.site.refusing import refused

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HERE = _LOOPBACK | {"0.0.0.0", "[::]"}  # noqa: S104  # names to compare with, nothing listens by them
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Next = Callable[[HttpRequest], HttpResponse]


def domains() -> Iterable[str]:
    """Hosts beside that of the public address: those of the newsroom's own settings."""
    return newsroom.current().domains


def own_hosts(base_url: str, more: Iterable[str] = ()) -> frozenset[str]:
    """The hosts, with a port where it is not the scheme's own, on which pages answer.

    A newsroom whose public address is that of the machine itself answers by each of that machine's names for itself.
    """
    parts = urlsplit(base_url)
    ours = normal(parts.netloc, parts.scheme)
    name, port = _split(ours)
    found = {normal(host, parts.scheme) for host in more}
    if name in _HERE:
        return frozenset({ours, *(f"{here}{port}" for here in _LOOPBACK), *found})
    return frozenset({ours, *found})


def normal(host: str, scheme: str) -> str:
    """A host as hosts are compared: in lower case, without a dot at its end and without the scheme's own port."""
    name, port = _split(host.strip().lower())
    return name.rstrip(".") + ("" if port == _DEFAULT_PORTS.get(scheme) else port)


def _split(host: str) -> tuple[str, str]:
    """`name` and `:port`, or "" for no port."""
    name, colon, port = host.rpartition(":")
    return (name, f":{port}") if colon and port.isdigit() else (host, "")


class Hosts:
    """Middleware: what goes by a session answers on the newsroom's own hosts alone; elsewhere 421.

    So no page, link or cookie is ever made for a name that somebody else pointed here. Requests to the API that bring
    no session answer on any host: machines reach it by names of their own.
    """

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _without_session(request):
            return self._get_response(request)
        base = settings.CONFIG.base_url
        host = request.get_host()  # raises what becomes 400 for one that is malformed
        named = [name for name in settings.ALLOWED_HOSTS if name != "*"]
        asked = normal(host, urlsplit(base).scheme)
        if asked in own_hosts(base, named) or asked in own_hosts(base, domains()):
            return self._get_response(request)
        return refused(
            request,
            421,
            "other-host",
            f"this newsroom answers at {base}, not at {host[:100]!r}: open it there. If {host[:100]!r} is right, set"
            " STANDFIRST_URL, and have your proxy pass the Host header on as it is",
        )


def _without_session(request: HttpRequest) -> bool:
    """Whether a request to the API is judged by its token, or not at all."""
    by_token = "Authorization" in request.headers or settings.SESSION_COOKIE_NAME not in request.COOKIES
    return request.path.startswith("/api/") and by_token


class SameOrigin:
    """Middleware: a form is taken from pages of ours only. Beside Django's token, which asks for a secret.

    By Sec-Fetch-Site, which no script can forge. Browsers that do not send it, and no browsers, are judged by Origin
    (Django does), which must be ours where it is sent.
    """

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.method in _SAFE or request.path.startswith("/api/") or site in ("same-origin", "none"):
            return self._get_response(request)
        return refused(
            request,
            403,
            "cross-site",
            f"this was not sent by a page of {settings.CONFIG.base_url} (Sec-Fetch-Site: {site[:20]}): open the page"
            " here and send it again",
        )


def arriving(
    scheme: str, trusted: Trusted, peer: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]]
) -> dict[str, object]:
    """What Django is told of a request's way, as ASGI has it: the public address's scheme, and who asks.

    An IPv6 address is that of its /64. A proxy of ours that does not say for whom it asks stands for itself.
    """
    address = peer[0] if peer else ""
    said = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
    client = trusted.client(address, said).removesuffix("/64") or address
    return {"scheme": scheme, "client": (client, 0) if client else None}
