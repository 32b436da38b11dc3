"""People, what they were given, and the tokens of machines. Signing in, passkeys and sessions are django-allauth's."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import get_random_string

_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_public_id() -> str:
    """Twelve letters and digits, 62 random bits: what others see of a person, an invitation or a session."""
    return get_random_string(12, _ID_LETTERS)


class People(BaseUserManager["Person"]):
    """Django's own way to make and find people; people are made by an invitation (see `accounts.people`)."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":  # Any: Django's own
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who signs in. `role` holds in the whole newsroom; "" for one who has only stories (see Grant).

    `publishes`: a reporter who may publish without the desk. A person who left is not `is_active`, and stays: the
    record and the audit name them by `public_id`.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    email = models.EmailField(unique=True, max_length=254)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=16, blank=True)
    publishes = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    @property
    def actor_id(self) -> str:
        """What the record commits to."""
        return f"person:{self.public_id}"

    @property
    def is_staff(self) -> bool:
        """Whether Django's admin lets them in."""
        return self.is_active and self.role == "owner"

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's admin asks this, and nobody else: everything else asks `roles.can`."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """As `has_perm`."""
        return self.is_staff


class Grant(models.Model):
    """A role for a single story, until it `expires` (None: for good)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="grants")
    story = models.CharField(max_length=80)
    role = models.CharField(max_length=16)
    expires = models.DateTimeField(null=True)
    created = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "story"], name="one_role_per_story")]

    def __str__(self) -> str:
        return f"{self.role} of {self.story}"

    def holds(self, now: datetime) -> bool:
        return self.expires is None or now < self.expires


class Invitation(models.Model):
    """A way in for one person. `digest` is the SHA-256 (hex) of the secret in its link, which is kept nowhere.

    `story`: it gives a role for that story alone, which ends at `grant_expires`. Whoever accepts it is `accepted_by`.
    `again`: it makes nobody, but lets this person in once more, who lost what they signed in with.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField(blank=True, max_length=254)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=16)
    again = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    publishes = models.BooleanField(default=False)
    story = models.CharField(max_length=80, blank=True)
    grant_expires = models.DateTimeField(null=True)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    invited_by = models.CharField(max_length=200)
    revoked = models.DateTimeField(null=True)
    accepted = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-created", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted__isnull=True) | Q(revoked__isnull=True), name="accepted_or_revoked_not_both"
            )
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.role})"

    def stands(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.accepted is None and self.revoked is None and now < self.expires


class Token(models.Model):
    """A machine's key. `digest` is the SHA-256 (hex) of a 256-bit random secret, shown once and kept nowhere.

    `scopes` are named in `roles.SCOPES`, separated by spaces. `expires` None: never.
    """

    public_id = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=200)
    scopes = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True)  # to the hour: a read must not cost a write
    revoked = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["created", "id"]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.scopes}) {self.name}"


class AuditHead(models.Model):
    """Where the audit trail ends. Its one row is what those who write in it lock."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_audit_head")]

    def __str__(self) -> str:
        return f"the audit trail at {self.seq}"


class AuditEntry(models.Model):
    """One line of the audit trail: `form` are the bytes that were hashed, the other columns repeat them, to find it by.

    Only `accounts.audit` writes here; triggers refuse every change of what was written.
    """

    seq = models.PositiveBigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64)
    form = models.BinaryField()
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=200, db_index=True)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return str(self.seq)


class NewsroomSettings(models.Model):
    """The newsroom's settings, one row: see `accounts.newsroom`, which writes it. `version` is new each time."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.CharField(max_length=16)
    name = models.CharField(max_length=100)
    logo = models.BinaryField(null=True)
    logo_width = models.PositiveIntegerField(default=0)
    logo_height = models.PositiveIntegerField(default=0)
    colours = models.JSONField(default=dict)
    languages = models.JSONField(default=list)
    zone = models.CharField(max_length=64)
    byline_style = models.CharField(max_length=16)
    corrections_policy = models.CharField(max_length=500, blank=True)
    principles = models.CharField(max_length=500, blank=True)
    legal_footer = models.CharField(max_length=1000, blank=True)
    domains = models.JSONField(default=list)
    publish_factor = models.CharField(max_length=16)
    breaker_posts = models.PositiveIntegerField()
    breaker_seconds = models.PositiveIntegerField()
    mass_retraction = models.PositiveIntegerField()
    changed = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_newsroom")]
        verbose_name_plural = "newsroom settings"

    def __str__(self) -> str:
        return self.name


class Freeze(models.Model):
    """The freeze switch, one row: see `accounts.freeze`. `by` is the actor who turned it last."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    frozen = models.BooleanField()
    by = models.CharField(max_length=200)
    why = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_freeze")]

    def __str__(self) -> str:
        return "frozen" if self.frozen else "open"


class Pause(models.Model):
    """The breaker stopped `actor`; it stands until an owner has `lifted` it."""

    actor = models.CharField(max_length=200)
    why = models.CharField(max_length=200)
    at = models.DateTimeField()
    lifted = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor"], condition=Q(lifted__isnull=True), name="one_standing_pause")
        ]

    def __str__(self) -> str:
        return self.actor


class ActorPace(models.Model):
    """How fast one actor publishes: `accounts.pace.Pace` as JSON. One row for each, which stays small."""

    actor = models.CharField(max_length=200, primary_key=True)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.actor
