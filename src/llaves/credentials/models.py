import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from llaves.credentials.lifecycle import OPEN_STATES, Kind, State, label
from llaves.identity.models import Account
from llaves.providers.models import Provider
from llaves.vault.models import SealedSecret

UPLOAD_WAITS = timedelta(minutes=15)
"""So long the values of a bulk upload wait for their confirmation."""


class Environment(models.Model):
    """An environment of the mechanism, with the values that are the same for every provider."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    endpoint = models.CharField(max_length=200, blank=True)
    tenant_id = models.CharField(max_length=40, blank=True)
    scope = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Request(models.Model):
    """What a delegate asks for on behalf of a provider: the fields a–g of the manual's 6.4.1.1."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in State])
    vendor_name = models.CharField(max_length=120)
    software_name = models.CharField(max_length=120)
    lead_name = models.CharField(max_length=120)
    lead_email = models.CharField(max_length=254)
    lead_phone = models.CharField(max_length=10)
    protection_officer_name = models.CharField(max_length=120)
    protection_officer_phone = models.CharField(max_length=10)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(Account, models.PROTECT, related_name="requests_made")
    assigned_at = models.DateTimeField(null=True)
    assigned_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="requests_assigned")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(state__in=sorted(state.value for state in OPEN_STATES)),
                name="one_open_request_per_provider",
            ),
            models.CheckConstraint(
                condition=Q(state=State.ASSIGNED.value, assigned_at__isnull=False, assigned_by__isnull=False)
                | (~Q(state=State.ASSIGNED.value) & Q(assigned_at__isnull=True, assigned_by__isnull=True)),
                name="assigned_requests_say_when_and_by_whom",
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at", "id"],
                condition=Q(state=State.REQUESTED.value),
                name="request_waiting",
            ),
            models.Index(fields=["provider", "-requested_at"], name="request_by_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.state_label}"

    @property
    def state_label(self) -> str:
        return label(Kind(self.kind), State(self.state))


class Client(models.Model):
    """A ClientID of Entra. Its row ties it to one provider and one environment for good."""

    client_id = models.UUIDField(unique=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="clients")
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="clients")

    def __str__(self) -> str:
        return str(self.client_id)


class Standing(models.TextChoices):
    """What a credential is good for; «por vencer» is derived from its expiry."""

    VALID = "vigente", "Vigente"
    REPLACED = "reemplazada", "Reemplazada"
    EXPIRED = "vencida", "Vencida"
    REVOKED = "revocada", "Revocada"


class Credential(models.Model):
    """A ClientID with one of its secrets. The secrets themselves rest in the vault."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client = models.ForeignKey(Client, models.PROTECT, related_name="credentials")
    request = models.ForeignKey(Request, models.PROTECT, related_name="credentials")
    client_secret = models.OneToOneField(SealedSecret, models.PROTECT, related_name="+")
    subscription_key = models.OneToOneField(SealedSecret, models.PROTECT, related_name="+")
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.VALID)
    assigned_at = models.DateTimeField()
    expires_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(client_secret=F("subscription_key")), name="two_secrets_are_two_envelopes"
            ),
            models.UniqueConstraint(fields=["request", "client"], name="one_credential_per_client_and_request"),
        ]

    def __str__(self) -> str:
        return f"credential {self.id}"


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
