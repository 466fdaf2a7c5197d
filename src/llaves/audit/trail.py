"""The only way to write an event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from llaves.audit.events import Actor, EventName, Subject
from llaves.audit.models import Event

Detail = str | int | bool | None | list[str]
NOBODY = Subject()
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One of many events of the same actor at the same moment."""

    name: EventName
    subject: Subject = NOBODY
    details: Mapping[str, Detail] = field(default_factory=dict)


class NotInTransaction(RuntimeError):
    """An event was about to be written apart from the change it tells of."""


def record(
    name: EventName,
    *,
    by: Actor,
    at: datetime,
    subject: Subject = NOBODY,
    details: Mapping[str, Detail] | None = None,
) -> None:
    """Write one event in the transaction of the change it tells of, so that both stand or neither.

    Details must never hold a secret, a password, a token or a code.

    :raises NotInTransaction: no transaction is open.
    """
    _require_transaction(name)
    _event(Entry(name, subject, details or {}), by=by, at=at).save(force_insert=True)


def record_all(entries: Iterable[Entry], *, by: Actor, at: datetime) -> None:
    """Write many events at once; each as `record` writes it.

    :raises NotInTransaction: no transaction is open.
    """
    events = [_event(entry, by=by, at=at) for entry in entries]
    if events:
        _require_transaction(events[0].name)
    Event.objects.bulk_create(events, batch_size=_BATCH)


def _event(entry: Entry, *, by: Actor, at: datetime) -> Event:
    return Event(
        at=at,
        name=entry.name.value,
        actor_kind=by.kind.value,
        actor=by.name,
        address=by.address,
        nit=entry.subject.nit,
        provider=entry.subject.provider,
        details=dict(entry.details),
    )


def _require_transaction(name: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(name)
