"""Asks the live registry and takes over what it says. Calls outside, so never from within a transaction."""

import logging
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from django.utils import timezone

from llaves.audit.events import Actor
from llaves.integrations.miseguridadsocial import (
    NobodyTold,
    OrganizationTold,
    PersonTold,
    Reason,
    RegistryUnreachable,
    RegistryUnusable,
)
from llaves.providers.answers import organization_said, person_said
from llaves.providers.confirmation import ImportRuns, take_over
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.people import Document
from llaves.providers.queries import count_withdrawn, known_document_types

OPENS = time(4)
"""It is closed from midnight until then, in Bogotá."""

LEAST_SUSPICIOUS = 20
"""So many entries may be withdrawn in a day, or one for every fifty accounts."""

log = logging.getLogger(__name__)


class Registry(Protocol):
    """The live registry, as `llaves.integrations.miseguridadsocial.MiSeguridadSocial` is it."""

    def organization(self, nit: str) -> OrganizationTold | NobodyTold: ...

    def person(self, document_type: str, document_number: str) -> PersonTold | NobodyTold: ...


class Silence(StrEnum):
    """Why the last known answer has to serve."""

    CLOSED = "closed"
    UNREACHABLE = "unreachable"
    UNUSABLE = "unusable"
    IMPORT_RUNS = "import runs"
    """It may have answered; the portal could not write that down."""


def ask(registry: Registry | None, *, nit: str, document: Document, by: Actor, at: datetime) -> Silence | None:
    """Bring what the portal knows of an organization and a person up to date; says why where that is not possible.

    Both are always asked about, whatever is known of them, so that the time it takes tells nothing. Without a live
    registry there is nothing to ask and nothing to excuse.
    """
    if registry is None:
        return None
    try:
        organization = None
        if nit != MINISTRY_NIT:  # it is there from the beginning, and no provider
            organization = organization_said(nit, registry.organization(nit), at=at)
        person = person_said(document, registry.person(*document), document_types=known_document_types(), at=at)
    except RegistryUnreachable as fault:
        log.warning("the registry could not be asked: %s", fault)
        return Silence.CLOSED if fault.reason is Reason.CLOSED else Silence.UNREACHABLE
    except RegistryUnusable as fault:
        log.error("the registry's answer is unusable: %s", fault)  # noqa: TRY400 - the way here is known
        return Silence.UNUSABLE
    try:
        take_over(organization=organization, person=person, by=by, at=at)
    except ImportRuns:
        return Silence.IMPORT_RUNS
    return None


def last_opening(at: datetime) -> datetime:
    """The moment of the last four o'clock in Bogotá: what was confirmed since has been confirmed today."""
    local = timezone.localtime(at)
    today = local.replace(hour=OPENS.hour, minute=0, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


def has_withdrawn_too_much(*, since: datetime, of: int) -> bool:
    """Whether the registry has taken so much back that it is rather broken itself: then nobody else is locked out.

    :param of: how many accounts there are.
    """
    withdrawn = count_withdrawn(since=since)
    is_too_much = withdrawn > max(LEAST_SUSPICIOUS, of // 50)
    if is_too_much:
        log.error("the registry has withdrawn %d entries today: nobody is asked about until tomorrow", withdrawn)
    return is_too_much


def is_closed(at: datetime) -> bool:
    """Whether these are the hours in which the registry is known to be closed; only it can say for sure."""
    return timezone.localtime(at).time() < OPENS
