"""The round that asks Entra about every valid credential: one share each minute, whatever stops in between."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from llaves import clients, jobs
from llaves.audit.models import Event
from llaves.credentials import proving
from llaves.credentials.models import Credential, Environment, Proof
from llaves.credentials.proving import LEASE
from tests import people
from tests.entra import Entra, Tenant

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    """The job asks the clock itself; what was assigned an hour ago is fresh no more."""
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def portal(entra: Entra, tenant: Tenant, settings: "Settings") -> Iterator[Tenant]:
    """The tenant of all environments."""
    settings.ENTRA_CA = entra.ca_file.read_text()
    Environment.objects.update(authority=entra.url, tenant_id=tenant.id)
    yield tenant
    clients.verification(entra.url).close()
    clients.verification_at.cache_clear()


@pytest.fixture
def held(portal: Tenant, now: datetime) -> list[Credential]:
    """Alicia's three credentials, as Entra has them too."""
    request = people.assigned(people.asked(people.alicia(now), now), people.beto(now), now)
    for pair in people.pairs(timezone.localdate(now)).values():
        portal.seed(app_id=str(pair.client_id), secrets=[{"secret": pair.client_secret}])
    return list(request.credentials.order_by("environment__position"))


def findings() -> list[str]:
    return list(Proof.objects.order_by("credential__environment__position", "id").values_list("finding", flat=True))


def a_day_passes() -> None:
    Credential.objects.update(prove_at=timezone.now())


def test_a_minute_asks_about_all_that_is_due_and_the_next_about_nothing(held: list[Credential], portal: Tenant) -> None:
    jobs.prove_due(0)
    assert findings() == ["valid"] * 3
    asked = len(portal.log()["lines"])
    jobs.prove_due(0)
    assert len(portal.log()["lines"]) == asked


def test_what_stops_working_is_found_the_next_day(held: list[Credential], portal: Tenant) -> None:
    jobs.prove_due(0)
    portal.seed(app_id=str(held[2].client.client_id), disabled=True)
    a_day_passes()
    jobs.prove_due(0)
    assert findings() == ["valid", "valid", "valid", "wrong_secret"]


def test_while_entra_is_silent_it_is_asked_once_a_round_and_nothing_is_lost(
    held: list[Credential], portal: Tenant
) -> None:
    jobs.prove_due(0)
    portal.goes_wrong({"kind": "throttled", "on": "token", "times": 99, "retry_after": 60})
    a_day_passes()
    before = len(portal.log()["lines"])
    jobs.prove_due(0)
    assert len(portal.log()["lines"]) - before == 3  # one of each environment
    assert findings() == ["valid"] * 3
    portal.goes_wrong()
    a_day_passes()
    jobs.prove_due(0)
    assert [proof.times for proof in Proof.objects.all()] == [2, 2, 2]


def test_a_worker_killed_while_it_asks_leaves_what_it_took_to_another(
    held: list[Credential], portal: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(proving, "record_round", dies)
        with pytest.raises(SystemExit):
            jobs.prove_due(0)
    jobs.prove_due(0)
    assert len(findings()) == 2  # what the first had taken is still on lease
    Credential.objects.filter(last_proof=None).update(prove_at=timezone.now() - LEASE)
    jobs.prove_due(0)
    assert findings() == ["valid"] * 3


def test_an_environment_that_cannot_be_asked_is_left_alone(held: list[Credential]) -> None:
    Environment.objects.filter(code="produccion").update(authority="")
    jobs.prove_due(0)
    assert len(findings()) == 2


def test_a_pair_of_which_entra_says_something_odd_holds_up_no_other(
    held: list[Credential], portal: Tenant, now: datetime
) -> None:
    people.assigned(people.asked(people.carla(now), now), people.berta(now), now, seed=2)
    for pair in people.pairs(timezone.localdate(now), seed=2).values():
        portal.seed(app_id=str(pair.client_id), secrets=[{"secret": pair.client_secret}])
    portal.goes_wrong({"kind": "error", "status": 400, "on": "token", "times": 1})
    jobs.prove_due(0)
    assert findings() == ["valid"] * 5


def test_n23_neither_the_queue_nor_the_trail_holds_a_secret(held: list[Credential]) -> None:
    jobs.prove_due(0)
    told = [str(job.args) for job in ProcrastinateJob.objects.all()]
    told += [str(event.details) for event in Event.objects.all()]
    for pair in people.pairs(timezone.localdate()).values():
        assert not [line for line in told if pair.client_secret in line]
