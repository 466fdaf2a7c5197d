"""Keeping that Entra refuses tokens to a provider's applications, or gives them again. A writer, like `actions`."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials.models import EntraApplication
from llaves.credentials.queries import subject_of


@transaction.atomic
def note_disabled(*, application_id: UUID, disabled: bool, by: Actor, at: datetime) -> None:
    """Keep what Entra has just been told about an application."""
    related = ("provider__organization", "environment")
    held = EntraApplication.objects.select_for_update(of=("self",)).select_related(*related).get(id=application_id)
    held.disabled_at = at if disabled else None
    held.due_at, held.attempts, held.fault = None, 0, ""
    held.save()
    name = EventName.APPLICATION_DISABLED if disabled else EventName.APPLICATION_ENABLED
    details: dict[str, trail.Detail] = {"application": str(held.client_id), "environment": held.environment.code}
    trail.record(name, by=by, at=at, subject=subject_of(held.provider), details=details)
