"""What a server asks of the machine before it serves."""

import logging
import resource
from collections.abc import Iterator

import pytest

from standfirst.site.serve import open_files


@pytest.fixture(autouse=True)
def few_files() -> Iterator[int]:
    """Half of what may be opened, until the test is over."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1] // 2, before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_server_may_open_all_files_that_it_can_get(few_files: int, caplog: pytest.LogCaptureFixture) -> None:
    open_files(few_files // 2)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (few_files, few_files)
    assert caplog.messages == []


def test_too_few_for_its_readers_are_logged_with_both_numbers(few_files: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        open_files(few_files)
    (said,) = caplog.messages
    assert f"{few_files} files" in said
    assert f"max_readers={few_files}" in said
