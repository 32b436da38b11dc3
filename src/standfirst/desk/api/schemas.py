"""What goes in and out of the API. Shapes only: `story.decide` judges lengths and meanings, and names fields alike."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from standfirst.desk.api.document_schema import DOCUMENT
from standfirst.desk.api.moments import Moment as Moment  # a kind of field, beside the others
from standfirst.story import fields
from standfirst.story.document import MAX_BYTES
from standfirst.story.events import Kind, Status

SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"
UPDATE_ID = "^[a-z][a-z0-9]{9}$"
Document = Annotated[dict[str, Any], WithJsonSchema(DOCUMENT)]  # Any: judged by document.parse
Bylines = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=fields.BYLINE)]], Field(max_length=fields.BYLINES)
]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=fields.TAG)]], Field(max_length=fields.TAGS)]
Mode = Literal["minor", "correction"]


class Asked(Schema):
    """Base of what comes in: no unknown fields, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def fields(self) -> dict[str, Any]:  # Any: a command's fields
        """As a command takes them: lists are tuples."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}

    def sent(self) -> dict[str, Any]:  # Any: JSON
        """What the request had in it."""
        return self.model_dump(mode="json", exclude_unset=True)


class StoryIn(Asked):
    """A story to open. `slug` is its address for good. `language` and `zone`: the newsroom's if not given, or null."""

    slug: Annotated[str, Field(pattern=SLUG, max_length=fields.SLUG)]
    headline: Annotated[str, Field(min_length=1, max_length=fields.HEADLINE)]
    standfirst: Annotated[str, Field(max_length=fields.STANDFIRST)] = ""
    language: Annotated[str, Field(min_length=2, max_length=35)] | None = None
    zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    status: Literal["live", "scheduled"] = "live"
    topic: Annotated[str, Field(max_length=fields.TOPIC)] = ""
    bylines: Bylines = []
    starts: Moment | None = None


class StoryChange(Asked):
    """What to change of a story; a field that is missing or null stays as it is."""

    headline: Annotated[str, Field(min_length=1, max_length=fields.HEADLINE)] | None = None
    standfirst: Annotated[str, Field(max_length=fields.STANDFIRST)] | None = None
    language: Annotated[str, Field(min_length=2, max_length=35)] | None = None
    zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    topic: Annotated[str, Field(max_length=fields.TOPIC)] | None = None
    bylines: Bylines | None = None
    starts: Moment | None = None


class StatusIn(Asked):
    status: Status


class PointIn(Asked):
    """One line of the summary; `update` is the id of the update it rests on."""

    text: Annotated[str, Field(min_length=1, max_length=fields.POINT)]
    update: Annotated[str, Field(pattern=UPDATE_ID, max_length=10)] | None = None


class SummaryIn(Asked):
    """What is known, and what is not confirmed."""

    known: Annotated[list[PointIn], Field(max_length=fields.POINTS)]
    unconfirmed: Annotated[list[PointIn], Field(max_length=fields.POINTS)] = []


def one_of_both(schema: dict[str, Any]) -> None:
    """In OpenAPI: `body` or `text`, exactly one, and neither null."""
    schema["oneOf"] = [{"required": ["body"]}, {"required": ["text"]}]


def _not_both(schema: dict[str, Any]) -> None:
    schema["not"] = {"required": ["body", "text"]}


class WordsIn(Asked):
    """What an update or a draft says: a document (`body`) or plain text (`text`), exactly one of both."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=one_of_both)

    body: Document | None = None
    text: Annotated[str, Field(max_length=MAX_BYTES)] | None = None
    headline: Annotated[str, Field(max_length=fields.HEADLINE)] = ""
    bylines: Bylines = []
    kind: Kind = "report"
    tags: Tags = []
    key: bool = False
    happened: Moment | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "WordsIn":
        if (self.body is None) == (self.text is None):
            raise ValueError("give `body` or `text`, exactly one of both")
        return self


class UpdateIn(WordsIn):
    """An update to post. Its words come as a document (`body`) or as plain text (`text`): exactly one of both."""

    filed: Moment | None = None
    source: Annotated[str, Field(max_length=fields.SOURCE)] | None = None


class UpdateChange(Asked):
    """What to change of an update; a field that is missing or null stays as it is. A `correction` needs a `note`."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_not_both)

    mode: Mode = "minor"
    note: Annotated[str, Field(max_length=fields.NOTE)] = ""
    headline: Annotated[str, Field(max_length=fields.HEADLINE)] | None = None
    body: Document | None = None
    text: Annotated[str, Field(max_length=MAX_BYTES)] | None = None
    bylines: Bylines | None = None
    kind: Kind | None = None
    happened: Moment | None = None

    @model_validator(mode="after")
    def _at_most_one(self) -> "UpdateChange":
        if self.body is not None and self.text is not None:
            raise ValueError("give `body` or `text`, not both")
        return self


class RetractIn(Asked):
    """`reason` is shown to readers."""

    reason: Annotated[str, Field(min_length=1, max_length=fields.NOTE)]


class TagsIn(Asked):
    """All tags of the update, as they are to stand."""

    tags: Tags


class AnswerOut(Schema):
    """What a write did. `seq` is the story's last entry; `rev` the update's version, else the story's."""

    story: str
    update: str | None
    seq: int
    rev: int
    url: str


class PointOut(Schema):
    text: str
    update: str | None


class SummaryOut(Schema):
    at: datetime
    known: list[PointOut]
    unconfirmed: list[PointOut]


class StoryLine(Schema):
    """A story as a list shows it."""

    slug: str
    headline: str
    status: Status
    language: str
    zone: str
    opened: datetime
    modified: datetime
    updates: int
    seq: int
    rev: int
    url: str


class StoryOut(StoryLine):
    """A story. `summary_seq` is the last entry that wrote the summary or took it down (0: none has), for If-Match."""

    standfirst: str
    topic: str
    bylines: list[str]
    starts: datetime | None
    began: datetime | None
    ended: datetime | None
    summary: SummaryOut | None
    summary_seq: int
    pinned: str | None


class CorrectionOut(Schema):
    at: datetime
    rev: int
    note: str


class RetractionOut(Schema):
    at: datetime
    reason: str


class AuthorOut(Schema):
    id: str
    name: str


class RevisionOut(Schema):
    """One version of an update, and who wrote it."""

    rev: int
    at: datetime
    headline: str
    body: dict[str, Any]  # Any: a document
    note: str | None
    by: AuthorOut


class UpdateLine(Schema):
    """An update as a list shows it. `own`: the caller posted it."""

    id: str
    ordinal: int
    rev: int
    seq: int
    headline: str
    body: dict[str, Any]  # Any: a document
    text: str
    bylines: list[str]
    kind: Kind
    tags: list[str]
    key: bool
    pinned: bool
    published: datetime
    happened: datetime | None
    filed: datetime | None
    changed: datetime | None
    source: str | None
    corrections: list[CorrectionOut]
    retraction: RetractionOut | None
    erased: bool
    own: bool
    url: str


class UpdateOut(UpdateLine):
    history: list[RevisionOut]


class StoryPage(Schema):
    """`next` is the cursor of the page that follows; null on the last."""

    stories: list[StoryLine]
    next: str | None


class UpdatePage(Schema):
    updates: list[UpdateLine]
    next: str | None


class FieldError(Schema):
    field: str
    message: str


class Problem(Schema):
    """RFC 9457. `errors` names each bad field; `yours` and `current` are both versions of a conflicting edit."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
