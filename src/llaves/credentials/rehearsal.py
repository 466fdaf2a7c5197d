"""Requests for a demo or a measurement: who could make one, and very many of them at once.

Nothing of the portal calls this; only `llaves demo` does, which refuses to run on real data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.credentials.lifecycle import Kind, State
from llaves.credentials.models import Request
from llaves.credentials.requesting import RequestEntered
from llaves.identity.models import Account
from llaves.identity.roles import Role, login_for
from llaves.providers.models import Delegation, Person, Provider
from llaves.providers.queries import standing_on

Pair = tuple[Provider, Person]
"""A provider and somebody who may ask for its keys."""

_BATCH = 5000


def count_requests() -> int:
    """How many requests were ever made."""
    return Request.objects.count()


def pairs_without_request(*, but_nits: set[str], since: datetime, until: datetime) -> Iterator[Pair]:
    """Enabled providers without a request, each with somebody whose delegation stood all the time; by NIT."""
    delegates = _delegates(since=since, until=until)
    professionals = {person.document_number: person for person in Person.objects.filter(document_type="CC")}
    providers = (
        Provider.objects.filter(is_enabled=True, requests__isnull=True)
        .exclude(organization__nit__in=but_nits)
        .select_related("organization")
        .order_by("organization__is_natural_person", "organization__nit", "code")
    )
    for provider in providers:
        owner = provider.organization
        person = professionals.get(owner.nit) if owner.is_natural_person else delegates.get(owner.id)
        if person:
            yield provider, person


@transaction.atomic
def make_in_bulk(
    wishes: Sequence[tuple[Pair, datetime]], *, entered: RequestEntered, by: Actor, registered_at: datetime
) -> None:
    """Make a request for each pair at its moment.

    Rows and events are as `make_request` leaves them, but there are no letters and no acceptances, and nobody can
    log in to the accounts.
    """
    accounts = _accounts([pair for pair, _ in wishes], at=registered_at)
    requests = [
        Request(
            provider=provider,
            kind=Kind.FIRST.value,
            state=State.REQUESTED.value,
            requested_at=at,
            requested_by=accounts[_login(provider, person)],
            **asdict(entered),
        )
        for (provider, person), at in wishes
    ]
    Request.objects.bulk_create(requests, batch_size=_BATCH)
    for request in requests:
        owner = Subject(nit=request.provider.organization.nit, provider=request.provider.code)
        details = {"request": str(request.id), "kind": request.kind}
        trail.record(EventName.REQUEST_MADE, by=by, at=request.requested_at, subject=owner, details=details)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE credentials_request")  # as after any large load


def _delegates(*, since: datetime, until: datetime) -> dict[int, Person]:
    standing = Delegation.objects.filter(standing_on(timezone.localdate(since)))
    standing = standing.filter(standing_on(timezone.localdate(until))).select_related("person")
    return {delegation.organization_id: delegation.person for delegation in standing}


def _accounts(pairs: Sequence[Pair], *, at: datetime) -> dict[str, Account]:
    """One account for each person and organization, by login; those that exist stay as they are."""
    known = {account.login: account for account in Account.objects.filter(role=Role.DELEGATE.value)}
    added = {}
    for provider, person in pairs:
        login = _login(provider, person)
        if login not in known and login not in added:
            added[login] = Account(
                login=login,
                role=Role.DELEGATE.value,
                person=person,
                organization=provider.organization,
                registered_at=at,
                activated_at=at,
            )
            added[login].set_unusable_password()
    Account.objects.bulk_create(added.values(), batch_size=_BATCH)
    return known | added


def _login(provider: Provider, person: Person) -> str:
    return login_for(Role.DELEGATE, person.document_type, person.document_number, provider.organization.nit)
