"""The audit trail over the API: newest first, for those who may read it."""

import json
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from standfirst.accounts import audit
from standfirst.desk.api.auth import Caller
from standfirst.desk.api.params import Cursor, CursorRefused, Limit, shown

router = Router(tags=["audit"])


class AuditEntryOut(Schema):
    """Who did what. `form` is the canonical form, the text that was hashed; `hash` is its RFC 6962 leaf hash."""

    seq: int
    at: datetime
    actor: Annotated[str, Field(description="`person:…`, `token:…` or `cli:…`.")]
    session: Annotated[str, Field(description="Public id of the session it was done from; empty: none.")]
    action: str
    thing: str
    detail: dict[str, Any]  # Any: JSON
    prev: Annotated[str, Field(description="Hash of the entry before it.")]
    hash: str
    form: str


class AuditPage(Schema):
    """Some of the trail, newest first."""

    entries: list[AuditEntryOut]
    next: Annotated[str | None, Field(description="`cursor` of the page with older entries.")]


Actor = Annotated[
    str, Query(max_length=200, pattern=r"^[!-~]*$", description="Only what this one did; empty: everyone.")
]


@router.get("/audit", auth=Caller("audit.read"), response=AuditPage, operation_id="listAudit")
def list_audit(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "", actor: Actor = "") -> HttpResponse:
    """Who did what, newest first. Nothing is kept about readers."""
    found = audit.entries(actor=actor, before=_read_cursor(cursor) if cursor else None, limit=limit + 1)
    following = str(found[limit - 1].seq) if len(found) > limit else None
    entries = [{**json.loads(entry.form), "hash": entry.hash, "form": entry.form.decode()} for entry in found[:limit]]
    return shown({"entries": entries, "next": following})


def _read_cursor(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 15:
        raise CursorRefused(cursor)
    return int(cursor)
