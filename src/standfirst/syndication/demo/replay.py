"""Plays the script into the record: the first part at once, as if it were some hours old, the rest live."""

from collections.abc import Callable
from datetime import datetime, timedelta

from standfirst.desk.execute import execute
from standfirst.desk.stories import stories
from standfirst.record import journal
from standfirst.syndication.demo.script import Act, Script, Writer

ACTOR = "demo"
BACKFILLED = 26
"""Updates that are there before the first reader is."""
QUICKEST, SLOWEST = 6.0, 10.0
"""Seconds between two acts of the live part, at speed 1."""

Wait = Callable[[float], bool]
"""Waits so many seconds; True means stop."""


def backfill(script: Script, writer: Writer, *, now: datetime, updates: int = BACKFILLED) -> tuple[Act, ...]:
    """Open the story and play it up to its `updates`th update, ending at `now`. Gives the acts that are left to play.

    Where an earlier run left the story, nothing is played here: only what it had not come to is left.
    """
    story = stories.current(script.slug)
    if story is not None:
        for update in story.updates.values():
            writer.remember(update.id, update.published)
        return tuple(act for act in script.acts if journal.receipt(ACTOR, _key(script, act)) is None)
    last = script.posts[min(updates, len(script.posts)) - 1].at
    past = [act for act in script.acts if act.at <= last + 60]
    began = now - timedelta(seconds=past[-1].at + 30)
    execute(script.slug, writer.opening(), ACTOR, f"{script.slug}:open", now=lambda: began)
    for act in past:
        _do(script, writer, act, lambda at=began + timedelta(seconds=act.at): at)  # type: ignore[misc]  # a default binds it
    return script.acts[len(past) :]


def play(
    script: Script,
    writer: Writer,
    acts: tuple[Act, ...],
    *,
    clock: Callable[[], datetime],
    wait: Wait,
    speed: float = 1.0,
) -> bool:
    """Play the acts as they come, a few seconds apart. True when the script came to its end, False when stopped."""
    before = acts[0].at if acts else 0
    for act in acts:
        if wait(pause(act.at - before) / speed):
            return False
        before = act.at
        _do(script, writer, act, clock)
    return True


def pause(seconds: int) -> float:
    """How long the replay waits for what took the story so many seconds."""
    share = min(max(seconds, 0), 540) / 540
    return QUICKEST + (SLOWEST - QUICKEST) * share


def _do(script: Script, writer: Writer, act: Act, clock: Callable[[], datetime]) -> None:
    execute(script.slug, writer.command(act, clock()), ACTOR, _key(script, act), now=clock)


def _key(script: Script, act: Act) -> str:
    return f"{script.slug}:{act.at}:{act.kind}"
