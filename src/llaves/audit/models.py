from django.db import models

from llaves.audit.events import ActorKind, EventName

OPENING = models.Q(name=EventName.SECRET_OPENED.value) & ~models.Q(provider="")
"""That a secret of a provider was opened: of the opened secrets, only theirs say whose."""


class Event(models.Model):
    """One line of the trail. It holds plain values, so that it stays true when what it tells of changes.

    The database itself refuses UPDATE, DELETE and TRUNCATE (migration 0002).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    name = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ActorKind])
    actor = models.CharField(max_length=120)
    address = models.GenericIPAddressField(null=True)
    nit = models.CharField(max_length=15, blank=True)
    provider = models.CharField(max_length=10, blank=True)
    details = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["name", "id"], name="event_name"),
            models.Index(fields=["provider", "id"], name="event_provider", condition=~models.Q(provider="")),
            models.Index(fields=["provider", "actor"], name="event_opening", condition=OPENING),
            models.Index(fields=["actor", "provider"], name="event_opening_by", condition=OPENING),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.name} {self.actor}"
