"""Bulk uploads, between the file and its confirmation."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from llaves.identity.models import Account
from llaves.vault.models import SealedSecret

UPLOAD_WAITS = timedelta(minutes=15)
"""So long the values of a bulk upload wait for their confirmation."""


class BulkUpload(models.Model):
    """A file with the keys of many providers, between its upload and its confirmation, and its report afterwards.

    No secret stands here: `lines` holds what may be shown, `faults` what is wrong. The values rest in `BulkPart` until
    they are assigned or forgotten.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    file_sha256 = models.CharField(max_length=64)
    lines_read = models.PositiveIntegerField()
    lines = models.JSONField()
    faults = models.JSONField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["uploaded_at"], name="bulk_upload_open", condition=Q(confirmed_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"bulk upload {self.id}"

    @property
    def providers(self) -> dict[str, str]:
        """Names by code, in the order of the file."""
        return {line["code"]: line["provider"] for line in self.lines}

    def has_expired(self, *, at: datetime) -> bool:
        """Whether it has waited too long for its confirmation."""
        return self.confirmed_at is None and self.uploaded_at <= at - UPLOAD_WAITS


class BulkPart(models.Model):
    """A piece of an upload's values, sealed for this upload and account alone."""

    upload = models.ForeignKey(BulkUpload, models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField()
    sealed = models.OneToOneField(SealedSecret, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["upload", "position"], name="one_part_per_position")]

    def __str__(self) -> str:
        return f"part {self.position} of {self.upload_id}"
