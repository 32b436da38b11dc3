"""The tables of the record. Only `journal` touches them; triggers refuse every change of what was written.

No column is without a witness: each is part of a hash or is compared with something that is (see `audit`).
"""

from django.db import models


class Stream(models.Model):
    """The head of one stream: the number and hash of its last entry. Its row is what writers lock."""

    name = models.CharField(max_length=80, primary_key=True)
    seq = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.name} at {self.seq}"


class Entry(models.Model):
    """One entry: `form` are the bytes that were hashed; `stream` and `seq` repeat what they say, to find it by."""

    hash = models.CharField(max_length=64, primary_key=True)
    stream = models.ForeignKey(Stream, models.DO_NOTHING, db_column="stream", db_index=False, related_name="+")
    seq = models.PositiveBigIntegerField()
    form = models.BinaryField()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="record_entry_stream_seq")]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.seq}"


class Text(models.Model):
    """What opens one commitment: `opening` is the salt, then the words. Goes by an erasure, and only so."""

    commitment = models.CharField(max_length=64, primary_key=True)
    entry = models.ForeignKey(Entry, models.DO_NOTHING, db_column="entry", related_name="+")
    opening = models.BinaryField()

    def __str__(self) -> str:
        return self.commitment


class Erasure(models.Model):
    """The words of `entry` were erased, as the entry `by` says. Without such a row the database lets no text go."""

    entry = models.OneToOneField(Entry, models.DO_NOTHING, db_column="entry", primary_key=True, related_name="+")
    by = models.ForeignKey(Entry, models.DO_NOTHING, db_column="by", related_name="+")

    def __str__(self) -> str:
        return self.entry_id


class Receipt(models.Model):
    """The answer to a write, for whoever sends it again. `digest` is over all other columns. No words in `answer`."""

    digest = models.CharField(max_length=64, primary_key=True)
    actor = models.CharField(max_length=200)
    idempotency_key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=128)
    stream = models.CharField(max_length=80)
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    answer = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "idempotency_key"], name="record_receipt_key")]

    def __str__(self) -> str:
        return f"{self.actor} {self.idempotency_key}"
