"""Questions about what Entra said of credentials."""

from datetime import datetime, timedelta
from uuid import UUID

from llaves.credentials.lifecycle import Standing
from llaves.credentials.models import Credential, Environment, Proof
from llaves.credentials.verdicts import Finding, Origin

_MINUTES = 20 * 60
"""In so many of a day all valid credentials are asked about; the rest of it makes up for stops."""
_FEWEST = 60


def proved_environments() -> list[Environment]:
    """Where Entra can be asked."""
    return [environment for environment in Environment.objects.all() if environment.is_proved]


def share_of_a_minute(environment: Environment) -> int:
    """How many of an environment's credentials are asked about within a minute, so that a day is enough for all."""
    valid = Credential.objects.filter(environment=environment, standing=Standing.VALID.value).count()
    return max(_FEWEST, -(-valid // _MINUTES))


def count_failures(environment: Environment, *, at: datetime) -> int:
    """How many credentials of an environment the rounds of the last day have found to fail that did not before."""
    failures = Proof.objects.filter(origin=Origin.ROUND.value, first_at__gt=at - timedelta(days=1))
    return failures.exclude(finding=Finding.VALID.value).filter(credential__environment=environment).count()


def ended_before(client_id: UUID) -> Credential | None:
    """The last credential of a ClientID that was replaced or revoked here: its secret may be the one at hand."""
    over = [Standing.REPLACED.value, Standing.REVOKED.value]
    return Credential.objects.filter(client__client_id=client_id, standing__in=over).order_by("-ended_at").first()
