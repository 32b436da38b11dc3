"""Fill a newsroom fast: the rules decide, the journal keeps, many entries to a transaction.

Goes past the desk on purpose: what is measured later is publishing the next update, not these.

    python -m benchmarks.fill HOME SLUG=SIZE ...
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from standfirst import config
from standfirst.site import boot

WORDS = (
    "The harbour gauge stood at 4.1 metres at the top of the tide, the harbour master said, a hand below the quay. "
    "Two lorries with pumps have left the depot and are expected within the hour. "
    "People in the lower streets were asked to take what they need for one night."
)
BATCH = 500
START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


def story_of(slug: str, size: int) -> None:
    """Open `slug` and post `size` updates, one a minute."""
    from standfirst.record import journal
    from standfirst.story.commands import Command, OpenStory, PostUpdate
    from standfirst.story.decide import decide
    from standfirst.story.document import from_plain
    from standfirst.story.events import dump
    from standfirst.story.fold import fold
    from standfirst.story.story import Story

    commands: list[Command] = [
        OpenStory(slug=slug, headline=f"Flood on the coast, {size} updates", standfirst="As it happens.")
    ]
    for number in range(1, size + 1):
        when = START + timedelta(minutes=number)
        commands.append(
            PostUpdate(
                id=update_id(number),
                headline=f"Gauge reading {number}",
                body=from_plain(WORDS),
                published=when,
                bylines=("Ida Brandt",),
                key=number % 20 == 0,
            )
        )
    story: Story | None = None
    events = []
    for command in commands:
        for event in decide(story, command):
            story = fold(story, event, seq=story.seq + 1 if story else 1, at=START)
            events.append(dump(event))
    for first in range(0, len(events), BATCH):
        journal.append(slug, first, events[first : first + BATCH], "benchmark", f"{slug}-{first}", at=START)


def update_id(number: int) -> str:
    """An id for update `number` of any story."""
    return f"u{number:09d}"


def main(home: Path, stories: dict[str, int]) -> None:
    """Make the newsroom in `home` with these stories and their sizes."""
    boot.prepare(config.load(home=home))
    from standfirst.desk import lookups

    for slug, size in stories.items():
        story_of(slug, size)
    lookups.rebuild()


if __name__ == "__main__":
    main(Path(sys.argv[1]), {name: int(size) for name, size in (item.split("=") for item in sys.argv[2:])})
