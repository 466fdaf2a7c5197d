"""Requests that wait for the demo's official: a few made as people make them, or a whole country's at once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone

from llaves.audit.events import Actor, ActorKind, EventName
from llaves.audit.models import Event
from llaves.cli.demo_data import open_account
from llaves.cli.demo_people import ACQUAINTANCES, Acquaintance
from llaves.credentials import actions as credentials
from llaves.credentials.actions import RequestEntered
from llaves.credentials.lifecycle import Kind, State
from llaves.credentials.models import Request
from llaves.identity.models import Account
from llaves.identity.roles import Role, login_for
from llaves.providers.models import Delegation, Person, Provider
from llaves.providers.queries import standing_on

MOST_ONE_BY_ONE = 50
_SPREAD = timedelta(days=14)
_BATCH = 5000
_ENTERED = RequestEntered(
    vendor_name="Programas Clínicos del Alba S.A.S.",
    software_name="Historia Clínica Yarumo",
    lead_name="Tatiana Zúñiga Marín",
    lead_email="lider.tecnico@example.co",
    lead_phone="3990000001",
    protection_officer_name="Germán Núñez Ríos",
    protection_officer_phone="3990000002",
)


def ensure(number: int, *, by: Actor, at: datetime) -> int:
    """Make sure that so many requests were made, and return how many were added; fewer if providers run out.

    What an official has assigned meanwhile counts too, so that a demo that starts again gets no new ones.
    """
    missing = number - Request.objects.count()
    if missing <= 0:
        return 0
    if missing > MOST_ONE_BY_ONE:
        return _make_in_bulk(missing, by=by, at=at)
    pairs = list(islice(_candidates(with_professionals=False, at=at), missing))
    for (provider, person), when in zip(pairs, _moments(len(pairs), at=at), strict=True):
        _make_one(provider, person, by=by, at=when)
    return len(pairs)


@transaction.atomic
def _make_one(provider: Provider, person: Person, *, by: Actor, at: datetime) -> None:
    """Let a delegate register, activate the account and ask for keys, through the same actions as on the pages."""
    nit = provider.organization.nit
    who = Acquaintance("", (person.document_type, person.document_number), Role.DELEGATE, nit)
    open_account(who, by=by, at=at - timedelta(hours=2))
    account = Account.objects.get(login=who.login)
    delegate = Actor(kind=ActorKind.PERSON, name=account.login)
    credentials.make_request(provider=provider, entered=_ENTERED, account=account, by=delegate, at=at)


def _moments(number: int, *, at: datetime) -> Iterator[datetime]:
    """Moments spread over the past two weeks, oldest first."""
    return (at - _SPREAD + _SPREAD * (turn + 0.5) / number for turn in range(number))


def _candidates(*, with_professionals: bool, at: datetime) -> Iterator[tuple[Provider, Person]]:
    """Providers without a request, each with somebody who may ask for it; the acquaintances are left in peace."""
    delegates = _delegates_by_organization(at=at)
    professionals = {person.document_number: person for person in Person.objects.filter(document_type="CC")}
    providers = (
        Provider.objects.filter(is_enabled=True, requests__isnull=True)
        .exclude(organization__nit__in={who.nit for who in ACQUAINTANCES})
        .select_related("organization")
        .order_by("organization__nit", "code")
    )
    for provider in providers:
        owner = provider.organization
        if not owner.is_natural_person:
            person = delegates.get(owner.id)
        else:
            person = professionals.get(owner.nit) if with_professionals else None
        if person:
            yield provider, person


def _delegates_by_organization(*, at: datetime) -> dict[int, Person]:
    standing = Delegation.objects.filter(standing_on((timezone.localtime(at) - _SPREAD).date()))
    return {
        delegation.organization_id: delegation.person
        for delegation in standing.filter(standing_on(timezone.localdate(at))).select_related("person")
    }


@transaction.atomic
def _make_in_bulk(number: int, *, by: Actor, at: datetime) -> int:
    """Make very many requests, for measuring.

    Rows and events are as the actions leave them, but there are no letters and no acceptances, and nobody can
    log in to the accounts.
    """
    pairs = list(islice(_candidates(with_professionals=True, at=at), number))
    accounts = _accounts(pairs, at=at)
    requests = [
        Request(
            provider=provider,
            kind=Kind.FIRST.value,
            state=State.REQUESTED.value,
            requested_at=when,
            requested_by=accounts[_login(provider, person)],
            **{field: getattr(_ENTERED, field) for field in RequestEntered.__dataclass_fields__},
        )
        for (provider, person), when in zip(pairs, _moments(len(pairs), at=at), strict=True)
    ]
    Request.objects.bulk_create(requests, batch_size=_BATCH)
    Event.objects.bulk_create(_events(requests, by=by), batch_size=_BATCH)
    return len(requests)


def _accounts(pairs: Sequence[tuple[Provider, Person]], *, at: datetime) -> dict[str, Account]:
    """One account for each person and organization, by login; those that exist stay as they are."""
    wanted = {}
    for provider, person in pairs:
        account = Account(
            login=_login(provider, person),
            role=Role.DELEGATE.value,
            person=person,
            organization=provider.organization,
            registered_at=at - _SPREAD,
            activated_at=at - _SPREAD,
        )
        account.set_unusable_password()
        wanted[account.login] = account
    known = {account.login: account for account in Account.objects.filter(role=Role.DELEGATE.value)}
    Account.objects.bulk_create([account for login, account in wanted.items() if login not in known], batch_size=_BATCH)
    return wanted | known


def _login(provider: Provider, person: Person) -> str:
    return login_for(Role.DELEGATE, person.document_type, person.document_number, provider.organization.nit)


def _events(requests: Sequence[Request], *, by: Actor) -> Iterator[Event]:
    for request in requests:
        yield Event(
            at=request.requested_at,
            name=EventName.REQUEST_MADE.value,
            actor_kind=by.kind.value,
            actor=by.name,
            nit=request.provider.organization.nit,
            provider=request.provider.code,
            details={"request": str(request.id), "kind": request.kind},
        )
