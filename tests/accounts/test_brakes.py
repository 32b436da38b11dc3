"""The freeze switch, the breaker's rule, and pauses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection, transaction

from standfirst.accounts import audit, brakes, freeze
from standfirst.accounts.models import ActorPace, Person
from standfirst.accounts.pace import DAYS, MOST, Limits, Pace, limit, step
from standfirst.accounts.roles import Actor
from standfirst.syndication import importing
from standfirst.syndication.demo import replay

NOW = datetime(2026, 3, 1, 11, 42, tzinfo=UTC)
OWNER = Actor(id="person:abc", name="Ada Rook", role="owner")
LIMITS = Limits(posts=20, seconds=60, retractions=5)
WIRE = "token:0a1b2c3d4e5f"


def run(pace: Pace, times: int, *, start: datetime = NOW, every: float = 0.1, limits: Limits = LIMITS) -> Pace:
    """The pace after so many entries. Fails if one trips the breaker."""
    for number in range(times):
        after = step(pace, start + timedelta(seconds=every * number), limits)
        assert after is not None
        pace = after
    return pace


def test_a_window_takes_the_configured_number_and_no_more() -> None:
    pace = run(Pace(), 20)
    assert step(pace, NOW + timedelta(seconds=5), LIMITS) is None
    assert step(pace, NOW + timedelta(seconds=60), LIMITS) is not None


def test_one_who_writes_steadily_below_the_limit_is_never_stopped() -> None:
    run(Pace(), 500, every=3.1)


def test_the_norm_of_earlier_days_raises_the_limit_up_to_a_bound() -> None:
    busy = run(Pace(), 15)
    assert limit(busy, LIMITS) == 20  # today's own burst is no norm
    tomorrow = run(busy, 1, start=NOW + timedelta(days=1))
    assert limit(tomorrow, LIMITS) == 45
    assert limit(Pace(before=(10_000,)), LIMITS) == MOST * 20


def test_what_is_known_of_an_actor_stays_small() -> None:
    pace = Pace()
    for day in range(60):
        pace = run(pace, 10, start=NOW + timedelta(days=day))
    assert len(pace.before) == DAYS
    assert len(pace.recent) == 10


def test_a_clock_that_goes_back_neither_stops_nor_frees_anybody() -> None:
    pace = run(Pace(), 10)
    again = step(pace, NOW - timedelta(hours=1), LIMITS)
    assert again is not None
    assert again.day == pace.day


@pytest.mark.django_db
def test_whoever_trips_the_breaker_is_paused_until_an_owner_lifts_it() -> None:
    for number in range(20):
        brakes.pace(WIRE, NOW + timedelta(milliseconds=number), LIMITS)
    with pytest.raises(brakes.Tripped) as tripped:
        brakes.pace(WIRE, NOW + timedelta(seconds=1), LIMITS)
    brakes.refuse_paused(WIRE)
    for _ in range(2):  # of two that trip it at once, one pauses
        brakes.trip(tripped.value, NOW)
    with pytest.raises(brakes.Paused, match="ask an owner"):
        brakes.refuse_paused(WIRE)
    brakes.refuse_paused("token:other")
    assert [row.actor for row in brakes.paused()] == [WIRE]
    brakes.lift(WIRE, by=OWNER, now=NOW)
    brakes.refuse_paused(WIRE)
    brakes.pace(WIRE, NOW + timedelta(seconds=2), LIMITS)
    with pytest.raises(brakes.NotPaused, match="pause list"):
        brakes.lift(WIRE, by=OWNER, now=NOW)
    assert [item.action for item in audit.entries()] == ["pause.lift", "pause"]


@pytest.mark.django_db
@pytest.mark.parametrize("actor", ["cli:ada", importing.ACTOR, replay.ACTOR])
def test_who_works_on_the_machine_itself_is_not_paced(actor: str) -> None:
    for _ in range(100):
        brakes.pace(actor, NOW, LIMITS)
    assert not ActorPace.objects.exists()


@pytest.mark.django_db
def test_retractions_of_an_hour_are_counted() -> None:
    for minute in range(4):
        brakes.pace(WIRE, NOW + timedelta(minutes=minute), LIMITS, retracts=True)
    brakes.pace(WIRE, NOW + timedelta(minutes=5), LIMITS)
    assert brakes.retractions(WIRE, NOW + timedelta(minutes=5)) == 4
    assert brakes.retractions(WIRE, NOW + timedelta(minutes=62)) == 1
    assert brakes.retractions("token:other", NOW) == 0


@pytest.mark.django_db
def test_a_freeze_is_noted_told_and_lifted() -> None:
    brakes.freeze(OWNER, "  odd\tposts ", now=NOW)
    assert brakes.state() == brakes.State(frozen=True, by="person:abc", why="odd posts", at=NOW)
    with pytest.raises(brakes.Frozen, match=r"odd posts.*standfirst thaw"):
        brakes.refuse_frozen()
    brakes.freeze(OWNER, "again", now=NOW)  # changes nothing
    brakes.thaw(OWNER, now=NOW)
    brakes.refuse_frozen()
    assert [item.action for item in audit.entries()] == ["thaw", "freeze"]
    with pytest.raises(brakes.BrakeRefused, match="at most 200"):
        brakes.freeze(OWNER, "x" * 201, now=NOW)


@pytest.mark.django_db
def test_whatever_is_noted_stops_under_a_freeze_except_what_only_takes_away() -> None:
    brakes.freeze(OWNER, now=NOW)
    for action in ("invitation.make", "role.change", "settings.change", "token.make", "update.post", "pause.lift"):
        with pytest.raises(brakes.Frozen), transaction.atomic():
            audit.note("person:abc", "", action, "x")
    for action in sorted(freeze.STILL):
        audit.note("person:abc", "", action, "x")
    with freeze.mending():
        audit.note("person:abc", "", "update.retract", "x")


@pytest.mark.django_db
def test_control_without_the_look_at_the_switch_all_of_it_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    brakes.freeze(OWNER, now=NOW)
    monkeypatch.setattr(audit, "refuse_frozen", lambda action: None)
    audit.note("person:abc", "", "invitation.make", "x")


@pytest.mark.django_db(transaction=True)
def test_when_freeze_returns_no_later_commit_appears() -> None:
    """A writer that passed the check holds the freeze up until it has committed; one that comes after is refused."""
    inside, go_on = Event(), Event()

    def write() -> None:
        try:
            with transaction.atomic():
                freeze.refuse_frozen()
                inside.set()
                assert go_on.wait(30)
                audit.note("person:abc", "", "update.post", "x")
        finally:
            connection.close()

    def stop() -> int:
        try:
            brakes.freeze(OWNER, now=NOW)
            return audit.head()[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write)
        assert inside.wait(30)
        stopping = pool.submit(stop)
        go_on.set()
        writing.result(30)
        seen = stopping.result(30)
    assert [item.action for item in audit.entries()] == ["freeze", "update.post"]
    assert audit.head()[0] == seen
    with pytest.raises(brakes.Frozen):
        audit.note("person:abc", "", "update.post", "y")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lasting", [True, False])
def test_owners_are_told_by_mail_after_the_commit(monkeypatch: pytest.MonkeyPatch, lasting: bool) -> None:
    class Configured:
        mail_url, name = "smtp://mail.example", "The Tern"

    Person.objects.create_user("ada@tern.example", name="Ada Rook", role="owner")
    Person.objects.create_user("bo@tern.example", name="Bo Lind", role="editor")
    monkeypatch.setattr(settings, "CONFIG", Configured)
    with transaction.atomic():
        brakes.freeze(OWNER, "odd posts", now=NOW)
        assert mail.outbox == []
        transaction.set_rollback(not lasting)
    assert [(item.to, item.subject) for item in mail.outbox] == (
        [(["ada@tern.example"], "All writing is stopped: The Tern")] if lasting else []
    )
