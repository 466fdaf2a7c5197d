"""Ticking off what no longer has to be taken out of Entra. A writer, like `actions`."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials.agenda import waits_for_removal
from llaves.credentials.models import Credential
from llaves.credentials.queries import subject_of
from llaves.identity.models import Account


class NothingToRemove(Exception):
    """The credential does not wait for its removal: it is in force, or somebody has ticked it off."""


@transaction.atomic
def tick_off(*, credential_id: UUID, account: Account, by: Actor, at: datetime) -> None:
    """Keep that an official has taken a credential's secret out of Entra.

    :raises NothingToRemove: see there; also for the second of two at once.
    """
    _tick_off(credential_id, account, by=by, at=at)


@transaction.atomic
def tick_off_removed(*, credential_id: UUID, by: Actor, at: datetime) -> None:
    """Keep that the portal itself has taken a secret out of Entra, and that Entra shows it no more.

    :raises NothingToRemove: see there.
    """
    _tick_off(credential_id, None, by=by, at=at)


def _tick_off(credential_id: UUID, account: Account | None, *, by: Actor, at: datetime) -> None:
    held = Credential.objects.select_for_update(of=("self",)).select_related("provider__organization", "environment")
    credential = held.filter(waits_for_removal(), id=credential_id).first()
    if credential is None:
        raise NothingToRemove
    credential.removed_at, credential.removed_by = at, account
    credential.save(update_fields=["removed_at", "removed_by"])
    details: dict[str, trail.Detail] = {"credential": str(credential.id), "environment": credential.environment.code}
    trail.record(EventName.CREDENTIAL_REMOVED, by=by, at=at, subject=subject_of(credential.provider), details=details)
