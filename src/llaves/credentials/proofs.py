"""Questions about what Entra said of credentials."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from llaves.credentials.agenda import waits_for_removal
from llaves.credentials.lifecycle import Standing
from llaves.credentials.models import BulkUpload, Credential, Environment, Proof
from llaves.credentials.verdicts import Finding, Origin

_MINUTES = 20 * 60
"""In so many of a day all valid credentials are asked about; the rest of it makes up for stops."""
_FEWEST = 120
"""So that thousands that were assigned at once are proved within the hour."""


def proved_environments() -> list[Environment]:
    """Where Entra can be asked."""
    return [environment for environment in Environment.objects.all() if environment.is_proved]


def may_be_asked_about(credential_id: UUID) -> bool:
    """Whether Entra can be asked about a credential that waits for its removal."""
    waiting = Credential.objects.filter(waits_for_removal(), id=credential_id).select_related("environment")
    return any(one.environment.is_proved for one in waiting)


def share_of_a_minute(environment: Environment) -> int:
    """How many of an environment's credentials are asked about within a minute, so that a day is enough for all."""
    valid = Credential.objects.filter(environment=environment, standing=Standing.VALID.value).count()
    return max(_FEWEST, -(-valid // _MINUTES))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the proving of an upload's credentials has come."""

    valid: int
    failing: int
    waiting: int
    some_failing: list[Credential]
    """Of those that fail, as many as a page shows."""


def progress_of(upload: BulkUpload, *, most: int = 50) -> Progress | None:
    """What Entra said by now of what an upload has assigned; None where it can't be asked. Three queries at most."""
    if upload.confirmed_at is None:
        return None
    client_ids = [line["client_id"] for line in upload.lines]
    assigned = Credential.objects.filter(client__client_id__in=client_ids, assigned_at=upload.confirmed_at)
    provable = assigned.filter(environment__in=proved_environments())
    said: dict[str | None, int] = dict(provable.order_by().values_list("last_proof__finding").annotate(Count("id")))
    if not said:
        return None
    valid, waiting = said.pop(Finding.VALID.value, 0), said.pop(None, 0)
    failing = provable.exclude(last_proof__finding=Finding.VALID.value).filter(last_proof__isnull=False)
    related = failing.select_related("provider", "environment", "last_proof").order_by("provider__code", "environment")
    return Progress(valid, sum(said.values()), waiting, list(related[:most]) if said else [])


def count_failures(environment: Environment, *, at: datetime) -> int:
    """How many credentials of an environment the rounds of the last day have found to fail that did not before."""
    failures = Proof.objects.filter(origin=Origin.ROUND.value, first_at__gt=at - timedelta(days=1))
    return failures.exclude(finding=Finding.VALID.value).filter(credential__environment=environment).count()


def ended_before(client_id: UUID) -> Credential | None:
    """The last credential of a ClientID that was replaced or revoked here: its secret may be the one at hand."""
    over = [Standing.REPLACED.value, Standing.REVOKED.value]
    return Credential.objects.filter(client__client_id=client_id, standing__in=over).order_by("-ended_at").first()
