"""Lookups derived from the record, so that a list or a permission needs no fold. `lookups.rebuild` makes them anew."""

from django.db import models


class StoryRow(models.Model):
    slug = models.CharField(max_length=80, primary_key=True)
    seq = models.PositiveIntegerField()
    rev = models.PositiveIntegerField()
    headline = models.TextField()
    status = models.CharField(max_length=16)
    language = models.CharField(max_length=35)
    zone = models.CharField(max_length=64)
    opened = models.DateTimeField()
    modified = models.DateTimeField(db_index=True)
    updates = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.slug


class UpdateRow(models.Model):
    """Holds none of an update's words, so that erasing needs nothing here. `poster` is the actor who posted it."""

    story = models.ForeignKey(StoryRow, on_delete=models.CASCADE, related_name="rows")
    update = models.CharField(max_length=16)
    ordinal = models.PositiveIntegerField()
    rev = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    key = models.BooleanField()
    published = models.DateTimeField()
    changed = models.DateTimeField(null=True)
    retracted = models.BooleanField()
    erased = models.BooleanField()
    poster = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["story", "update"], name="one_row_per_update")]

    def __str__(self) -> str:
        return f"{self.story_id}/{self.update}"


class Draft(models.Model):
    """Words that are not published. Its id is made by whoever began it, so it is unique among that author's alone.

    `words` is what `desk.draft_words.Words` has, as JSON. `rev` counts its versions; `written` is when its author's
    device had the words, `arrived` when the server had them; `note` is why it was returned; `update` is the id of the
    update that it became. `stood` is what else there was to the update that it changes when it was begun: tags, key,
    pin. `due` is when it goes out by itself, and `schedule` what `draft_words.Schedule` has.
    """

    story = models.CharField(max_length=80)
    draft = models.CharField(max_length=16)
    author = models.CharField(max_length=200)
    author_name = models.CharField(max_length=200)
    state = models.CharField(max_length=16)
    rev = models.PositiveIntegerField()
    words = models.JSONField()
    note = models.TextField(blank=True)
    created = models.DateTimeField()
    changed = models.DateTimeField()
    filed = models.DateTimeField(null=True)
    update = models.CharField(max_length=16, blank=True)
    written = models.DateTimeField(null=True)
    arrived = models.DateTimeField(null=True)
    stood = models.JSONField(null=True)
    due = models.DateTimeField(null=True)
    schedule = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["story", "draft", "author"], name="one_draft_per_author_and_id")]
        indexes = [
            models.Index(fields=["story", "-changed"], name="drafts_of_a_story"),
            models.Index(fields=["due"], condition=models.Q(state="scheduled"), name="drafts_that_go_out"),
        ]

    def __str__(self) -> str:
        return f"{self.story}/{self.draft}"


class DraftVersion(models.Model):
    """What a draft's words were at `rev`, and who wrote them so."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="versions")
    rev = models.PositiveIntegerField()
    words = models.JSONField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "rev"], name="one_row_per_version")]

    def __str__(self) -> str:
        return f"{self.draft_id} at {self.rev}"


class DeskEvent(models.Model):
    """Something that open desks are told: see `desk.events`. Kept for a day, and never words of a draft."""

    channel = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    data = models.JSONField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.pk} {self.kind}"
