"""Questions about what time brings: what expires when, what has to be taken out of Entra."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import TruncWeek

from llaves.credentials.ical import Day
from llaves.credentials.lifecycle import Standing
from llaves.credentials.models import Credential, ExpiryCount
from llaves.credentials.queries import PAGE_LENGTH, Place
from llaves.providers.models import Provider

WEEKS = 52
_MONDAY_TO_SUNDAY = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Week:
    """How many current credentials expire from one Monday to the Sunday after it."""

    first_day: date
    credentials: int

    @property
    def last_day(self) -> date:
        return self.first_day + _MONDAY_TO_SUNDAY


def expiring_by_week(*, on: date) -> list[Week]:
    """The 52 weeks from the one of a day on. Those that were renewed already are in no week. One query."""
    monday = on - timedelta(days=on.weekday())
    mondays = [monday + timedelta(weeks=number) for number in range(WEEKS)]
    in_time = ExpiryCount.objects.filter(day__gte=monday, day__lt=monday + timedelta(weeks=WEEKS))
    counted = in_time.order_by().values_list(TruncWeek("day")).annotate(Sum("credentials"))
    found = dict(counted)
    return [Week(first_day, found.get(first_day, 0)) for first_day in mondays]


def expiries_of(provider: Provider) -> list[Day]:
    """The last days of a provider's valid credentials, for its calendar. One query."""
    valid = Credential.objects.filter(provider=provider, standing=Standing.VALID.value).select_related("environment")
    return [_last_day(one, provider) for one in valid.order_by("expires_on", "environment__position", "id")]


def _last_day(credential: Credential, provider: Provider) -> Day:
    environment = credential.environment.name
    if credential.overlap_ends_on:
        summary = f"Llaves IHCE: último día de las anteriores de {environment}"
        advice = "Ya se renovaron: use las nuevas antes de este día."
    else:
        summary = f"Llaves IHCE: vencen las de {environment}"
        advice = "Pida la renovación en el portal, en la opción «Inscripción token»."
    return Day(
        id=credential.id,
        on=credential.overlap_ends_on or credential.expires_on,
        summary=summary,
        description=f"{provider.label}\n{advice}",
        changed_at=credential.assigned_at,
    )


def waits_for_removal() -> Q:
    """The condition that a credential was stopped here, and Entra would still accept it."""
    stopped = [Standing.REPLACED.value, Standing.REVOKED.value]
    return Q(standing__in=stopped, removed_at__isnull=True)


@dataclass(frozen=True, slots=True)
class ToRemove:
    credentials: list[Credential]
    next: Place | None


def to_be_removed(*, after: Place | None = None, length: int = PAGE_LENGTH) -> ToRemove:
    """The credentials that have to be taken out of Entra, in the order in which they ended, from a place on."""
    waiting = Credential.objects.filter(waits_for_removal()).order_by("ended_at", "id")
    if after:
        # The first condition says nothing new, but lets the index begin where the page does.
        waiting = waiting.filter(ended_at__gte=after.at).filter(Q(ended_at__gt=after.at) | Q(id__gt=after.id))
    related = ("client", "environment", "provider__organization", "generation")
    found = list(waiting.select_related(*related)[: length + 1])
    last = found[length - 1] if len(found) > length else None
    return ToRemove(found[:length], Place(last.ended_at, last.id) if last and last.ended_at else None)
