"""Generating pairs in Entra: from the order to the assignment, and everything that goes wrong on the way."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from llaves.audit.models import Event
from llaves.credentials import actions, generating
from llaves.credentials.models import Credential, Generation, Request
from llaves.credentials.queries import credentials_of
from llaves.vault.models import SealedSecret
from tests import people
from tests.entra import Pair, Tenant
from tests.generation import SHARED_KEY, Clock, Tools, make_automatic, tools, work
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
    using = tools(tenant, Clock(now))
    yield using
    using.applications.close()
    using.verification.close()


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
