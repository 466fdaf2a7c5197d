"""What Entra said of credentials when it was asked."""

from django.db import models
from django.db.models import Q

from llaves.credentials.models.keys import Credential
from llaves.credentials.verdicts import Finding, Origin


class Proof(models.Model):
    """That Entra was asked whether a credential works, and what it said.

    Equal answers of the daily round are one row, from `first_at` to `at`; every other proof has its own.
    """

    credential = models.ForeignKey(Credential, models.PROTECT, related_name="proofs")
    finding = models.CharField(max_length=24, choices=[(one.value, one.value) for one in Finding])
    origin = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Origin])
    first_at = models.DateTimeField()
    at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    by = models.CharField(max_length=120, help_text="login or job")
    error_code = models.CharField(max_length=12, blank=True, help_text="the number of AADSTS…")
    trace_id = models.CharField(max_length=64, blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finding__in=[one.value for one in Finding]), name="proof_has_a_known_finding"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=[one.value for one in Origin]), name="proof_has_a_known_origin"
            ),
        ]
        indexes = [
            models.Index(fields=["credential", "-at"], name="proof_by_credential"),
            models.Index(
                fields=["first_at"],
                condition=Q(origin=Origin.ROUND.value) & ~Q(finding=Finding.VALID.value),
                name="proof_of_a_failure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} {self.finding}"
