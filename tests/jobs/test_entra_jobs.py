"""The jobs that look at Entra by the clock: the nightly comparison, and the portal's own credential."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from llaves import clients, jobs
from llaves.audit.models import Event
from llaves.credentials.in_entra import TAG, Pace
from llaves.credentials.models import Environment, OwnExpiryTold, Reconciliation
from llaves.credentials.own_end import own_end
from llaves.notifications.models import Notice
from tests import people
from tests.entra import OWNED, Entra, Tenant
from tests.federated import Issuer
from tests.generation import make_automatic, order_everything

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(entra: Entra, tenant: Tenant, settings: "Settings") -> Iterator[Tenant]:
    """The tenant of all environments, as the settings name it."""
    own = {"client_id": tenant.provisioner.app_id, "client_secret": tenant.provisioner.secret}
    settings.ENTRA_CA, settings.ENTRA_PROVISIONERS = entra.ca_file.read_text(), json.dumps({tenant.id: own})
    make_automatic(tenant, timezone.now())
    yield tenant
    for each in jobs.tenants_worked_on():
        tools = jobs.tools(each)
        tools.applications.close()
        tools.verification.close()
    clients.applications_at.cache_clear()
    clients.verification_at.cache_clear()


def test_nightly_entra_and_the_portal_are_compared_and_nothing_is_changed(portal: Tenant) -> None:
    portal.seed(unique_name="llaves-0000000000-produccion", tags=[TAG])
    before = portal.applications()
    jobs.reconcile_entra(0)
    jobs.reconcile_entra(0)
    assert portal.applications() == before
    reports = [(one.tenant_id, one.applications, one.in_bin, one.count) for one in Reconciliation.objects.all()]
    assert reports == [(portal.id, 1, 0, 1)] * 2
    event = Event.objects.filter(name="credentials.entra.reconciled")[0]
    assert event.actor == "jobs.reconcile_entra"
    assert event.details == {"tenant": portal.id, "applications": 1, "differences": 1}


def test_how_long_two_proofs_are_apart_is_a_setting(portal: Tenant, settings: "Settings") -> None:
    (tenant,) = jobs.tenants_worked_on()
    assert jobs.tools(tenant).pace == Pace()
    settings.ENTRA_PROOF_PAUSE = 3
    assert jobs.tools(tenant).pace.between_proofs == timedelta(seconds=3)


def test_a_tenant_that_does_not_answer_keeps_no_other_from_being_compared(
    portal: Tenant, entra: Entra, settings: "Settings"
) -> None:
    other = entra.new_tenant()
    own = {"client_id": other.provisioner.app_id, "client_secret": other.provisioner.secret}
    settings.ENTRA_PROVISIONERS = json.dumps({**json.loads(settings.ENTRA_PROVISIONERS), other.id: own})
    Environment.objects.filter(code="desarrollo").update(tenant_id=other.id)
    first, second = sorted([portal, other], key=lambda one: one.id)
    for silent, answers in ((first, second), (second, first)):
        Reconciliation.objects.all().delete()
        silent.goes_wrong({"kind": "error", "on": "graph", "probability": 1})
        jobs.reconcile_entra(0)
        jobs.tell_of_own_expiry(0)
        assert [one.tenant_id for one in Reconciliation.objects.all()] == [answers.id]
        silent.goes_wrong()


def test_a_tenant_for_which_nobody_wrote_down_a_provisioner_keeps_no_other_from_being_compared(
    portal: Tenant,
) -> None:
    for unknown in ("00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-8fff-ffffffffffff"):
        Environment.objects.filter(code="desarrollo").update(tenant_id=unknown)
        jobs.reconcile_entra(0)
        jobs.tell_of_own_expiry(0)
    assert [one.tenant_id for one in Reconciliation.objects.all()] == [portal.id] * 2
    Environment.objects.filter(code="desarrollo").update(tenant_id=portal.id)


def test_beside_a_shift_no_second_one_is_ordered(portal: Tenant, now: datetime) -> None:
    """Ordered again and again, it would do nothing as fast as the queue goes."""
    people.asked(people.alicia(now), now)
    order_everything(people.beto(now), now)
    make_automatic(portal, now)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    with closing(connections.create_connection("default")) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s), hashtext(%s))", ["llaves.entra", portal.id])
        jobs.work_on_tenant(portal.id)
    assert not ProcrastinateJob.objects.exists()


def test_where_no_environment_is_automatic_nothing_is_compared(tenant: Tenant) -> None:
    jobs.reconcile_entra(0)
    assert not Reconciliation.objects.exists()


def stop_the_clock(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    noon = datetime.combine(day, time(12), timezone.get_default_timezone())
    monkeypatch.setattr(timezone, "now", lambda: noon)


def test_n19_the_portals_own_credential_is_asked_for_and_told_once(
    portal: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.beto(timezone.now()).account(timezone.now())
    ends_on = own_end(jobs.tools(jobs.tenants_worked_on()[0]).applications).on
    assert ends_on
    stop_the_clock(monkeypatch, ends_on - timedelta(days=20))
    for _ in range(2):
        jobs.tell_of_own_expiry(0)
    told = OwnExpiryTold.objects.get()
    assert (told.tenant_id, told.days) == (portal.id, 30)
    assert Notice.objects.filter(letter="own_expires").count() == 1


UNREADABLE = {"kind": "denied", "on": "read-application", "probability": 1}


def kinds(tenant: Tenant) -> list[str]:
    report = Reconciliation.objects.filter(tenant_id=tenant.id).order_by("-id")[0]
    return [each["kind"] for each in report.differences]


def test_n19_where_the_own_end_cannot_be_read_officials_and_the_operator_are_told(
    portal: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    people.beto(timezone.now()).account(timezone.now())
    portal.goes_wrong(UNREADABLE)
    for _ in range(2):
        jobs.reconcile_entra(0)
        jobs.tell_of_own_expiry(0)
        assert kinds(portal) == ["own end unknown"]
    told = [record.getMessage() for record in caplog.records if "own credential" in record.getMessage()]
    assert len(told) == 1
    assert "LLAVES_ENTRA_PROVISIONERS" in told[0]
    assert portal.provisioner.secret not in caplog.text
    assert not Notice.objects.exists()


def test_n19_what_the_operator_has_written_down_counts_where_it_cannot_be_read(
    portal: Tenant, settings: "Settings", monkeypatch: pytest.MonkeyPatch
) -> None:
    people.beto(timezone.now()).account(timezone.now())
    own = {"client_id": portal.provisioner.app_id, "client_secret": portal.provisioner.secret}
    settings.ENTRA_PROVISIONERS = json.dumps({portal.id: {**own, "expires_on": "2031-05-31"}})
    portal.goes_wrong(UNREADABLE)
    jobs.reconcile_entra(0)
    assert kinds(portal) == []
    stop_the_clock(monkeypatch, date(2031, 5, 30))
    for _ in range(2):
        jobs.tell_of_own_expiry(0)
    told = OwnExpiryTold.objects.get()
    assert (told.expires_on, told.days) == (date(2031, 5, 31), 1)
    assert Notice.objects.filter(letter="own_expires").count() == 1
    portal.goes_wrong()
    assert own_end(jobs.tools(jobs.tenants_worked_on()[0]).applications).on != date(2031, 5, 31)


def test_n19_whom_another_vouches_for_holds_nothing_that_ends(
    portal: Tenant, settings: "Settings", tmp_path: Path
) -> None:
    issuer, file = Issuer(), tmp_path / "assertion"
    issuer.publish(portal.entra)
    file.write_text(issuer.says())
    pair = portal.seed(secrets=[{"end": 3600}], permissions=[OWNED], federated=[issuer.trusted()])
    settings.ENTRA_PROVISIONERS = json.dumps({portal.id: {"client_id": pair.app_id, "assertion_file": str(file)}})
    jobs.reconcile_entra(0)
    assert kinds(portal) == []
    portal.goes_wrong(UNREADABLE)
    jobs.reconcile_entra(0)
    assert kinds(portal) == []
