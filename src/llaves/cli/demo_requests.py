"""A few requests that wait for the demo's official, made as people make them."""

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction

from llaves.audit.events import Actor, ActorKind
from llaves.cli.demo_data import open_account
from llaves.cli.demo_people import ACQUAINTANCES, Acquaintance
from llaves.credentials import rehearsal, requesting
from llaves.credentials.rehearsal import Pair
from llaves.credentials.requesting import RequestEntered
from llaves.identity.agreements import AgreementKind
from llaves.identity.queries import current_agreement
from llaves.identity.roles import Role

if TYPE_CHECKING:
    from llaves.identity.models import Agreement

MOST = 50
"""Each is made as on the pages. Thousands come with a past, see `demo_history`."""
_SPREAD = timedelta(days=14)
ENTERED = RequestEntered(
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
    missing = number - rehearsal.count_requests()
    if missing <= 0:
        return 0
    nits = {who.nit for who in ACQUAINTANCES}  # newcomers make these themselves
    found = rehearsal.pairs_without_request(but_nits=nits, since=at - 2 * _SPREAD, until=at)
    pairs = list(islice(found, missing))
    # Spread over the past two weeks, oldest first.
    wishes = [(pair, at - _SPREAD + _SPREAD * (turn + 0.5) / len(pairs)) for turn, pair in enumerate(pairs)]
    for pair, moment in wishes:
        _make_one(pair, by=by, at=moment)
    return len(wishes)


@transaction.atomic
def _make_one(pair: Pair, *, by: Actor, at: datetime) -> None:
    """Let a delegate register, activate the account and ask for keys, through the same actions as on the pages."""
    provider, person = pair
    document = (person.document_type, person.document_number)
    who = Acquaintance("", document, Role.DELEGATE, provider.organization.nit)
    account = open_account(who, by=by, at=at - timedelta(hours=2))
    delegate = Actor(kind=ActorKind.PERSON, name=account.login)
    requesting.make_request(
        provider=provider, entered=ENTERED, accepts=request_texts(), account=account, by=delegate, at=at
    )


def request_texts() -> "list[Agreement]":
    """What a delegate accepts with a request."""
    return [current_agreement(kind) for kind in (AgreementKind.TERMS, AgreementKind.PERSONAL_DATA)]
