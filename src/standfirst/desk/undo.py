"""Undo a burst: new entries that take back what one actor published since a time. What they are: `undo_plan`.

It goes past a freeze and the breaker, for it is how a newsroom mends its pages before it lets writing go on. Run twice,
it does nothing twice; what somebody else changes meanwhile is left to them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from standfirst.accounts import audit, freeze
from standfirst.accounts.roles import Actor
from standfirst.desk.execute import ATTEMPTS, Answer, Busy, execute
from standfirst.desk.models import StoryRow
from standfirst.desk.undo_plan import History, Step, plan
from standfirst.record import journal
from standfirst.story import fields
from standfirst.story.events import load
from standfirst.story.fold import fold
from standfirst.story.refusals import Refusal

REASON = "Published without the newsroom's consent."
"""What readers are told unless another reason is given."""
LONGEST = fields.NOTE
"""Characters of a reason."""


class _Moved(Exception):
    """Somebody wrote the story in between: plan anew."""


def undo(actor: str, since: datetime, *, by: Actor, reason: str = REASON, dry_run: bool = False) -> list[Step]:
    """Take back what `actor` did since then, in every story; gives each step with its outcome. Raises Busy."""
    steps: list[Step] = []
    for slug in StoryRow.objects.filter(modified__gte=since).order_by("slug").values_list("slug", flat=True):
        steps += plan(_history(slug, since), actor, reason) if dry_run else _undo(slug, actor, since, by, reason)
    done = sum(step.outcome == "done" for step in steps)
    if done:
        with transaction.atomic():
            audit.note(by.id, by.session, "burst.undo", actor, since=since.isoformat(), steps=done)
    return steps


def _undo(slug: str, actor: str, since: datetime, by: Actor, reason: str) -> list[Step]:
    """One story: planned again, without what is done already, whenever somebody else writes it."""
    told: list[Step] = []
    for _ in range(ATTEMPTS):
        history = _history(slug, since)
        seq = history.story.seq if history.story else 0
        try:
            for step in plan(history, actor, reason):
                outcome, seq = _carry_out(step, seq, by)
                told = [*(one for one in told if one.mark != step.mark), replace(step, outcome=outcome)]
        except _Moved:
            continue
        return told
    raise Busy(slug)


def _carry_out(step: Step, seq: int, by: Actor) -> tuple[str, int]:
    """The outcome of a step on a story at `seq`, and where it is then. Raises _Moved."""
    for number, command in enumerate(step.commands):
        key = f"undo:{sha256(f'{step.mark}/{number}'.encode()).hexdigest()}"
        try:
            with freeze.mending():
                answer = execute(step.story, command, by, key, also=_on(seq))
        except Refusal as refusal:
            return f"left: {refusal}", seq
        seq = max(seq, answer.seq)
    return ("done", seq) if step.commands else (step.outcome, seq)


def _on(seq: int) -> Callable[[Answer], None]:
    """Refuses a write that does not follow entry `seq`."""

    def also(answer: Answer) -> None:
        if answer.seq > seq + 1:
            raise _Moved

    return also


def _history(slug: str, since: datetime) -> History:
    history, story = History(since), None
    for entry in journal.read(slug):
        event = load(entry.kind, entry.version, entry.data())
        story = fold(story, event, seq=entry.seq, at=entry.at)
        history.add(event, story, at=entry.at, actor=str(entry.openings[entry.actor].value))
    return history
