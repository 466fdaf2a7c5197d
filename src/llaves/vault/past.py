"""Secrets of an invented past, sealed like any other: each opens where it is bound, and nowhere else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from llaves.audit import past
from llaves.audit.copying import copy_rows
from llaves.audit.events import Actor, EventName
from llaves.audit.past import PastEvent
from llaves.vault import envelope
from llaves.vault.envelope import Binding
from llaves.vault.models import SealedSecret
from llaves.vault.sealing import entry_of, sealing_key


@dataclass(frozen=True, slots=True, repr=False)
class PastSecret:
    """A secret, and under which id, by whom and when it was kept."""

    id: UUID
    secret: str
    binding: Binding
    by: Actor
    at: datetime


def seal(secrets: Collection[PastSecret]) -> None:
    """Keep secrets; their events wait with those of the past that `audit.past` gathers.

    :raises WrongMasterKey: see there.
    """
    key = sealing_key()
    rows = ((one.id, envelope.seal(one.secret, binding=one.binding, key=key), str(key.kid), one.at) for one in secrets)
    copy_rows(SealedSecret, ("id", "envelope", "key_id", "sealed_at"), rows)
    past.tell(_event(one) for one in secrets)


def _event(one: PastSecret) -> PastEvent:
    told = entry_of(EventName.SECRET_SEALED, one.id, one.binding)
    return PastEvent(one.at, one.by, told.name, told.subject, told.details)
