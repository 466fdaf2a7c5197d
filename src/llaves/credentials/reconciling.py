"""What Entra has and what the portal knows of it, side by side. A report for officials: nothing is repaired.

`known_of` reads, `compare` is pure, `keep` writes the report down.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials.generation import LIVE
from llaves.credentials.lifecycle import NOTICE_DAYS, Standing
from llaves.credentials.models import EntraApplication, Generation, Reconciliation
from llaves.credentials.own_end import OwnEnd
from llaves.integrations.entra.applications import ApplicationTold

MOST_KEPT = 1000
KEPT_REPORTS = 30

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """What does not fit."""

    UNKNOWN = "unknown"
    MISSING = "missing"
    SECRET_UNKNOWN = "secret unknown"  # noqa: S105 - a name
    SECRET_MISSING = "secret missing"  # noqa: S105 - a name
    EXPIRES_EARLIER = "expires earlier"
    ENABLED_THERE = "enabled there"
    DISABLED_THERE = "disabled there"
    OWN_EXPIRES = "own expires"
    OWN_END_UNKNOWN = "own end unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not fit, and of which application."""

    kind: Kind
    application: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the portal knows of a tenant: names of its applications, and keys by what is announced of their expiry."""

    applications: Mapping[UUID, str]
    expiries: Mapping[UUID, date]
    under_way: AbstractSet[UUID]
    current: Collection[tuple[UUID, UUID]]
    """Key and application of each valid credential."""
    disabled: AbstractSet[UUID] = frozenset()
    """The applications that the portal has suspended."""


def known_of(tenant: str) -> Known:
    """Four queries, whose cost grows with the tenant: for a job."""
    named = EntraApplication.objects.filter(tenant_id=tenant, removed_at=None).select_related("provider", "environment")
    made = Generation.objects.filter(environment__tenant_id=tenant)
    given = made.filter(credential__isnull=False, credential__removed_at=None)
    valid = given.filter(credential__standing=Standing.VALID.value)
    return Known(
        applications={one.id: f"{one.provider.code} {one.environment.code}" for one in named},
        expiries={key: on for key, on in given.values_list("key_id", "credential__expires_on") if key},
        under_way={key for key in made.filter(stage__in=sorted(LIVE)).values_list("key_id", flat=True) if key},
        current=[(key, one) for key, one in valid.values_list("key_id", "application") if key and one],
        disabled={one.id for one in named if one.disabled_at},
    )


def compare(
    known: Known, told: Iterable[ApplicationTold], own: OwnEnd, *, at: datetime
) -> tuple[int, list[Difference]]:
    """How many applications Entra has told of, and what does not fit."""
    found = list(_of_the_portal(own, at=at))
    seen: set[UUID] = set()
    seen_keys: set[UUID] = set()
    for one in told:
        seen.add(one.id)
        seen_keys |= {key.id for key in one.keys}
        if one.id in known.applications:
            found += _of_one(one, known)
        else:
            found.append(Difference(Kind.UNKNOWN, one.unique_name or str(one.client_id)))
    found += [Difference(Kind.MISSING, name) for id_, name in known.applications.items() if id_ not in seen]
    for key, application in known.current:
        if application in seen and key not in seen_keys:
            found.append(Difference(Kind.SECRET_MISSING, known.applications.get(application, "")))
    return len(seen), found


def _of_one(one: ApplicationTold, known: Known) -> Iterable[Difference]:
    name = known.applications[one.id]
    if one.is_disabled != (one.id in known.disabled):
        yield Difference(Kind.DISABLED_THERE if one.is_disabled else Kind.ENABLED_THERE, name)
    for key in one.keys:
        announced, ends_on = known.expiries.get(key.id), key.ends_at and timezone.localdate(key.ends_at)
        if announced is None and key.id not in known.under_way:
            yield Difference(Kind.SECRET_UNKNOWN, name, key.name)
        if announced and ends_on and ends_on < announced:
            yield Difference(Kind.EXPIRES_EARLIER, name, f"{ends_on:%d/%m/%Y}")


def _of_the_portal(own: OwnEnd, *, at: datetime) -> Iterable[Difference]:
    """That our own credential expires, once the first reminder would be due, or that nobody knows when it does."""
    if not own.is_known:
        yield Difference(Kind.OWN_END_UNKNOWN, "portal")
    elif own.on and (own.on - timezone.localdate(at)).days <= max(NOTICE_DAYS):
        yield Difference(Kind.OWN_EXPIRES, "portal", f"{own.on:%d/%m/%Y}")


@transaction.atomic
def keep(
    *, tenant: str, applications: int, in_bin: int, differences: Sequence[Difference], by: Actor, at: datetime
) -> None:
    """Write the report of a tenant down; old ones go."""
    _tell_operator(tenant, {one.kind for one in differences})
    Reconciliation.objects.create(
        tenant_id=tenant,
        at=at,
        applications=applications,
        in_bin=in_bin,
        count=len(differences),
        differences=[asdict(one) for one in differences[:MOST_KEPT]],
    )
    old = Reconciliation.objects.filter(tenant_id=tenant).order_by("-at").values_list("id", flat=True)[KEPT_REPORTS:]
    Reconciliation.objects.filter(id__in=list(old)).delete()
    details: dict[str, trail.Detail] = {"tenant": tenant, "applications": applications, "differences": len(differences)}
    trail.record(EventName.ENTRA_RECONCILED, by=by, at=at, details=details)


def _tell_operator(tenant: str, kinds: AbstractSet[Kind]) -> None:
    """One line when our own credential's end becomes unknown; officials read it on the page as long as it is."""
    last = Reconciliation.objects.filter(tenant_id=tenant).order_by("-at").first()
    was_told = last is not None and any(each["kind"] == Kind.OWN_END_UNKNOWN.value for each in last.differences)
    if Kind.OWN_END_UNKNOWN in kinds and not was_told:
        logger.error(
            "tenant %s: when the portal's own credential expires cannot be read; "
            "grant Application.Read.All, or write expires_on into LLAVES_ENTRA_PROVISIONERS",
            tenant,
        )
