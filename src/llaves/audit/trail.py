"""The only way to write an event."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from llaves.audit.events import Actor, EventName, Subject
from llaves.audit.models import Event

Detail = str | int | bool | None | list[str]
NOBODY = Subject()


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
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(name)
    Event.objects.create(
        at=at,
        name=name.value,
        actor_kind=by.kind.value,
        actor=by.name,
        address=by.address,
        nit=subject.nit,
        provider=subject.provider,
        details=dict(details or {}),
    )
