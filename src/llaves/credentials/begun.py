"""Generations that go on now, taken up many at a time: a statement for all of them costs little more than one for one.

What is known of them here is some seconds old when their turn comes. Whatever is kept afterwards looks at the row
again, so what was cancelled or attended meanwhile is not written over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from llaves.audit.events import Actor
from llaves.credentials.assignment import CLIENT_SECRET
from llaves.credentials.generated import GENERATION, binding_of_generation
from llaves.credentials.generation import AT_WORK, Stage
from llaves.credentials.models import EntraApplication, Environment, Generation
from llaves.credentials.models.entra import MOST_COUNTED
from llaves.credentials.suspended import suspended
from llaves.vault import actions as vault


@dataclass(frozen=True, slots=True)
class Begun:
    """One that goes on: its row with one attempt more, and what has to be known before Entra is asked."""

    held: Generation
    is_suspended: bool
    application: EntraApplication | None
    """The portal's own application of its provider and environment."""
    secret: str | None = field(default=None, repr=False)
    """Where it is to be proved; None too where it does not open."""


@transaction.atomic
def begin(ids: Sequence[UUID], *, by: Actor, at: datetime) -> list[Begun]:
    """Those that go on, in their order, each with one attempt more.

    That Entra was asked at all for a new pair is written down before. How often is counted when a try has ended: a
    worker that is killed has tried little of what it had taken up.

    What somebody changes in this moment is passed over and left to the next round: nobody waits for the other.
    """
    free = Generation.objects.filter(id__in=ids, stage__in=sorted(AT_WORK)).order_by("id")
    taken = list(free.select_for_update(no_key=True, skip_locked=True).values_list("id", flat=True))
    rows = Generation.objects.filter(id__in=taken)
    held = rows.select_related("provider__organization", "application").in_bulk()
    environments = Environment.objects.in_bulk()
    for one in held.values():
        one.environment = environments[one.environment_id]
        one.attempts = min(one.attempts + 1, MOST_COUNTED)
    rows.filter(stage=Stage.ORDERED.value, attempts=0).update(attempts=1)
    refused = set(rows.filter(suspended(at)).values_list("id", flat=True))
    applications = _applications([one for one in held.values() if one.application is None])
    proved = [one for one in held.values() if one.stage == Stage.INSTALLED.value and one.id not in refused]
    secrets = _secrets(proved, by=by, at=at)
    return [
        Begun(
            held=held[one],
            is_suspended=one in refused,
            application=held[one].application or applications.get((held[one].provider_id, held[one].environment_id)),
            secret=secrets.get(one),
        )
        for one in ids
        if one in held
    ]


def _applications(held: Iterable[Generation]) -> dict[tuple[int, int], EntraApplication]:
    """Of those that are not tied to one: an earlier generation may have made it."""
    found = EntraApplication.objects.filter(provider__in={one.provider_id for one in held}, removed_at=None)
    return {(one.provider_id, one.environment_id): one for one in found}


def _secrets(proved: Iterable[Generation], *, by: Actor, at: datetime) -> dict[UUID, str | None]:
    """What is to be proved, in the clear; one event names them all."""
    places = {
        one.id: (one.client_secret_id, binding_of_generation(one, CLIENT_SECRET))
        for one in proved
        if one.client_secret_id
    }
    if not places:
        return {}
    return dict(zip(places, vault.use_all(list(places.values()), purpose=GENERATION, by=by, at=at), strict=True))
