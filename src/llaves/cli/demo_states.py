"""Requests and credentials that are further on than asked for, so that a newcomer sees every state of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from llaves.audit.events import Actor, ActorKind
from llaves.cli.demo_data import open_account
from llaves.cli.demo_people import BETO, CARLA, DIEGO, GROUP_NIT, Acquaintance
from llaves.cli.demo_requests import ENTERED, request_texts
from llaves.credentials import actions, attending, rehearsal, requesting
from llaves.credentials.lifecycle import Kind
from llaves.credentials.pairs import PairEntered
from llaves.credentials.queries import environments, return_reasons
from llaves.identity.roles import Role
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.queries import find_provider

if TYPE_CHECKING:
    from llaves.credentials.models import Request
    from llaves.identity.models import Account
    from llaves.providers.models import Provider

CARLAS_EXPIRING, DIEGOS_RETURNED = "7652090001", "1900190003"
_BETO = Acquaintance("", BETO, Role.OFFICIAL, MINISTRY_NIT)


@dataclass(frozen=True, slots=True)
class _Delegate:
    """Somebody who asks, through the same actions as on the pages."""

    provider: "Provider"
    account: "Account"

    def asks(self, kind: Kind, *, at: datetime) -> "Request":
        return requesting.make_request(
            provider=self.provider,
            kind=kind,
            entered=ENTERED,
            accepts=request_texts(),
            account=self.account,
            by=_actor(self.account),
            at=at,
        )

    def withdraws(self, asked: "Request", *, at: datetime) -> None:
        requesting.withdraw(request_id=asked.id, account=self.account, by=_actor(self.account), at=at)


@transaction.atomic
def ensure(*, by: Actor, at: datetime) -> int:
    """Make sure that the states are there, and return how many requests were added: none the second time."""
    provider = find_provider(CARLAS_EXPIRING)
    if provider is None or rehearsal.has_requests(provider):
        return 0
    beto = open_account(_BETO, by=by, at=at)
    carla = _Delegate(provider, open_account(Acquaintance("", CARLA, Role.DELEGATE, GROUP_NIT), by=by, at=at))
    _assign(carla.asks(Kind.FIRST, at=at - timedelta(days=330)), beto, lasts=40, at=at - timedelta(days=325))
    made = 1 + _return_diegos(beto, by=by, at=at)
    for delegate, life in zip(_others(by=by, at=at), (_withdrawn, _replacing, _renewing), strict=False):
        made += life(delegate, beto, at)
    return made


def _return_diegos(beto: "Account", *, by: Actor, at: datetime) -> int:
    provider = find_provider(DIEGOS_RETURNED)
    if provider is None:
        return 0
    diego = _Delegate(provider, open_account(Acquaintance("", DIEGO, Role.DELEGATE, DIEGO[1]), by=by, at=at))
    attending.send_back(
        request_id=diego.asks(Kind.FIRST, at=at - timedelta(days=4)).id,
        reason=return_reasons().get(code="lider-tecnico"),
        note="El teléfono del líder técnico no contesta. Escriba uno en el que lo encontremos en horario de oficina.",
        fields=["lead_phone"],
        account=beto,
        by=_actor(beto),
        at=at - timedelta(days=2),
    )
    return 1


def _withdrawn(delegate: _Delegate, _: "Account", at: datetime) -> int:
    delegate.withdraws(delegate.asks(Kind.FIRST, at=at - timedelta(days=9)), at=at - timedelta(days=8))
    return 1


def _replacing(delegate: _Delegate, beto: "Account", at: datetime) -> int:
    first = delegate.asks(Kind.FIRST, at=at - timedelta(days=120))
    _assign(first, beto, lasts=250, at=at - timedelta(days=118))
    delegate.asks(Kind.REPLACEMENT, at=at - timedelta(hours=5))
    return 2


def _renewing(delegate: _Delegate, beto: "Account", at: datetime) -> int:
    first = delegate.asks(Kind.FIRST, at=at - timedelta(days=350))
    _assign(first, beto, lasts=20, at=at - timedelta(days=345))
    delegate.asks(Kind.RENEWAL, at=at - timedelta(hours=3))
    return 2


def _others(*, by: Actor, at: datetime) -> Iterator[_Delegate]:
    """Delegates of entities with several providers: each chooses one of these."""
    found = rehearsal.pairs_without_request(but_nits={GROUP_NIT}, since=at - timedelta(days=360), until=at)
    seen: dict[str, Provider] = {}
    for provider, person in found:
        nit = provider.organization.nit
        if nit in seen:
            who = Acquaintance("", (person.document_type, person.document_number), Role.DELEGATE, nit)
            yield _Delegate(seen.pop(nit), open_account(who, by=by, at=at))
        else:
            seen[nit] = provider


def _assign(asked: "Request", beto: "Account", *, lasts: int, at: datetime) -> None:
    """Hand out invented pairs that expire so many days from today."""
    expires_on = timezone.localdate(timezone.now()) + timedelta(days=lasts)
    values = {
        environment.code: PairEntered(
            client_id=uuid4(),
            client_secret=f"Demo~{token_urlsafe(26)}",
            subscription_key=token_hex(16),
            expires_on=expires_on,
        )
        for environment in environments()
    }
    actions.assign(request_id=asked.id, values=values, account=beto, by=_actor(beto), at=at)


def _actor(account: "Account") -> Actor:
    return Actor(kind=ActorKind.PERSON, name=account.login)
