"""What the life of credentials and providers asks of Entra: secrets that are over go, applications are suspended.

Only of what the portal has made itself; Entra lets it change nothing else. Each is one application's turn, one after
the other, in the tenant's own shift: nobody else changes that application meanwhile.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.utils import timezone

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
from llaves.credentials.verdicts import Finding
from llaves.integrations.entra import faults

AT_ONCE = 100
MOST_SUSPENDED = 50
"""So many applications lose their tokens in one shift. More at once look like a fault of the registry."""
HELD = timedelta(days=1)
"""So long they keep them: officials read of it, and can have the registry mended, or revoke what must not wait."""

logger = logging.getLogger(__name__)


def keep_up(tenant: str, tools: Tools) -> None:
    """Do what is due in a tenant."""
    for credential in due_for_removal(tenant, at=tools.clock()):
        _attempt(credential.generation.application, partial(_remove, credential, tools), tools)
    for application in _coming_back(tenant, tools.clock()):
        _attempt(application, partial(_switch, application, tools, disabled=False), tools)
    for application in _leaving(tenant, tools.clock()):
        _attempt(application, partial(_switch, application, tools, disabled=True), tools)
    suspending.take_up_readmitted(tenant=tenant, by=tools.by, at=tools.clock())


def due_for_removal(tenant: str, *, at: datetime) -> list[Credential]:
    """Stopped credentials whose secret may go: revoked, past their overlap, or replaced by what was taken.

    Whoever replaces his keys because others may know them gets new ones first; the old ones go once he has seen those,
    and Entra accepts them, at the latest when an overlap would be over.
    """
    waiting = Credential.objects.filter(waits_for_removal(), generation__isnull=False, environment__tenant_id=tenant)
    held = Q(generation__application__fault=Fault.TOO_MANY.value)
    is_due = Q(generation__application__due_at=None) | Q(generation__application__due_at__lte=at)
    ready = waiting.filter(is_due | held)
    related = ("provider", "environment", "generation__application")
    stopped = ready.filter(_may_go(at)).select_related(*related)
    # What was revoked may be in wrong hands: it waits behind nothing else.
    behind = Case(When(standing=Standing.REVOKED.value, then=0), default=1)
    return list(stopped.order_by(behind, "ended_at", "id")[:AT_ONCE])


def _may_go(at: datetime) -> Q:
    over = Q(overlap_ends_on__lt=timezone.localdate(at)) | Q(ended_at__lt=at - OVERLAP)
    in_force = Credential.objects.filter(standing=Standing.VALID.value, overlap_ends_on__isnull=True)
    new = in_force.filter(provider=OuterRef("provider"), environment=OuterRef("environment"))
    opened = have_opened_credential(OuterRef("provider__code"), OuterRef("pk"))
    taken = new.filter(Exists(opened), last_proof__finding=Finding.VALID.value)
    return Q(standing=Standing.REVOKED.value) | over | Q(Exists(taken))


def _remove(credential: Credential, tools: Tools) -> None:
    held = credential.generation
    assert held.application and held.key_id  # noqa: S101, PT018 - an assigned generation has both
    name = in_entra.unique_name(credential.provider, credential.environment)
    told = tools.applications.find(name)
    if told is None and held.application.attempts <= in_entra.TRIES_TO_FIND:
        raise faults.TryLater("not shown")  # somebody has deleted the application, or a mirror lags behind
    if told and told.id == held.application.id:  # another one has the name only where this one is gone
        tools.applications.remove_key(told.id, held.key_id)
        told = tools.applications.find(name)
        if told is None or held.key_id in {key.id for key in told.keys}:
            raise faults.TryLater("still shown")  # only what Entra shows no more is ticked off
    with suppress(NothingToRemove):
        removing.tick_off_removed(credential_id=credential.id, by=tools.by, at=tools.clock())


def _may_be_asked(tenant: str, at: datetime) -> QuerySet[EntraApplication]:
    here = EntraApplication.objects.filter(environment__tenant_id=tenant, removed_at__isnull=True)
    return here.filter(Q(due_at=None) | Q(due_at__lte=at)).select_related("provider", "environment").order_by("id")


def _coming_back(tenant: str, at: datetime) -> list[EntraApplication]:
    admitted = _may_be_asked(tenant, at).filter(~suspended(at))
    held = EntraApplication.objects.filter(~suspended(at), environment__tenant_id=tenant, fault=Fault.TOO_MANY.value)
    held.update(fault="", due_at=None)
    return list(admitted.filter(Q(disabled_at__isnull=False) | Q(is_unsure=True))[:AT_ONCE])


def _leaving(tenant: str, at: datetime) -> list[EntraApplication]:
    """Who is suspended now. Very many at once look like a fault of the registry: they are held for a day before."""
    gone = _may_be_asked(tenant, at).filter(suspended(at)).filter(Q(disabled_at__isnull=True) | Q(is_unsure=True))
    new = gone.filter(fault="")
    if (count := new.count()) > MOST_SUSPENDED:
        until = at + HELD
        new_ids = list(new.values_list("id", flat=True))
        EntraApplication.objects.filter(id__in=new_ids).update(fault=Fault.TOO_MANY.value, due_at=until)
        logger.error("tenant %s: %s applications would be suspended at once; none is until %s", tenant, count, until)
    return list(gone[:MOST_SUSPENDED])


def _switch(application: EntraApplication, tools: Tools, *, disabled: bool) -> None:
    # Whoever is stopped between these lines leaves one of which nobody knows whether it gives tokens.
    row = EntraApplication.objects.filter(id=application.id)
    row.update(is_unsure=True)
    try:
        tools.applications.disable(application.id, disabled=disabled)
    except faults.AnswerLost:
        raise
    except faults.EntraFault:
        row.update(is_unsure=application.is_unsure)  # it was surely not done
        raise
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
