"""Keeping that Entra refuses tokens to a provider's applications, or gives them again. A writer, like `actions`."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import generating
from llaves.credentials.generation import Fault, Stage, StepNotAllowed
from llaves.credentials.models import EntraApplication, Generation
from llaves.credentials.queries import subject_of
from llaves.credentials.suspended import suspended

AT_ONCE = 500


@transaction.atomic
def note_disabled(*, application_id: UUID, disabled: bool, by: Actor, at: datetime) -> None:
    """Keep what Entra has just been told about an application."""
    related = ("provider__organization", "environment")
    held = EntraApplication.objects.select_for_update(of=("self",)).select_related(*related).get(id=application_id)
    held.disabled_at = at if disabled else None
    held.due_at, held.attempts, held.fault, held.is_unsure = None, 0, "", False
    held.save()
    name = EventName.APPLICATION_DISABLED if disabled else EventName.APPLICATION_ENABLED
    details: dict[str, trail.Detail] = {"application": str(held.client_id), "environment": held.environment.code}
    trail.record(name, by=by, at=at, subject=subject_of(held.provider), details=details)


@transaction.atomic
def take_up_readmitted(*, tenant: str, by: Actor, at: datetime) -> int:
    """Let some generations go on that stopped because their provider was suspended, and is not; return how many."""
    stopped = Generation.objects.filter(stage=Stage.FAILED.value, fault=Fault.SUSPENDED.value)
    readmitted = stopped.filter(~suspended(at), environment__tenant_id=tenant).order_by("id")
    ids = list(readmitted.values_list("id", flat=True)[:AT_ONCE])
    taken_up = 0
    for one in ids:
        with suppress(StepNotAllowed):  # an official was faster
            generating.retry(generation_id=one, by=by, at=at)
            taken_up += 1
    return taken_up
