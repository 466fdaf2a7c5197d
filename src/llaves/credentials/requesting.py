"""The delegate's side of a request: draft, asking, mending, withdrawing. A writer, like `actions`."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import generating, lifecycle, telling
from llaves.credentials.lifecycle import OPEN_STATES, Kind, Move, State
from llaves.credentials.models import Credential, Draft, Request
from llaves.credentials.queries import kinds_open_to, lock_request, subject_of
from llaves.identity.consent import accept
from llaves.identity.models import Account, Agreement
from llaves.providers.models import Provider


class AlreadyRequested(Exception):
    """The provider has a request that is open already."""


class KindNotOpen(Exception):
    """The provider cannot ask for keys of this kind today."""


@dataclass(frozen=True, slots=True)
class RequestEntered:
    """Fields a–g of paso 1, as they are stored."""

    vendor_name: str
    software_name: str
    lead_name: str
    lead_email: str
    lead_phone: str
    protection_officer_name: str
    protection_officer_phone: str


FIELDS = tuple(field.name for field in fields(RequestEntered))
LONGEST_DRAFT = 254
"""Of each field, in characters."""
DRAFT_LASTS = timedelta(days=30)


@transaction.atomic
def make_request(
    *,
    provider: Provider,
    entered: RequestEntered,
    accepts: Iterable[Agreement],
    account: Account,
    by: Actor,
    at: datetime,
    kind: Kind = Kind.FIRST,
) -> Request:
    """Ask the ministry for a provider's keys, and tell all who must know.

    `accepts` are the terms and the data authorisation, as the delegate has just read them.
    Keys that are replaced because others may know them are marked at once.

    :raises AlreadyRequested: see there; also for the second of two at once.
    :raises KindNotOpen: see `lifecycle.kinds_open`.
    """
    if Request.objects.filter(provider=provider, state__in=OPEN_STATES).exists():
        raise AlreadyRequested
    if kind not in kinds_open_to(provider, on=timezone.localdate(at)):
        raise KindNotOpen(kind)
    request = _create(provider, kind, entered, account, at=at)
    if lifecycle.ends_the_old_at_once(kind):
        _mark_as_exposed(provider, at=at)
    accept(account, accepts, by=by, at=at)
    Draft.objects.filter(provider=provider).delete()  # a colleague's too: it would come back at the next request
    details = {"request": str(request.id), "kind": request.kind}
    trail.record(EventName.REQUEST_MADE, by=by, at=at, subject=subject_of(provider), details=details)
    telling.of_request(request, at=at)
    generating.order_by_itself(request=request, account=account, by=by, at=at)
    return request


def _create(provider: Provider, kind: Kind, entered: RequestEntered, account: Account, *, at: datetime) -> Request:
    try:
        with transaction.atomic():
            return Request.objects.create(
                provider=provider,
                kind=kind.value,
                state=lifecycle.WAITING.value,
                requested_at=at,
                requested_by=account,
                **asdict(entered),
            )
    except IntegrityError as fault:
        raise AlreadyRequested from fault


def _mark_as_exposed(provider: Provider, *, at: datetime) -> None:
    # They go on working until the ministry has assigned others: a hospital without keys sends no records at all.
    valid = Credential.objects.filter(provider=provider, ended_at__isnull=True)
    valid.filter(exposed_at__isnull=True).update(exposed_at=at)


@transaction.atomic
def save_draft(*, provider: Provider, entered: Mapping[str, str], account: Account, by: Actor, at: datetime) -> None:
    """Keep what a delegate has typed so far. The trail tells when a draft was begun, not of each word."""
    kept = {name: entered[name][:LONGEST_DRAFT].replace("\0", "") for name in FIELDS if name in entered}
    values = {"entered": kept, "saved_at": at}
    _, is_new = Draft.objects.update_or_create(provider=provider, account=account, defaults=values)
    if is_new:
        trail.record(EventName.DRAFT_BEGUN, by=by, at=at, subject=subject_of(provider))


@transaction.atomic
def clear_drafts(*, by: Actor, at: datetime) -> int:
    """Delete the drafts that nobody has touched for long, and return how many."""
    cleared, _ = Draft.objects.filter(saved_at__lt=at - DRAFT_LASTS).delete()
    if cleared:
        trail.record(EventName.DRAFTS_CLEARED, by=by, at=at, details={"drafts": cleared})
    return cleared


@transaction.atomic
def mend(
    *,
    request_id: UUID,
    entered: RequestEntered,
    accepts: Iterable[Agreement],
    account: Account,
    by: Actor,
    at: datetime,
) -> None:
    """Correct a request that the ministry returned, and ask again. Consents are given anew: other people may be named.

    :raises MoveNotAllowed: it was not returned, or somebody has mended or withdrawn it.
    """
    request = lock_request(request_id)
    request.state = lifecycle.after(State(request.state), Move.MEND).value
    changed = [name for name, value in asdict(entered).items() if getattr(request, name) != value]
    for name in changed:
        setattr(request, name, getattr(entered, name))
    request.mended_at = at
    request.save(update_fields=["state", "mended_at", *changed])
    accept(account, accepts, by=by, at=at)
    Draft.objects.filter(provider=request.provider).delete()
    _record(EventName.REQUEST_MENDED, request, by=by, at=at, fields=changed)
    telling.of_mending(request, changed, at=at)


@transaction.atomic
def withdraw(*, request_id: UUID, account: Account, by: Actor, at: datetime) -> None:
    """Take an open request back. Keys that it marked as exposed stay marked: what others may know, they may still know.

    :raises MoveNotAllowed: the ministry has assigned the keys, or somebody has withdrawn it.
    """
    request = lock_request(request_id)
    request.state = lifecycle.after(State(request.state), Move.WITHDRAW).value
    request.withdrawn_at, request.withdrawn_by = at, account
    request.claimed_at = request.claimed_by = None
    request.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "claimed_at", "claimed_by"])
    _record(EventName.REQUEST_WITHDRAWN, request, by=by, at=at)
    telling.of_withdrawal(request, at=at)


def _record(name: EventName, request: Request, *, by: Actor, at: datetime, fields: Iterable[str] = ()) -> None:
    details: dict[str, trail.Detail] = {"request": str(request.id)}
    if fields:
        details["fields"] = list(fields)
    trail.record(name, by=by, at=at, subject=subject_of(request.provider), details=details)
