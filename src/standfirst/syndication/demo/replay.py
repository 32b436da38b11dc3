"""Plays the script into the record: the first part at once, as if it were some hours old, the rest live."""

from collections.abc import Callable
from datetime import datetime, timedelta

from standfirst.desk.execute import execute
from standfirst.syndication.demo.script import Act, Script, Writer

ACTOR = "demo"
BACKFILLED = 26
"""Updates that are there before the first reader is."""
QUICKEST, SLOWEST = 6.0, 10.0
"""Seconds between two acts of the live part, at speed 1."""

Wait = Callable[[float], bool]
"""Waits so many seconds; True means stop."""


def backfill(script: Script, writer: Writer, *, now: datetime, run: str, updates: int = BACKFILLED) -> tuple[Act, ...]:
    """Open the story and play it up to its `updates`th update, ending at `now`. Gives the acts that are left."""
    last = script.posts[min(updates, len(script.posts)) - 1].at
    past = [act for act in script.acts if act.at <= last + 60]
    began = now - timedelta(seconds=past[-1].at + 30)
    execute(script.slug, writer.opening(), ACTOR, f"{run}:open", now=lambda: began)
    for number, act in enumerate(past):
        at = began + timedelta(seconds=act.at)
        execute(script.slug, writer.command(act, at), ACTOR, f"{run}:{number}", now=lambda at=at: at)  # type: ignore[misc]  # a default binds it
    return script.acts[len(past) :]


def play(
    script: Script,
    writer: Writer,
    acts: tuple[Act, ...],
    *,
    clock: Callable[[], datetime],
    wait: Wait,
    run: str,
    speed: float = 1.0,
    told: Callable[[Act], None] = lambda act: None,
) -> bool:
    """Play the acts as they come, a few seconds apart. True when the script came to its end, False when stopped."""
    before = script.acts[len(script.acts) - len(acts) - 1].at if acts else 0
    for number, act in enumerate(acts):
        if wait(pause(act.at - before) / speed):
            return False
        before = act.at
        execute(script.slug, writer.command(act, clock()), ACTOR, f"{run}:live:{number}", now=clock)
        told(act)
    return True


def pause(seconds: int) -> float:
    """How long the replay waits for what took the story so many seconds."""
    share = min(max(seconds, 0), 540) / 540
    return QUICKEST + (SLOWEST - QUICKEST) * share
