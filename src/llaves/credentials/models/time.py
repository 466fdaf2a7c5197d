"""What the jobs by the clock remember, so that nothing is told twice, and the calendars."""

import uuid

from django.db import models
from django.db.models import Q

from llaves.credentials.models.keys import Credential
from llaves.identity.models import Account
from llaves.providers.models import Provider


class ExpiryTold(models.Model):
    """That the expiry of a credential was told so many days before: the memory of who tells it."""

    credential = models.ForeignKey(Credential, models.PROTECT, related_name="told")
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "days"], name="expiry_is_told_once")]

    def __str__(self) -> str:
        return f"{self.credential_id} {self.days}"


class OwnExpiryTold(models.Model):
    """That the officials were told so many days before that the portal's own credential in a tenant expires."""

    tenant_id = models.CharField(max_length=40)
    expires_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "expires_on", "days"], name="own_expiry_is_told_once")
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.days}"


class Digest(models.Model):
    """That the officials were told on a day what waits, or that nothing did."""

    day = models.DateField(unique=True)
    posted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"digest {self.day}"


class Calendar(models.Model):
    """A delegate's private address of a provider's expiries. Its secret part is computed, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account"], condition=Q(revoked_at__isnull=True), name="one_calendar_per_delegate"
            )
        ]

    def __str__(self) -> str:
        return f"calendar {self.id}"


class Departure(models.Model):
    """That a delegate who has seen secrets may not act any more, until he may again."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="departures")
    noticed_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="when those who are delegates now were told, or need not be")
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(returned_at__isnull=True), name="one_departure_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"departure {self.account_id}"


class ExpiryCount(models.Model):
    """So many current credentials more, or fewer, expire on a day. Written by triggers of the credentials' table."""

    day = models.DateField()
    credentials = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.credentials:+}"
