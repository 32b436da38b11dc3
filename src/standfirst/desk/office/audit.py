"""The audit trail: filtered, a page at a time, and as a file."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from standfirst.accounts import audit
from standfirst.accounts.audit import Noted
from standfirst.accounts.models import AuditEntry, Person, Token
from standfirst.accounts.roles import Actor
from standfirst.desk.office.forms import Filter
from standfirst.desk.office.guard import office
from standfirst.desk.office.overview import shown

PAGE = 50
SCAN = 5000
"""Entries that are looked at for one page: an action is found by reading."""
EXPORT = 10_000
"""Entries in a file; more are had with the command line."""
NAMED = 50
"""People and tokens that part of a name may mean."""


@office("audit.read", methods=("GET",))
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The newest first; `before` and `after` are numbers of entries."""
    form = Filter(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    rows, older, newer = _page(given)
    names = _names({row.actor for row in rows})
    kept = {name: request.GET[name] for name in ("actor", "action", "day") if request.GET.get(name)}
    return shown(
        request,
        actor,
        "audit",
        status=422 if form.errors else 200,
        form=form,
        rows=[{"one": row, "who": names.get(row.actor, row.actor), "detail": _told(row)} for row in rows],
        older=urlencode({**kept, "before": older}) if older else "",
        newer=urlencode({**kept, "after": newer}) if newer else "",
        query=urlencode(kept),
        export=EXPORT,
    )


@office("audit.read", methods=("GET",))
def export(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The same as one JSON text a line, byte for byte as each was hashed: the newest, the oldest of them first."""
    form = Filter(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    found = [row.form for _, row in zip(range(EXPORT), _matching(_rows(given).order_by("-seq"), given), strict=False)]
    body = b"".join(line + b"\n" for line in reversed(found))
    disposition = {"Content-Disposition": 'attachment; filename="standfirst-audit.jsonl"'}
    return HttpResponse(body, content_type="application/jsonl", headers=disposition)


def _page(given: dict[str, Any]) -> tuple[list[Noted], int, int]:  # Any: a form's cleaned data
    """The entries of a page, and the numbers from which the older and the newer ones go on; 0 for none."""
    rows = _rows(given)
    if given.get("after") is not None:
        later = rows.filter(seq__gt=given["after"]).order_by("seq")
        found = [row for _, row in zip(range(PAGE), _matching(later, given), strict=False)][::-1]
    else:
        earlier = rows.filter(seq__lt=given["before"]) if given.get("before") else rows
        found = [row for _, row in zip(range(PAGE), _matching(earlier.order_by("-seq"), given), strict=False)]
    if not found:
        return [], 0, 0
    older = found[-1].seq if rows.filter(seq__lt=found[-1].seq).exists() else 0
    newer = found[0].seq if rows.filter(seq__gt=found[0].seq).exists() else 0
    return found, older, newer


def _rows(given: dict[str, Any]) -> QuerySet[AuditEntry]:  # Any: as above
    rows = AuditEntry.objects.all()
    if who := given.get("actor", "").strip():
        rows = rows.filter(actor__in=_meant(who))
    day: date | None = given.get("day")
    if day is not None:
        begins = datetime.combine(day, time(), UTC)
        rows = rows.filter(at__gte=begins, at__lt=begins + timedelta(days=1))
    return rows


def _matching(rows: QuerySet[AuditEntry], given: dict[str, Any]) -> Iterator[Noted]:  # Any: as above
    """Those of an action, or of all actions that begin with it. At most so many are looked at."""
    action = given.get("action", "").strip()
    most = EXPORT if not action else max(SCAN, EXPORT)
    for row in rows[:most].iterator(500):
        noted = audit.read(row)
        if not action or noted.action == action or noted.action.startswith(f"{action}."):
            yield noted


def _meant(who: str) -> list[str]:
    """The actors that an id, or part of a name, may mean."""
    if ":" in who:
        return [who]
    people = [person.actor_id for person in Person.objects.filter(name__icontains=who)[:NAMED]]
    tokens = Token.objects.filter(name__icontains=who).values_list("public_id", flat=True)[:NAMED]
    return [who, *people, *(f"token:{token}" for token in tokens)]


def _names(actors: Iterable[str]) -> dict[str, str]:
    """Names by actor id."""
    ids = [actor.partition(":")[2] for actor in actors]
    people = Person.objects.filter(public_id__in=ids).values_list("public_id", "name")
    tokens = Token.objects.filter(public_id__in=ids).values_list("public_id", "name")
    return {f"person:{id}": name for id, name in people} | {f"token:{id}": name for id, name in tokens}


def _told(row: Noted) -> str:
    """The detail in a line."""
    parts = []
    for name, value in row.detail.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if text:
            parts.append(f"{name.replace('_', ' ')}: {text}")
    return "; ".join(parts)
