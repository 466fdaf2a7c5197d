"""Events of an invented past: millions, each with its own moment, written in the order of their moments.

Only the demo has such a past. What people do goes through `trail.record`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from llaves.audit.copying import copy_into
from llaves.audit.events import Actor, EventName, Subject
from llaves.audit.trail import NOBODY, Detail

_COLUMNS = ("at", "name", "actor_kind", "actor", "address", "nit", "provider", "details")
_BEGIN = """
CREATE TEMPORARY TABLE past_event (LIKE audit_event) ON COMMIT DROP;
ALTER TABLE past_event DROP COLUMN id, ADD COLUMN turn bigint GENERATED ALWAYS AS IDENTITY;
"""
# As far as their moments agree, in the order in which they were told.
_WRITE_DOWN = """
SET LOCAL work_mem = '256MB';
INSERT INTO audit_event (at, name, actor_kind, actor, address, nit, provider, details)
SELECT at, name, actor_kind, actor, address, nit, provider, details FROM past_event ORDER BY at, turn;
DROP TABLE past_event;
"""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """What `trail.record` would have been told."""

    at: datetime
    by: Actor
    name: EventName
    subject: Subject = NOBODY
    details: Mapping[str, Detail] = field(default_factory=dict)


def begin() -> None:
    """Make a place where the events wait until all are told. The transaction that began also writes them down."""
    _run(_BEGIN)


def tell(events: Iterable[PastEvent]) -> None:
    """Let some wait, in any order."""
    copy_into("past_event", _COLUMNS, map(_row, events))


def write_down() -> None:
    """Write them to the trail."""
    _run(_WRITE_DOWN)


@transaction.atomic
def _run(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)


def _row(event: PastEvent) -> tuple[object, ...]:
    by, subject = event.by, event.subject
    details = json.dumps(event.details, ensure_ascii=False)
    return event.at, event.name.value, by.kind.value, by.name, by.address, subject.nit, subject.provider, details
