"""A draft on the schedule that cannot even be read holds up no other."""

import pytest

from standfirst.desk import schedule
from standfirst.desk.models import Draft
from tests.desk.conftest import Newsroom
from tests.desk.test_schedule import AT, at, desk, posted, put

__all__ = ["desk"]


def test_a_draft_that_cannot_be_read_holds_up_no_other(desk: Newsroom) -> None:
    desk.draft(draft="brokenedit")
    for draft, minute in (("brokenedit", 10), ("draftdraft", 20)):
        path = f"/stories/flood/drafts/{draft}"
        assert put(desk, path=path, at=f"2126-03-01T17:{minute}:00Z").status_code == 200
    broken = Draft.objects.get(draft="brokenedit")
    broken.words = {**broken.words, "body": {"type": "of another age"}}
    broken.save()
    with pytest.raises(ExceptionGroup):
        schedule.publish_due(at(AT))
    assert posted() == ["draftdraft"]
    with pytest.raises(ExceptionGroup):  # and it is still there to be seen to
        schedule.publish_due(at(AT))
    assert posted() == ["draftdraft"]
