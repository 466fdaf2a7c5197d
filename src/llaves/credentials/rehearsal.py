"""Who could have a past, for a demo or a measurement. Nothing of the portal asks this; only `llaves demo` does."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from llaves.credentials.models import Request
from llaves.credentials.past import Candidate
from llaves.providers.models import Delegation, Person, Provider

Pair = tuple[Provider, Person]
"""A provider and somebody who may ask for its keys."""


def count_requests() -> int:
    """How many requests were ever made."""
    return Request.objects.count()


def has_requests(provider: Provider) -> bool:
    """Whether a provider ever made a request."""
    return Request.objects.filter(provider=provider).exists()


def pairs_without_request(*, but_nits: set[str], since: datetime, until: datetime) -> Iterator[Pair]:
    """Enabled providers without a request, each with somebody whose delegation stood all the time; by NIT."""
    first, last = timezone.localdate(since), timezone.localdate(until)
    for one in candidates(but_nits=but_nits, at=until):
        if (one.since is None or one.since <= first) and (one.until is None or one.until >= last):
            yield one.provider, one.person


def candidates(*, but_nits: set[str], at: datetime) -> Iterator[Candidate]:
    """Enabled providers without a request, each with whoever may act for it or once might; by NIT."""
    begun = Delegation.objects.filter(withdrawn_at__isnull=True, starts_on__lte=timezone.localdate(at))
    delegations = {one.organization_id: one for one in begun.select_related("person").order_by("starts_on", "id")}
    professionals = {person.document_number: person for person in Person.objects.filter(document_type="CC")}
    providers = (
        Provider.objects.filter(is_enabled=True, requests__isnull=True)
        .exclude(organization__nit__in=but_nits)
        .select_related("organization")
        .order_by("organization__is_natural_person", "organization__nit", "code")
    )
    for provider in providers:
        owner = provider.organization
        if owner.is_natural_person:
            if person := professionals.get(owner.nit):
                yield Candidate(provider, person, None, None)
        elif delegation := delegations.get(owner.id):
            yield Candidate(provider, delegation.person, delegation.starts_on, delegation.ends_on)
