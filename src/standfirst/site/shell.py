"""What a browser keeps of the desk so that it opens without the network: the worker, and how it is installed.

The page of the desk is the same for everybody and says nothing of anybody (see `desk.views`), so it is written into the
worker itself: a page and the worker that answers with it are never of two versions.
"""

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from standfirst.accounts import newsroom
from standfirst.accounts.templatetags.look import built
from standfirst.site.headers import Headers

_DIST = files("standfirst") / "static" / "dist"
_POLICY = "default-src 'none'; connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'"
_FORGET = """\
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("desk "));
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.registration.unregister();
})()));
"""
"""A worker that ends itself, and its copies of the desk. What people wrote lies elsewhere and stays."""
_FILES = ("desk.css", "desk.js", "desk-common.js", "desk-more.js")
_NONCE = "{nonce}"
"""Where the worker puts one of its own. Always the same, else every start of a server were a new version."""
_OF_ONE_ANSWER = frozenset({"content-length", "set-cookie", "vary"})


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """`/desk/worker.js`, for everybody. Browsers ask for it again with every visit, and take it if a byte differs."""
    body = _written() if settings.CONFIG.desk_offline else _FORGET
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY}
    return HttpResponse(body, "text/javascript; charset=utf-8", headers=headers)


@cache
def _written() -> str:
    """The built worker, after what it keeps."""
    code = (_DIST / built("worker.js").rpartition("/")[2]).read_text("utf-8")
    kept = kept_page()
    version = hashlib.sha256((json.dumps(kept) + code).encode()).hexdigest()[:12]
    return f"const KEPT = {json.dumps({'version': version, **kept})};\n{code}"


def kept_page() -> dict[str, Any]:  # Any: JSON, see frontend/desk/worker.ts
    """The page with its headers, as it is answered to a request at this moment, and the files that it needs."""
    request = HttpRequest()
    request.method, request.path = "GET", "/desk/"
    answer = Headers(_render)(request)
    assert isinstance(answer, HttpResponse)
    nonce = str(request.csp_nonce)  # type: ignore[attr-defined]  # of django-csp
    headers = {
        name: value.replace(nonce, _NONCE) for name, value in answer.items() if name.lower() not in _OF_ONE_ANSWER
    }
    fonts = sorted(f"/static/fonts/{one.name}" for one in (_DIST / "fonts").iterdir() if one.name.endswith(".woff2"))
    return {
        "page": answer.content.decode().replace(nonce, _NONCE),
        "headers": headers,
        "nonce": _NONCE,
        "files": [*map(built, _FILES), "/static/favicon.svg", *fonts],
    }


def _render(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/desk.html")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """`/desk/manifest.webmanifest`: what an installed desk is called, and its pictures."""
    name = newsroom.current().name
    said = {
        "id": "/desk/",
        "name": f"{name} desk",
        "short_name": "Desk",
        "description": f"Where {name} writes and publishes.",
        "lang": "en-GB",
        "start_url": "/desk/",
        "scope": "/desk/",
        "display": "standalone",
        "theme_color": "#fbfaf7",
        "background_color": "#fbfaf7",
        "icons": [
            {"src": "/static/icons/desk.svg", "sizes": "any", "type": "image/svg+xml"},
            {"src": "/static/icons/desk-192.png", "sizes": "192x192", "type": "image/png"},
            {"src": "/static/icons/desk-512.png", "sizes": "512x512", "type": "image/png"},
            {"src": "/static/icons/desk-mask-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})
