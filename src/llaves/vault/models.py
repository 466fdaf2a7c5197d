import uuid

from django.db import models


class SealedSecret(models.Model):
    """A secret in its only stored form. `key_id` repeats the envelope's `kid`, so that rotation finds what is left."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    envelope = models.TextField()
    key_id = models.CharField(max_length=60)
    sealed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key_id", "id"], name="secret_by_key")]

    def __str__(self) -> str:
        return f"secret {self.id}"
