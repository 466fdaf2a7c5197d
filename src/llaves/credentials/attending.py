"""The official's side of a request, but for the assignment: opening, returning, exporting."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import lifecycle, telling
from llaves.credentials.lifecycle import Move, State
from llaves.credentials.models import Request, ReturnReason
from llaves.credentials.queries import lock_request, subject_of
from llaves.identity.models import Account


class ClaimedByAnother(Exception):
    """Another official has opened the request minutes ago."""


@transaction.atomic
def claim(*, request_id: UUID, account: Account, by: Actor, at: datetime) -> None:
    """Let the other officials know that one is at work on a request. It hinders nobody and ends by itself.

    :raises MoveNotAllowed: it does not wait any more.
    :raises ClaimedByAnother: see there; the first one's claim stands.
    """
    request = lock_request(request_id)
    lifecycle.after(State(request.state), Move.CLAIM)
    if request.claimed_by_id != account.id and request.is_claimed(at=at):
        raise ClaimedByAnother
    request.claimed_at, request.claimed_by = at, account
    request.save(update_fields=["claimed_at", "claimed_by"])
    _record(EventName.REQUEST_CLAIMED, request, by=by, at=at)


@transaction.atomic
def send_back(
    *,
    request_id: UUID,
    reason: ReturnReason,
    note: str,
    fields: Sequence[str],
    account: Account,
    by: Actor,
    at: datetime,
) -> None:
    """Return a request to its delegate, with what must be mended and why.

    :raises MoveNotAllowed: it does not wait any more.
    """
    request = lock_request(request_id)
    request.state = lifecycle.after(State(request.state), Move.RETURN).value
    request.returned_at, request.returned_by = at, account
    request.return_reason, request.return_note, request.fields_to_mend = reason, note, list(fields)
    request.claimed_at = request.claimed_by = None
    request.save()
    # The note is free text and may name people; the row keeps it, the trail need not.
    _record(EventName.REQUEST_RETURNED, request, by=by, at=at, reason=reason.code, fields=list(fields))
    telling.of_return(request, at=at)


@transaction.atomic
def note_export(*, form: str, filters: Mapping[str, str], by: Actor, at: datetime) -> None:
    """Leave a trace before the list of those who wait, with names and addresses, leaves the portal as a file."""
    trail.record(EventName.REQUESTS_EXPORTED, by=by, at=at, details={"form": form, **filters})


def _record(name: EventName, request: Request, *, by: Actor, at: datetime, **details: trail.Detail) -> None:
    told = {"request": str(request.id), **details}
    trail.record(name, by=by, at=at, subject=subject_of(request.provider), details=told)
