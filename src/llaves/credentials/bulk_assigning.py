"""The only writer of bulk assignments: a file is checked, kept sealed for a while, then assigned whole or not."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import bulk, lifecycle, telling
from llaves.credentials.assignment import CLIENT_SECRET, SUBSCRIPTION_KEY, binding_of, make_room
from llaves.credentials.bulk import Entry, EnvironmentKnown, Facts, Fault, TableRead
from llaves.credentials.lifecycle import WAITING, Move
from llaves.credentials.models import UPLOAD_WAITS, BulkPart, BulkUpload, Client, Credential, Environment, Request
from llaves.credentials.pairs import PairEntered
from llaves.credentials.queries import catalogue, holders_of, subject_of
from llaves.identity.models import Account
from llaves.vault import actions as vault
from llaves.vault.envelope import Binding

UPLOAD = "bulk_upload"
"""The kind of the envelopes in which an upload waits."""
MOST_FAULTS = 5000
_PART = 30_000  # characters; an envelope holds 64 KB, in base64
_BATCH = 2000


class UploadGone(Exception):
    """There is no such upload of this account to confirm: never was, expired, discarded, refused or somebody else's."""


class AlreadyConfirmed(Exception):
    """The upload was confirmed before; its report tells what was assigned."""


@transaction.atomic
def check_upload(*, table: TableRead, account: Account, by: Actor, at: datetime) -> BulkUpload:
    """Check every line of a file, and keep its values for a while if nothing is wrong with any of them.

    An earlier upload of the account that was not confirmed is discarded. Nothing is assigned.
    """
    _forget(BulkUpload.objects.filter(account=account, confirmed_at=None), by=by, at=at)
    environments = catalogue()
    checked = bulk.check(table.lines, environments)
    facts = _facts(checked.entries, environments, today=timezone.localdate(at))
    conflicts = bulk.conflicts(checked.entries, facts, there=checked.there)
    faults = sorted([*checked.faults, *conflicts], key=lambda fault: (fault.line, fault.column))
    upload = BulkUpload.objects.create(
        account=account,
        uploaded_at=at,
        file_sha256=table.sha256,
        lines_read=len(table.lines),
        lines=[] if faults else [_shown(entry, facts) for entry in checked.entries],
        faults=[asdict(fault) for fault in faults[:MOST_FAULTS]],
    )
    if not faults:
        _keep(upload, checked.entries, by=by, at=at)
    trail.record(EventName.BULK_CHECKED, by=by, at=at, details={**_told(upload), "faults": len(faults)})
    return upload


@transaction.atomic
def confirm(*, upload_id: UUID, account: Account, by: Actor, at: datetime) -> Sequence[Fault]:
    """Assign everything that the upload holds; or, if any of it has become wrong meanwhile, nothing, and tell what.

    Either way the values are forgotten.

    :raises UploadGone: see there.
    :raises AlreadyConfirmed: see there.
    """
    upload = BulkUpload.objects.select_for_update().filter(id=upload_id, account=account).first()
    if upload and upload.confirmed_at:
        raise AlreadyConfirmed
    if upload is None or upload.faults or upload.has_expired(at=at):
        raise UploadGone
    entries = _opened(upload, by=by, at=at)
    requests = _held({entry.code for entry in entries})
    if faults := _tie_clients(entries, requests, today=timezone.localdate(at)):
        _forget(BulkUpload.objects.filter(id=upload.id), by=by, at=at)
        trail.record(EventName.BULK_REFUSED, by=by, at=at, details={**_told(upload), "faults": len(faults)})
        return faults
    _assign(entries, requests, account=account, by=by, at=at)
    _forget_values(upload, by=by, at=at)
    upload.confirmed_at = at
    upload.save(update_fields=["confirmed_at"])
    trail.record(EventName.BULK_ASSIGNED, by=by, at=at, details={**_told(upload), "requests": len(requests)})
    return ()


@transaction.atomic
def discard(*, upload_id: UUID, account: Account, by: Actor, at: datetime) -> None:
    """Forget an upload that was not confirmed; one that is not there any more is forgotten already."""
    _forget(BulkUpload.objects.filter(id=upload_id, account=account, confirmed_at=None), by=by, at=at)


@transaction.atomic
def forget_expired(*, by: Actor, at: datetime) -> None:
    """Forget every upload that nobody can confirm any more."""
    _forget(BulkUpload.objects.filter(confirmed_at=None, uploaded_at__lte=at - UPLOAD_WAITS), by=by, at=at)


def _told(upload: BulkUpload) -> dict[str, trail.Detail]:
    return {"upload": str(upload.id), "sha256": upload.file_sha256, "lines": upload.lines_read}


def _facts(entries: Sequence[Entry], environments: Sequence[EnvironmentKnown], *, today: date) -> Facts:
    codes = {entry.code for entry in entries}
    waiting = Request.objects.filter(state=WAITING.value, provider__code__in=codes).select_related("provider")
    return Facts(
        environments=environments,
        waiting={request.provider.code: request.provider.label for request in waiting},
        holders={
            client_id: (client.provider.code, client.environment.code)
            for client_id, client in _clients(entries).items()
        },
        today=today,
    )


def _shown(entry: Entry, facts: Facts) -> dict[str, str | int]:
    names = {known.code: known.name for known in facts.environments}
    return {
        "line": entry.line,
        "code": entry.code,
        "provider": facts.waiting[entry.code],
        "environment": names[entry.environment],
        "client_id": str(entry.pair.client_id),
        "expires_on": f"{entry.pair.expires_on:%d/%m/%Y}",
    }


# The values, between upload and confirmation


def _keep(upload: BulkUpload, entries: Iterable[Entry], *, by: Actor, at: datetime) -> None:
    rows = [_written(entry) for entry in entries]
    text = json.dumps(rows)
    pieces = [text[start : start + _PART] for start in range(0, len(text), _PART)]
    bound = [(piece, _binding(upload, position)) for position, piece in enumerate(pieces)]
    sealed = vault.seal_all(bound, by=by, at=at)
    BulkPart.objects.bulk_create(
        BulkPart(upload=upload, position=position, sealed=secret) for position, secret in enumerate(sealed)
    )


def _binding(upload: BulkUpload, position: int) -> Binding:
    return Binding(UPLOAD, {"upload": str(upload.id), "account": upload.account.login, "part": str(position)})


def _opened(upload: BulkUpload, *, by: Actor, at: datetime) -> list[Entry]:
    text = "".join(
        vault.unseal(part.sealed_id, binding=_binding(upload, part.position), by=by, at=at)
        for part in upload.parts.all()
    )
    return [_read(row) for row in json.loads(text)]


def _written(entry: Entry) -> list[str | int]:
    pair = entry.pair
    own = str(pair.client_id), pair.client_secret, pair.subscription_key, pair.expires_on.isoformat()
    return [entry.line, entry.code, entry.environment, *own]


def _read(row: Sequence[Any]) -> Entry:
    line, code, environment, client_id, client_secret, subscription_key, expires_on = row
    pair = PairEntered(UUID(client_id), client_secret, subscription_key, date.fromisoformat(expires_on))
    return Entry(line, code, environment, pair)


def _forget(uploads: QuerySet[BulkUpload], *, by: Actor, at: datetime) -> None:
    # Held first: what is being confirmed in this moment is then no longer among them.
    for upload in uploads.select_for_update(of=("self",)).order_by("id"):
        _forget_values(upload, by=by, at=at)
        trail.record(EventName.BULK_DISCARDED, by=by, at=at, details=_told(upload))
        upload.delete()


def _forget_values(upload: BulkUpload, *, by: Actor, at: datetime) -> None:
    secrets = list(upload.parts.values_list("sealed_id", flat=True))
    upload.parts.all().delete()
    if secrets:
        vault.forget(secrets, by=by, at=at)


# The assignment


def _held(codes: Iterable[str]) -> dict[str, Request]:
    """The requests that wait, held until the end of the transaction, always in the same order; by provider's code."""
    waiting = (
        Request.objects.select_for_update(of=("self",))
        .filter(state=WAITING.value, provider__code__in=list(codes))
        .select_related("provider__organization", "requested_by__person")
        .order_by("id")
    )
    return {request.provider.code: request for request in waiting}


def _tie_clients(entries: Sequence[Entry], requests: Mapping[str, Request], *, today: date) -> Sequence[Fault]:
    """Tie every new ClientID to its provider and environment, unless anything is wrong: then tell what."""
    known = set(_clients(entries))  # asked first: what others give out from now on is inserted twice, and noticed
    if found := _conflicts(entries, today=today):
        return found
    try:
        with transaction.atomic():
            Client.objects.bulk_create(_new_clients(entries, requests, known), batch_size=_BATCH)
    except IntegrityError:
        # Somebody else has given one of them out in this very moment; now it can be seen.
        if found := _conflicts(entries, today=today):
            return found
        raise
    return ()


def _conflicts(entries: Sequence[Entry], *, today: date) -> Sequence[Fault]:
    return bulk.conflicts(entries, _facts(entries, catalogue(), today=today))


def _new_clients(entries: Sequence[Entry], requests: Mapping[str, Request], known: Collection[UUID]) -> list[Client]:
    """In the order of their ids, so that two who insert the same wait for each other in one direction only."""
    environments = {environment.code: environment for environment in Environment.objects.all()}
    return [
        Client(
            client_id=entry.pair.client_id,
            provider=requests[entry.code].provider,
            environment=environments[entry.environment],
        )
        for entry in sorted(entries, key=lambda entry: entry.pair.client_id)
        if entry.pair.client_id not in known
    ]


def _clients(entries: Iterable[Entry]) -> dict[UUID, Client]:
    return holders_of(entry.pair.client_id for entry in entries)


def _assign(
    entries: Sequence[Entry], requests: Mapping[str, Request], *, account: Account, by: Actor, at: datetime
) -> None:
    """What `actions.assign` does for one request, for all of them with few queries."""
    replaced = make_room(requests.values(), account, at=at)
    _issue(entries, requests, by=by, at=at)
    state = lifecycle.after(WAITING, Move.ASSIGN).value
    for request in requests.values():
        request.state = state
    Request.objects.filter(id__in=[request.id for request in requests.values()]).update(
        state=state, assigned_at=at, assigned_by=account, claimed_at=None, claimed_by=None
    )
    codes = sorted({entry.environment for entry in entries})
    told = (
        trail.Entry(
            EventName.REQUEST_ASSIGNED,
            subject_of(request.provider),
            {"request": str(request.id), "environments": codes, "replaces": replaced[request.id]},
        )
        for request in requests.values()
    )
    trail.record_all(told, by=by, at=at)
    names = list(Environment.objects.filter(code__in=codes).values_list("name", flat=True))
    telling.of_assignment(requests.values(), names, at=at)


def _issue(entries: Sequence[Entry], requests: Mapping[str, Request], *, by: Actor, at: datetime) -> None:
    clients = _clients(entries)
    credentials = [
        _without_secrets(entry, requests[entry.code], clients[entry.pair.client_id], at=at) for entry in entries
    ]
    secrets = [
        (secret, binding_of(credential.provider, credential.environment, credential.id, content))
        for entry, credential in zip(entries, credentials, strict=True)
        for content, secret in (
            (CLIENT_SECRET, entry.pair.client_secret),
            (SUBSCRIPTION_KEY, entry.pair.subscription_key),
        )
    ]
    sealed = vault.seal_all(secrets, by=by, at=at)
    for credential, client_secret, subscription_key in zip(credentials, sealed[::2], sealed[1::2], strict=True):
        credential.client_secret, credential.subscription_key = client_secret, subscription_key
    Credential.objects.bulk_create(credentials, batch_size=_BATCH)


def _without_secrets(entry: Entry, request: Request, client: Client, *, at: datetime) -> Credential:
    return Credential(
        id=uuid4(),
        client=client,
        provider=request.provider,
        environment=client.environment,
        request=request,
        assigned_at=at,
        expires_on=entry.pair.expires_on,
    )
