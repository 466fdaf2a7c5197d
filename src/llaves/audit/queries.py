"""Questions to the trail."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Min, OuterRef, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from llaves.audit.events import ActorKind, EventName
from llaves.audit.models import OPENING, Event


def holds_demo_data() -> bool:
    """Whether the demo's invented data were ever loaded into this database."""
    return Event.objects.filter(name=EventName.DEMO_LOADED.value).exists()


def events_of_provider(code: str, names: Collection[EventName], *, most: int) -> list[Event]:
    """The last events of these names about a provider, newest first."""
    told = Event.objects.filter(provider=code, name__in=[name.value for name in names])
    return list(told.order_by("-id")[:most])


@dataclass(frozen=True, slots=True)
class Opening:
    """That somebody had a credential's secrets opened, so many times, between two moments."""

    provider: str
    credential: UUID
    actor: str
    first_at: datetime
    last_at: datetime
    times: int


def openings(*, provider: str = "", actor: str = "") -> list[Opening]:
    """Who opened which credential's secrets: of a provider, by its code, or by somebody, by his login. One query.

    The secrets of a credential are opened at one moment, which counts once.
    """
    asked = {"provider": provider} if provider else {"actor": actor}
    found = Event.objects.filter(OPENING, details__has_key="credential", **asked)
    credential = KeyTextTransform("credential", "details")
    grouped = found.order_by().values("provider", "actor", credential=credential)
    told = grouped.annotate(first_at=Min("at"), last_at=Max("at"), times=Count("at", distinct=True))
    fields = "provider", "credential", "actor", "first_at", "last_at", "times"
    rows = told.order_by("last_at", "actor", "credential").values_list(*fields)
    return [Opening(code, UUID(credential), *rest) for code, credential, *rest in rows]


def have_opened_credential(provider: OuterRef, credential: OuterRef) -> QuerySet[Event]:
    """The events that tell of somebody who had a credential's secrets opened for himself."""
    person = Event.objects.filter(OPENING, provider=provider, actor_kind=ActorKind.PERSON.value)
    return person.alias(of=KeyTextTransform("credential", "details")).filter(of=Cast(credential, TextField()))


def have_opened(login: str | OuterRef) -> QuerySet[Event]:
    """The events that tell of a provider's secrets opened by somebody."""
    return Event.objects.filter(OPENING, actor=login)
