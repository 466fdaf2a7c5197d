"""Requests and what is given for them."""

import uuid
from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from llaves.credentials import lifecycle
from llaves.credentials.lifecycle import OPEN_STATES, WAITING, Kind, Standing, State, label
from llaves.identity.models import Account
from llaves.providers.models import Provider
from llaves.vault.models import SealedSecret


class Environment(models.Model):
    """An environment of the mechanism, with the values that are the same for every provider."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    endpoint = models.CharField(max_length=200, blank=True)
    tenant_id = models.CharField(max_length=40, blank=True)
    scope = models.CharField(max_length=200, blank=True)
    authority = models.CharField(max_length=200, blank=True, help_text="where tokens are asked for; empty: not asked")
    graph_base = models.CharField(max_length=200, blank=True, help_text="Microsoft Graph of its tenant; empty: none")
    is_automatic = models.BooleanField(default=False, help_text="the portal itself makes its pairs in Entra")
    renews_by_itself = models.BooleanField(default=False, help_text="renewals and replacements wait for no official")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_automatic=False) | (~Q(tenant_id="") & ~Q(authority="") & ~Q(graph_base="")),
                name="automatic_environments_know_their_entra",
            ),
            models.CheckConstraint(
                condition=Q(renews_by_itself=False) | Q(is_automatic=True), name="only_automatic_ones_renew_themselves"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_proved(self) -> bool:
        """Whether Entra can be asked if a pair works here."""
        return bool(self.authority and self.tenant_id)


class ReturnReason(models.Model):
    """Why the ministry gives a request back. The list is the ministry's: rows, not code."""

    code = models.SlugField(max_length=30, unique=True)
    text = models.CharField(max_length=160)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.text


class Draft(models.Model):
    """What a delegate has typed of a request so far, without the consents. Only its author sees it."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    entered = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "account"], name="one_draft_per_account")]

    def __str__(self) -> str:
        return f"draft {self.provider_id}"


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
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    returned_at = models.DateTimeField(null=True, help_text="the last time")
    returned_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    return_reason = models.ForeignKey(ReturnReason, models.PROTECT, null=True, related_name="+")
    return_note = models.TextField(blank=True)
    fields_to_mend = ArrayField(models.CharField(max_length=30), default=list)
    mended_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(State)), name="request_is_in_a_known_state"),
            models.CheckConstraint(condition=Q(kind__in=list(Kind)), name="request_is_of_a_known_kind"),
            models.CheckConstraint(
                condition=~Q(state=State.RETURNED.value)
                | Q(returned_at__isnull=False, returned_by__isnull=False, return_reason__isnull=False),
                name="returned_requests_say_why",
            ),
            models.CheckConstraint(
                condition=Q(state=State.WITHDRAWN.value, withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                | (~Q(state=State.WITHDRAWN.value) & Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)),
                name="withdrawn_requests_say_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(claimed_at__isnull=True, claimed_by__isnull=True)
                | Q(claimed_at__isnull=False, claimed_by__isnull=False, state=WAITING.value),
                name="only_what_waits_is_claimed",
            ),
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

    def is_claimed(self, *, at: datetime) -> bool:
        """Whether an official has it open, as far as one can tell."""
        return lifecycle.is_claimed(self.claimed_at, at=at)


class Client(models.Model):
    """A ClientID of Entra. Its row ties it to one provider and one environment for good."""

    client_id = models.UUIDField(unique=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="clients")
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="clients")

    def __str__(self) -> str:
        return str(self.client_id)


class Credential(models.Model):
    """A ClientID with one of its secrets. The secrets themselves rest in the vault.

    Provider and environment repeat the client's, so that the database can count what is valid; a foreign key over all
    three keeps them true (migration 0011).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client = models.ForeignKey(Client, models.PROTECT, related_name="credentials")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="credentials")
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="credentials")
    request = models.ForeignKey(Request, models.PROTECT, related_name="credentials")
    client_secret = models.OneToOneField(SealedSecret, models.PROTECT, related_name="+")
    subscription_key = models.OneToOneField(SealedSecret, models.PROTECT, related_name="+")
    standing = models.CharField(
        max_length=12, choices=[(one.value, one.value.capitalize()) for one in Standing], default=Standing.VALID.value
    )
    assigned_at = models.DateTimeField()
    expires_on = models.DateField()
    overlap_ends_on = models.DateField(null=True, help_text="the last day of one that was renewed")
    exposed_at = models.DateTimeField(null=True, help_text="when a delegate said that others may know it")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField(max_length=300, blank=True)
    removed_at = models.DateTimeField(
        null=True, help_text="when an official said, or the portal saw to it, that Entra no longer has it"
    )
    removed_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    prove_at = models.DateTimeField(null=True, help_text="when Entra is asked next; empty: as soon as may be")
    last_proof = models.OneToOneField(
        "Proof", models.PROTECT, null=True, related_name="+", help_text="the last one that said something"
    )
    proofs_in_a_row = models.PositiveSmallIntegerField(default=0, help_text="counted while it is fresh")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(client_secret=F("subscription_key")), name="two_secrets_are_two_envelopes"
            ),
            models.CheckConstraint(condition=Q(standing__in=list(Standing)), name="credential_has_a_known_standing"),
            models.CheckConstraint(
                condition=Q(standing=Standing.VALID.value, ended_at__isnull=True)
                | (~Q(standing=Standing.VALID.value) & Q(ended_at__isnull=False)),
                name="credentials_end_at_a_moment",
            ),
            models.CheckConstraint(
                condition=(Q(standing=Standing.REVOKED.value, ended_by__isnull=False) & ~Q(end_reason=""))
                | ~Q(standing=Standing.REVOKED.value),
                name="revoked_credentials_say_why_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(overlap_ends_on__isnull=True) | Q(overlap_ends_on__lte=F("expires_on")),
                name="overlap_ends_before_expiry",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, ended_at__isnull=False),
                name="only_what_ended_is_removed",
            ),
            models.UniqueConstraint(
                fields=["provider", "environment"],
                condition=Q(standing=Standing.VALID.value, overlap_ends_on__isnull=True),
                name="one_current_credential_per_environment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_on"], condition=Q(standing=Standing.VALID.value), name="credential_valid_until"
            ),
            models.Index(fields=["provider", "-assigned_at"], name="credential_by_provider"),
            models.Index(
                fields=["overlap_ends_on"],
                condition=Q(standing=Standing.VALID.value, overlap_ends_on__isnull=False),
                name="credential_overlaps_until",
            ),
            models.Index(
                fields=["ended_at", "id"],
                condition=Q(standing__in=[Standing.REPLACED.value, Standing.REVOKED.value], removed_at__isnull=True),
                name="credential_to_be_removed",
            ),
            models.Index(
                "environment",
                F("prove_at").asc(nulls_first=True),
                "id",
                condition=Q(standing=Standing.VALID.value),
                name="credential_to_be_proved",
            ),
        ]

    def __str__(self) -> str:
        return f"credential {self.id}"

    def seen(self, *, on: date) -> Standing:
        """What it is worth on a day."""
        return lifecycle.seen(
            Standing(self.standing), expires_on=self.expires_on, overlap_ends_on=self.overlap_ends_on, on=on
        )
