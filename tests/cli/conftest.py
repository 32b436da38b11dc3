"""A newsroom in memory starts empty for every test: the database is rolled back, what is folded must go with it."""

from collections.abc import Iterator

import pytest

from standfirst.desk.stories import stories


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    stories.clear()
    yield
    stories.clear()
