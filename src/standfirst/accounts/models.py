"""Bearer tokens. Accounts of people are to follow; until then a token is who somebody is."""

from django.db import models


class Token(models.Model):
    """`digest` is the SHA-256 (hex) of a 256-bit random secret, which is shown once and kept nowhere."""

    public_id = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    created = models.DateTimeField()
    last_used = models.DateTimeField(null=True)  # to the hour: a read must not cost a write
    revoked = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created", "id"]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.role}) {self.name}"
