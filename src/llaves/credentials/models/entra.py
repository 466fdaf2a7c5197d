"""What the portal makes in Entra: applications, the generation of pairs, and generations ordered together."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least

from llaves.credentials.generation import AT_WORK, LIVE, Fault, Stage
from llaves.credentials.models.keys import Credential, Environment, Request
from llaves.identity.models import Account
from llaves.providers.models import Provider
from llaves.vault.models import SealedSecret

MOST_COUNTED = 1000
ONE_MORE_ATTEMPT = Least(F("attempts") + 1, MOST_COUNTED)
"""What Entra refuses for months is tried more often than its column could count."""


class EntraApplication(models.Model):
    """An application that the portal itself has made. Those made by hand have no row: they are proved, not managed."""

    id = models.UUIDField(primary_key=True, help_text="the object's id in Entra")
    client_id = models.UUIDField(unique=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="applications")
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="applications")
    tenant_id = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, help_text="since when Entra refuses it new tokens, on our word")
    is_unsure = models.BooleanField(default=False, help_text="asked to be switched; what came of it was not heard")
    removed_at = models.DateTimeField(null=True, help_text="when Entra had none of it any more")
    due_at = models.DateTimeField(null=True, help_text="not before this moment is Entra asked again")
    attempts = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=24, blank=True, choices=[(one.value, one.value) for one in Fault])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "environment"],
                condition=Q(removed_at__isnull=True),
                name="one_application_per_environment",
            )
        ]

    def __str__(self) -> str:
        return f"application {self.client_id}"


class SharedSubscriptionKey(models.Model):
    """The APIM subscription key of an environment in which all providers share one."""

    environment = models.OneToOneField(Environment, models.PROTECT, related_name="+")
    sealed = models.OneToOneField(SealedSecret, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"subscription key of {self.environment_id}"


class Reconciliation(models.Model):
    """What a tenant had one night, and what did not fit. It holds no secret."""

    tenant_id = models.CharField(max_length=40)
    at = models.DateTimeField()
    applications = models.PositiveIntegerField()
    in_bin = models.PositiveIntegerField(help_text="deleted applications, which count against the quota")
    count = models.PositiveIntegerField()
    differences = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-at"], name="reconciliation_newest")]

    def __str__(self) -> str:
        return f"reconciliation {self.tenant_id} {self.at:%Y-%m-%d}"


class GenerationRun(models.Model):
    """Generations that an official ordered together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    requests = models.PositiveIntegerField()
    paused_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=24, blank=True, choices=[(one.value, one.value) for one in Fault])

    class Meta:
        ordering = ["-ordered_at"]

    def __str__(self) -> str:
        return f"run {self.id}"


class Generation(models.Model):
    """One environment of one request, from the order to the assignment. Committed before Entra is asked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    request = models.ForeignKey(Request, models.PROTECT, related_name="generations")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="+")
    run = models.ForeignKey(GenerationRun, models.PROTECT, null=True, related_name="generations")
    stage = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Stage])
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    is_urgent = models.BooleanField(default=False, help_text="somebody waits for it")
    application = models.ForeignKey(EntraApplication, models.PROTECT, null=True, related_name="generations")
    key_id = models.UUIDField(null=True, help_text="of the secret in Entra")
    client_secret = models.OneToOneField(SealedSecret, models.PROTECT, null=True, related_name="+")
    subscription_key = models.OneToOneField(SealedSecret, models.PROTECT, null=True, related_name="+")
    expires_on = models.DateField(null=True)
    credential = models.OneToOneField(Credential, models.PROTECT, null=True, related_name="generation")
    due_at = models.DateTimeField(help_text="not before this moment is Entra asked again")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="of this stage")
    is_unsure = models.BooleanField(default=False, help_text="Entra may hold a secret of which the answer was lost")
    kept_at = models.DateTimeField(null=True)
    proofs = models.PositiveSmallIntegerField(default=0, help_text="successes in a row")
    ended_at = models.DateTimeField(null=True, help_text="when it was assigned, failed, or was undone")
    fault = models.CharField(max_length=24, blank=True, choices=[(one.value, one.value) for one in Fault])
    fault_code = models.CharField(max_length=120, blank=True, help_text="Graph's own word, and the id of the request")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=list(Stage)), name="generation_is_in_a_known_stage"),
            models.UniqueConstraint(
                fields=["provider", "environment"],
                condition=Q(stage__in=sorted(LIVE)),
                name="one_generation_per_environment",
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=[Stage.KEPT.value, Stage.INSTALLED.value, Stage.PROVED.value])
                | Q(application__isnull=False, key_id__isnull=False, client_secret__isnull=False),
                name="what_is_generated_is_kept",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.ASSIGNED.value) | Q(credential__isnull=False),
                name="assigned_generations_name_their_credential",
            ),
        ]
        indexes = [
            models.Index(
                fields=["stage", "-is_urgent", "due_at", "id"],
                condition=Q(stage__in=sorted(AT_WORK)),
                name="generation_due",
            ),
            models.Index(fields=["run", "stage"], name="generation_of_a_run"),
        ]

    def __str__(self) -> str:
        return f"generation {self.id} {self.stage}"

    @property
    def has_failed_for_its_key(self) -> bool:
        """Whether it lacks nothing but the APIM subscription key."""
        return self.stage == Stage.FAILED.value and self.fault == Fault.NO_SUBSCRIPTION_KEY.value

    @property
    def key_name(self) -> str:
        """How its secrets are called in Entra: by this name alone are they known as ours."""
        return f"llaves:{self.id}"
