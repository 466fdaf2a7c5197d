import uuid

from django.db import models
from django.db.models import Q


class Notice(models.Model):
    """A letter to one recipient. It holds what the letter is about, never its text nor the link in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    letter = models.CharField(max_length=40)
    recipient = models.CharField(max_length=254)
    about = models.JSONField()
    regarding = models.UUIDField(null=True)
    """What gave cause to it, in the part that posted it: there its refusal is shown."""
    posted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_fault = models.CharField(max_length=200, blank=True)
    refused_at = models.DateTimeField(null=True)
    """When it was given up: by the mail server, by a report that came later, or after the last attempt."""
    refusal = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refused_at__isnull=True, refusal="") | (Q(refused_at__isnull=False) & ~Q(refusal="")),
                name="refused_notices_say_why",
            )
        ]
        indexes = [
            models.Index(
                fields=["posted_at", "id"],
                condition=Q(refused_at__isnull=False) | Q(sent_at__isnull=True),
                name="notice_undelivered",
            ),
            models.Index(fields=["regarding"], condition=Q(refused_at__isnull=False), name="notice_refused_regarding"),
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.id}"
