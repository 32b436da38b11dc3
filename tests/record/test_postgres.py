"""PostgreSQL wakes other processes, and refuses to run without fsync."""

import pytest
from django.db import connection, transaction

from standfirst.record import checks, journal
from standfirst.record.errors import RecordUnsafe
from tests.record.making import posted, write

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("transactional_db")]

SOON = 20.0
"""Seconds to wait for news that are sure to come: never waited out."""


def test_a_listener_hears_each_write_after_its_commit() -> None:
    with journal.listen() as bell:
        write("flood", posted("a"), posted("b"))
        assert bell.wait(SOON) == [("flood", 2)]
        with transaction.atomic():
            write("storm", posted("a"))
            assert bell.wait(0) == []
        assert bell.wait(SOON) == [("storm", 1)]


def test_nobody_hears_of_what_was_not_committed() -> None:
    with journal.listen() as bell:
        with transaction.atomic():
            write("flood", posted("a"))
            transaction.set_rollback(True)
        write("storm", posted("a"))
        assert bell.wait(SOON) == [("storm", 1)]


def test_a_server_that_could_lose_something_is_refused() -> None:
    checks.refuse_unsafe()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        with pytest.raises(RecordUnsafe, match="synchronous_commit=off: set it to on"):
            checks.refuse_unsafe()
    finally:
        connection.close()
