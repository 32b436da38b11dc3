"""What goes in and out of the API of drafts."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from standfirst.desk.api.schemas import UPDATE_ID, Asked, AuthorOut, Mode, Moment, Tags, WordsIn
from standfirst.desk.drafts import State
from standfirst.story import fields
from standfirst.story.events import Kind


class BesideIn(Asked):
    """What there is to an update beside its words."""

    tags: Tags = []
    key: bool = False
    pin: bool = False


class EditsIn(Asked):
    """The update that the draft changes, and the revision of it that the draft grew from.

    `beside` is what there was beside its words when its author began: published, the draft changes of that only what
    its author did. It is read when the draft is begun; left out, it is what there is then.
    """

    update: Annotated[str, Field(pattern=UPDATE_ID, max_length=10)]
    rev: Annotated[int, Field(ge=1, le=999_999_999)]
    beside: BesideIn | None = None


class DraftIn(WordsIn):
    """A draft's words, all of them: a document (`body`) or plain text (`text`), exactly one of both.

    They may be blank: a draft need not be fit to publish. `edits` is said when the draft is begun; its update stays the
    same, its `rev` may be raised. What such a draft leaves out, its update loses: `happened` as null takes the time
    away. `written` is when the author's device had these words.
    """

    pin: bool = False
    edits: EditsIn | None = None
    written: Moment | None = None


class TellingIn(Asked):
    """How readers are told of an edit. A `correction` needs a `note`, which they see; a `minor` edit takes none."""

    mode: Mode = "minor"
    note: Annotated[str, Field(max_length=fields.NOTE)] = ""


class ScheduleIn(TellingIn):
    """When the draft goes out by itself. `embargo`: nobody can publish it earlier."""

    at: Moment
    embargo: bool = False


class NoteIn(Asked):
    """`note` is for the author: what to mend."""

    note: Annotated[str, Field(max_length=fields.NOTE)] = ""


class BesideOut(Schema):
    """What there was to an update beside its words."""

    tags: list[str]
    key: bool
    pin: bool


class EditsOut(Schema):
    """The update that a draft changes. `beside` is what its author saw there; null in a version of a draft."""

    update: str
    rev: int
    beside: BesideOut | None


class ScheduledOut(Schema):
    """When a draft goes out by itself, as who. `embargo`: nobody can publish it earlier."""

    at: datetime
    embargo: bool
    by: AuthorOut


class WordsOut(Schema):
    rev: int
    headline: str
    text: str
    body: dict[str, Any]  # Any: a document
    bylines: list[str]
    kind: Kind
    tags: list[str]
    key: bool
    pin: bool
    happened: datetime | None
    edits: EditsOut | None


class DraftOut(WordsOut):
    """A draft. `rev` is the version of its words; `note` is why it was returned; `update` is what it became.

    `edits`: the update that it changes; null: it is to become one of its own. `written`: when its author's device had
    these words; `arrived`: when the server had them.
    """

    id: str
    story: str
    state: State
    author: AuthorOut
    note: str
    changed: datetime
    filed: datetime | None
    written: datetime | None
    arrived: datetime | None
    scheduled: ScheduledOut | None
    update: str | None


class DraftPage(Schema):
    """`next` is the cursor of the page that follows; null on the last."""

    drafts: list[DraftOut]
    next: str | None


class VersionOut(WordsOut):
    """What a draft's words were, and who wrote them so."""

    at: datetime
    by: AuthorOut


class VersionPage(Schema):
    """The newest versions, at most 50, newest first."""

    versions: list[VersionOut]


class PresenceOut(Schema):
    """Who has a draft open, for so many `seconds` from their last word."""

    here: list[AuthorOut]
    seconds: int
