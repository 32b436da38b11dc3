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
