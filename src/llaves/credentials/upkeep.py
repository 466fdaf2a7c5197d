"""What the life of credentials and providers asks of Entra: secrets that are over go, applications are suspended.

Only of what the portal has made itself; Entra lets it change nothing else. Each is one application's turn, one after
the other, in the tenant's own shift: nobody else changes that application meanwhile.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q, QuerySet

from llaves.audit.queries import have_opened_credential
from llaves.credentials import in_entra, removing, suspending
from llaves.credentials.agenda import waits_for_removal
from llaves.credentials.generation import Fault
from llaves.credentials.in_entra import Tools
from llaves.credentials.lifecycle import OVERLAP, Standing
from llaves.credentials.models import Credential, EntraApplication
from llaves.credentials.models.entra import ONE_MORE_ATTEMPT
from llaves.credentials.removing import NothingToRemove
from llaves.credentials.suspended import suspended
from llaves.integrations.entra import faults

AT_ONCE = 100
MOST_SUSPENDED = 50
"""So many applications lose their tokens in one shift; more looks like a fault of the registry, and nobody does."""

logger = logging.getLogger(__name__)


def keep_up(tenant: str, tools: Tools) -> None:
    """Do what is due in a tenant."""
    for credential in due_for_removal(tenant, at=tools.clock()):
        _attempt(credential.generation.application, partial(_remove, credential, tools), tools)
    back = _may_be_asked(tenant, tools.clock()).filter(~suspended(tools.clock()), disabled_at__isnull=False)
    gone = _may_be_asked(tenant, tools.clock()).filter(suspended(tools.clock()), disabled_at__isnull=True)
    leaving = list(gone[: MOST_SUSPENDED + 1])
    if len(leaving) > MOST_SUSPENDED:
        logger.error("tenant %s: more than %s applications would be suspended; none is", tenant, MOST_SUSPENDED)
        leaving = []
    for application in [*back[:AT_ONCE], *leaving]:
        disabled = application.disabled_at is None
        _attempt(application, partial(_switch, application, tools, disabled=disabled), tools)
    suspending.take_up_readmitted(tenant=tenant, by=tools.by, at=tools.clock())


def due_for_removal(tenant: str, *, at: datetime) -> list[Credential]:
    """Stopped credentials whose secret may go: revoked, past their overlap, or replaced by what was taken.

    Whoever replaces his keys because others may know them gets new ones first; the old ones go once he has seen those,
    at the latest when an overlap would be over.
    """
    waiting = Credential.objects.filter(waits_for_removal(), generation__isnull=False, environment__tenant_id=tenant)
    ready = waiting.filter(Q(generation__application__due_at=None) | Q(generation__application__due_at__lte=at))
    related = ("provider", "environment", "generation__application")
    stopped = ready.select_related(*related).order_by("ended_at", "id")[:AT_ONCE]
    return [one for one in stopped if _may_go(one, at=at)]


def _may_go(credential: Credential, *, at: datetime) -> bool:
    if credential.standing == Standing.REVOKED.value or credential.overlap_ends_on is not None:
        return True
    if credential.ended_at is not None and credential.ended_at + OVERLAP < at:
        return True
    same_place = Credential.objects.filter(provider=credential.provider_id, environment=credential.environment_id)
    new = same_place.filter(standing=Standing.VALID.value, overlap_ends_on__isnull=True).first()
    return new is not None and have_opened_credential(credential.provider.code, new.id).exists()


def _remove(credential: Credential, tools: Tools) -> None:
    held = credential.generation
    assert held.application and held.key_id  # noqa: S101, PT018 - an assigned generation has both
    tools.applications.remove_key(held.application.id, held.key_id)
    told = tools.applications.find(in_entra.unique_name(credential.provider, credential.environment))
    if told is None or held.key_id in {key.id for key in told.keys}:
        raise faults.TryLater("still shown")  # only what Entra shows no more is ticked off
    with suppress(NothingToRemove):
        removing.tick_off_removed(credential_id=credential.id, by=tools.by, at=tools.clock())


def _may_be_asked(tenant: str, at: datetime) -> QuerySet[EntraApplication]:
    here = EntraApplication.objects.filter(environment__tenant_id=tenant, removed_at__isnull=True)
    return here.filter(Q(due_at=None) | Q(due_at__lte=at)).select_related("provider", "environment").order_by("id")


def _switch(application: EntraApplication, tools: Tools, *, disabled: bool) -> None:
    tools.applications.disable(application.id, disabled=disabled)
    suspending.note_disabled(application_id=application.id, disabled=disabled, by=tools.by, at=tools.clock())


def _attempt(application: EntraApplication | None, act: Callable[[], None], tools: Tools) -> None:
    """Do it, or write down when to try again; officials read what Entra goes on refusing (see `refused_upkeep`)."""
    assert application  # noqa: S101 - an assigned generation has one
    row = EntraApplication.objects.filter(id=application.id)
    try:
        act()
    except faults.EntraFault as fault:
        after, kind = 0.0, in_entra.FAULTS.get(type(fault), Fault.REFUSED)
        if isinstance(fault, faults.TryLater):
            after, kind = fault.after, Fault.LATER
        pause = max(tools.pace.wait(application.attempts + 1), timedelta(seconds=after))
        row.update(due_at=tools.clock() + pause, attempts=ONE_MORE_ATTEMPT, fault=kind.value)
        logger.warning("application %s: %s", application.client_id, fault)
    else:
        row.filter(attempts__gt=0).update(due_at=None, attempts=0, fault="")
