"""How many read a story: the edge in front of this application knows, and offers its counts with each request."""

from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Schema

from standfirst.desk.api.views import Data

EXTENSION = "standfirst.audience"
"""The ASGI extension: a story's streams, held requests and pollers, in this order."""
WINDOW_SECONDS = 60
"""Over which the edge looks at polls."""


class AudienceOut(Schema):
    """How many have a story open, by how they follow it. Readers that a shared cache or another edge serves are not
    among them, nor pages without JavaScript: what reaches this newsroom's server is all that it knows of.
    """

    streams: Annotated[int, Field(description="Event streams that are open: counted.")]
    held: Annotated[
        int, Field(description="Requests for the next entry that are held: counted. A shared cache makes one for all.")
    ]
    pollers: Annotated[
        int,
        Field(
            description="Estimated: requests for the next entry that were not held, in the last `window_seconds`, by "
            "how often a page that polls asks."
        ),
    ]
    total: int
    window_seconds: int


def of(request: HttpRequest, slug: str) -> Data:
    """What the edge counts. Where there is none, nobody has a stream or a held request either."""
    scope: dict[str, Any] = getattr(request, "scope", {})  # Any: ASGI's own
    count: Callable[[str], tuple[int, int, int]] = scope.get("extensions", {}).get(EXTENSION, _nobody)
    streams, held, pollers = count(slug)
    return {
        "streams": streams,
        "held": held,
        "pollers": pollers,
        "total": streams + held + pollers,
        "window_seconds": WINDOW_SECONDS,
    }


def _nobody(slug: str) -> tuple[int, int, int]:
    return (0, 0, 0)
