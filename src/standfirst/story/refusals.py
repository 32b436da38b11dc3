"""Why a command is refused. The whole tree; each refusal names what it found and what to do.

Refusal
  NotFound      no such story or update
  Exists        the address or id is taken
  Conflict      somebody changed it meanwhile
  Invalid       fields that cannot be published, all of them at once
  Standing      the story or update is in no state for this
    NotStarted  scheduled: it takes no updates yet
    Started     it has begun, so it cannot be scheduled
    Ended       it takes no updates any more
    NotEnded    there is nothing to reopen
    Retracted   the update was withdrawn
    NotRetracted  it must be withdrawn first
    Erased      its words are gone
"""

from typing import ClassVar


class Refusal(Exception):  # an answer, not an error
    """Base of all refusals. `detail` says what is wrong, `remedy` what to do, `field` which field of the command."""

    code: ClassVar[str]

    def __init__(self, detail: str, remedy: str, field: str | None = None) -> None:
        super().__init__(f"{detail}: {remedy}")
        self.detail, self.remedy, self.field = detail, remedy, field


class NotFound(Refusal):
    code = "not-found"


class Exists(Refusal):
    code = "exists"


class Conflict(Refusal):
    """The command was made for revision `expected`; revision `actual` stands."""

    code = "conflict"

    def __init__(self, what: str, expected: int, actual: int) -> None:
        super().__init__(
            f"{what} is at revision {actual}, not {expected}",
            f"look at revision {actual}, then send your change for it",
            "expected_rev",
        )
        self.expected, self.actual = expected, actual


class Invalid(Refusal):
    """`errors` are (field, message) pairs, in the order of the command's fields; a field may be `tags[2]`."""

    code = "invalid"

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        detail = "; ".join(f"{field}: {message}" for field, message in errors)
        super().__init__(detail, "mend these fields and send it again", errors[0][0] if len(errors) == 1 else None)
        self.errors = errors


class Standing(Refusal):
    code = "standing"


class NotStarted(Standing):
    code = "not-started"


class Started(Standing):
    code = "started"


class Ended(Standing):
    code = "ended"


class NotEnded(Standing):
    code = "not-ended"


class Retracted(Standing):
    code = "retracted"


class NotRetracted(Standing):
    code = "not-retracted"


class Erased(Standing):
    code = "erased"
