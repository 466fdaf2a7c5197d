import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from llaves.identity.agreements import AgreementKind
from llaves.identity.roles import Permission, Role, permissions_of
from llaves.providers.models import Organization, Person

LINK_LIFETIME = timedelta(hours=72)


class Account(AbstractBaseUser):
    """One person in one role for one organization. Whoever has two organizations has two accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    login = models.CharField(max_length=40, unique=True)
    role = models.CharField(max_length=10, choices=[(role.value, role.label) for role in Role])
    person = models.ForeignKey(Person, models.PROTECT, related_name="accounts")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="accounts")
    entity_type = models.CharField(max_length=10, blank=True, default="", help_text="as chosen at the registration")
    notice_email = models.CharField(
        max_length=254, blank=True, default="", help_text="the registry's mail when its owner was last told of it"
    )
    registered_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    only_looks = models.BooleanField(default=False, help_text="an official who sees everything and changes nothing")

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager["Account"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "organization"], name="one_account_per_role_and_organization"
            ),
            models.CheckConstraint(
                condition=models.Q(only_looks=False) | models.Q(role=Role.OFFICIAL.value),
                name="only_officials_are_limited_to_looking",
            ),
        ]

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Activated and not suspended; whether the delegation stands is asked apart."""
        return self.activated_at is not None and self.suspended_at is None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What its owner may do."""
        return permissions_of(Role(self.role), only_looks=self.only_looks)

    @property
    def role_label(self) -> str:
        """The role's name as the manual writes it, and whether it was limited."""
        return f"{Role(self.role).label}{' (solo consulta)' if self.only_looks else ''}"


class SingleUseLink(models.Model):
    """A letter's permission to set the password, once, within 72 hours. Its token is computed, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(Account, models.CASCADE, related_name="links")
    sent_to = models.CharField(max_length=254)
    made_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, help_text="when it was used, or replaced by a newer one")

    def __str__(self) -> str:
        return f"link {self.id}"

    def stands(self, at: datetime) -> bool:
        """Whether it may still be used: the one place that knows of its expiry."""
        return self.spent_at is None and self.made_at <= at < self.made_at + LINK_LIFETIME


class Application(models.Model):
    """An entry of the catalogue of applications (imagen 1). An address links out; IHCE opens user types."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    summary = models.CharField(max_length=200)
    address = models.URLField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Agreement(models.Model):
    """One version of a text that people accept. A new one is added; the database refuses any change of the old."""

    kind = models.CharField(max_length=20, choices=AgreementKind.choices)
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True, help_text="empty: it came with the portal")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="one_text_per_version")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Acceptance(models.Model):
    """What is kept of an acceptance, as Ley 527 de 1999 asks: which exact text, who, when, from where.

    The database refuses any change of it.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT)
    account = models.ForeignKey(Account, models.PROTECT, related_name="acceptances")
    sha256 = models.CharField(max_length=64)
    accepted_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)

    def __str__(self) -> str:
        return f"{self.account} · {self.agreement}"
