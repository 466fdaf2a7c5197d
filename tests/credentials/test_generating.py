"""Generating pairs in Entra: from the order to the assignment, and everything that goes wrong on the way."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from llaves.audit.models import Event
from llaves.credentials import actions, generating
from llaves.credentials.in_entra import Tools
from llaves.credentials.models import Credential, Generation, Request
from llaves.credentials.queries import credentials_of
from llaves.vault.models import SealedSecret
from tests import people
from tests.entra import Pair, Tenant
from tests.generation import SHARED_KEY, make_automatic, tools_for, work
from tests.people import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def alicia(now: datetime) -> Member:
    return people.alicia(now)


@pytest.fixture
def beto(now: datetime) -> Member:
    return people.beto(now)


@pytest.fixture
def waiting(alicia: Member, now: datetime) -> Request:
    return people.asked(alicia, now)


@pytest.fixture
def using(tenant: Tenant, now: datetime) -> Iterator[Tools]:
    make_automatic(tenant, now)
    with tools_for(tenant, now) as using:
        yield using


def order(request: Request, beto: Member, at: datetime, **keys: str) -> None:
    generating.order(request_id=request.id, subscription_keys=keys, account=beto.account(at), by=beto.actor, at=at)


def stages() -> set[str]:
    return set(Generation.objects.values_list("stage", flat=True))


def test_what_is_ordered_is_made_proved_and_assigned(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    work(tenant, using)
    assert stages() == {"asignada"}
    waiting.refresh_from_db()
    assert waiting.state == "asignado"
    made = {each["unique_name"]: each for each in tenant.applications()}
    assert set(made) == {f"llaves-1900100001-{code}" for code in ("desarrollo", "preproduccion", "produccion")}
    for credential in credentials_of(waiting.provider):
        pair = actions.reveal(credential, by=alicia.actor, at=now)
        application = made[f"llaves-1900100001-{credential.environment.code}"]
        assert application["app_id"] == str(pair.client_id)
        assert application["audience"] == "AzureADMyOrg"
        assert len(application["passwords"]) == 1
        assert application["principal"]
        assert tenant.asks_for_token(Pair(str(pair.client_id), pair.client_secret)).status_code == 200
        assert pair.subscription_key == SHARED_KEY
    assert Credential.objects.count() == 3
    assert SealedSecret.objects.count() == 6 + 3  # of the credentials, and of the environments: none is left behind
    assert Event.objects.filter(name="credentials.generation.assigned").count() == 3


def all_is_well(tenant: Tenant, request: Request, alicia: Member, at: datetime) -> None:
    """One application, one principal and one secret in each environment; each secret works and nothing else is there."""
    request.refresh_from_db()
    assert request.state == "asignado"
    made = tenant.applications()
    assert sorted(each["unique_name"] for each in made) == [
        f"llaves-1900100001-{code}" for code in ("desarrollo", "preproduccion", "produccion")
    ]
    pairs = {
        str(pair.client_id): pair
        for credential in credentials_of(request.provider)
        for pair in [actions.reveal(credential, by=alicia.actor, at=at)]
    }
    for each in made:
        assert each["principal"]
        assert len(each["passwords"]) == 1
        pair = pairs[each["app_id"]]
        assert tenant.asks_for_token(Pair(each["app_id"], pair.client_secret)).status_code == 200
    assert tenant.bin() == []


@pytest.mark.parametrize("on", ["POST /applications", "POST /servicePrincipals", "write"])
@pytest.mark.parametrize("kind", ["lost", "lost error", "cut", "error", "conflict", "throttled"])
def test_n16_n17_whatever_is_lost_or_refused_in_passing_nothing_is_doubled(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime, kind: str, on: str
) -> None:
    order(waiting, beto, now)
    tenant.goes_wrong({"kind": kind, "on": on, "times": 2, "retry_after": 0})
    work(tenant, using)
    tenant.goes_wrong()
    all_is_well(tenant, waiting, alicia, now)
