"""What Entra has and the portal knows, side by side; nothing is repaired."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from llaves.credentials import generating, reconciling
from llaves.credentials.in_entra import TAG, Tools
from llaves.credentials.models import Credential, Reconciliation, Request
from llaves.credentials.own_end import own_end
from llaves.credentials.reconciling import Difference, Kind
from llaves.providers.models import Provider
from tests import people
from tests.entra import Tenant
from tests.generation import JOB, work
from tests.people import Member

pytestmark = pytest.mark.django_db
NAME = "1900100001 produccion"


@pytest.fixture
def generated(tenant: Tenant, using: Tools, beto: Member, now: datetime) -> Request:
    request = people.asked(people.alicia(now), now)
    generating.order(request_id=request.id, subscription_keys={}, account=beto.account(now), by=beto.actor, at=now)
    work(tenant, using)
    return request


def compared(tenant: Tenant, using: Tools) -> tuple[int, list[tuple[str, str]]]:
    known, entra = reconciling.known_of(tenant.id), using.applications
    count, found = reconciling.compare(known, entra.tagged(TAG), own_end(entra), at=using.clock())
    return count, [(one.kind, one.application) for one in found]


def graph_id(tenant: Tenant, name: str) -> str:
    return next(each["id"] for each in tenant.applications() if each["unique_name"] == name)


def test_after_a_generation_everything_fits(tenant: Tenant, using: Tools, generated: Request) -> None:
    assert compared(tenant, using) == (3, [])


def test_an_application_with_our_tag_that_nobody_knows_is_told(
    tenant: Tenant, using: Tools, generated: Request
) -> None:
    tenant.seed(unique_name="llaves-0000000000-produccion", tags=[TAG])
    tenant.seed(unique_name="otra-cosa")
    assert compared(tenant, using) == (4, [(Kind.UNKNOWN, "llaves-0000000000-produccion")])
    assert len(tenant.applications()) == 5


def test_n18_one_that_somebody_has_deleted_is_told_and_counted_in_the_bin(
    tenant: Tenant, using: Tools, generated: Request
) -> None:
    tenant.graph("DELETE", f"/applications/{graph_id(tenant, 'llaves-1900100001-produccion')}")
    assert compared(tenant, using) == (2, [(Kind.MISSING, NAME)])
    assert using.applications.count_in_bin() == 1  # N18: what the bin holds is counted


def test_secrets_that_came_or_went_are_told(tenant: Tenant, using: Tools, generated: Request) -> None:
    address = f"/applications/{graph_id(tenant, 'llaves-1900100001-produccion')}"
    tenant.graph("POST", f"{address}/addPassword", {"passwordCredential": {"displayName": "a mano"}})
    assert compared(tenant, using) == (3, [(Kind.SECRET_UNKNOWN, NAME)])
    key = Credential.objects.get(request=generated, environment__code="produccion").generation.key_id
    tenant.graph("POST", f"{address}/removePassword", {"keyId": str(key)})
    assert compared(tenant, using) == (3, [(Kind.SECRET_UNKNOWN, NAME), (Kind.SECRET_MISSING, NAME)])


@pytest.mark.parametrize("is_off_there", [True, False], ids=["off there", "on there"])
def test_one_that_somebody_has_switched_in_entra_is_told(
    tenant: Tenant,
    using: Tools,
    generated: Request,
    is_off_there: bool,  # noqa: FBT001
) -> None:
    if not is_off_there:
        Provider.objects.update(is_enabled=False)
        work(tenant, using)
    address = f"/applications/{graph_id(tenant, 'llaves-1900100001-produccion')}"
    tenant.graph("PATCH", address, {"isDisabled": is_off_there})
    kind = Kind.DISABLED_THERE if is_off_there else Kind.ENABLED_THERE
    assert compared(tenant, using) == (3, [(kind, NAME)])


def test_a_secret_that_ends_before_what_is_announced_is_told(tenant: Tenant, using: Tools, generated: Request) -> None:
    one = Credential.objects.get(request=generated, environment__code="produccion")
    Credential.objects.filter(id=one.id).update(expires_on=one.expires_on + timedelta(days=3))
    assert compared(tenant, using) == (3, [(Kind.EXPIRES_EARLIER, NAME)])


def test_n19_the_portals_own_credential_is_told_in_time(tenant: Tenant, using: Tools, generated: Request) -> None:
    own, known = own_end(using.applications), reconciling.known_of(tenant.id)
    assert own.on
    noon = datetime.combine(own.on, time(12), timezone.get_default_timezone())
    for days, told in ((61, 0), (60, 1), (-1, 1)):
        found = reconciling.compare(known, [], own, at=noon - timedelta(days=days))[1]
        assert [one.kind for one in found].count(Kind.OWN_EXPIRES) == told


UNREADABLE = {"kind": "denied", "on": "read-application", "probability": 1}


def test_n19_that_nobody_can_know_the_own_end_is_told_until_somebody_can(
    tenant: Tenant, using: Tools, generated: Request
) -> None:
    tenant.goes_wrong(UNREADABLE)
    assert compared(tenant, using) == (3, [(Kind.OWN_END_UNKNOWN, "portal")])
    tenant.goes_wrong()
    assert compared(tenant, using) == (3, [])


def test_n19_the_operator_is_told_when_it_becomes_unknown_and_not_every_night(
    tenant: Tenant, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    unknown = Difference(Kind.OWN_END_UNKNOWN, "portal")
    for night, found in enumerate([[], [unknown], [unknown], [], [unknown]]):
        at = now + timedelta(days=night)
        reconciling.keep(tenant=tenant.id, applications=1, in_bin=0, differences=found, by=JOB, at=at)
        reconciling.keep(tenant="another", applications=1, in_bin=0, differences=[], by=JOB, at=at)
    lines = [record.getMessage() for record in caplog.records]
    assert [tenant.id in line and "cannot be read" in line for line in lines] == [True, True]


def test_the_report_is_kept_and_old_ones_go(tenant: Tenant, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "KEPT_REPORTS", 2)
    for night in range(4):
        at = now + timedelta(days=night)
        reconciling.keep(tenant=tenant.id, applications=1, in_bin=0, differences=[], by=JOB, at=at)
    assert Reconciliation.objects.count() == 2


def test_without_its_event_no_report_is_kept(tenant: Tenant, now: datetime, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError, match="trail"):
        reconciling.keep(tenant=tenant.id, applications=1, in_bin=0, differences=[], by=JOB, at=now)
    assert not Reconciliation.objects.exists()
