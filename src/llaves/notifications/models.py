import uuid

from django.db import models


class Notice(models.Model):
    """A letter to one recipient. It holds what the letter is about, never its text nor the link in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    letter = models.CharField(max_length=40)
    recipient = models.CharField(max_length=254)
    about = models.JSONField()
    posted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_fault = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["posted_at"], name="notice_unsent", condition=models.Q(sent_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.letter} {self.id}"
