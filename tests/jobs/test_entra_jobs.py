"""The jobs that look at Entra by the clock: the nightly comparison, and the portal's own credential."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from llaves import clients, jobs
from llaves.audit.models import Event
from llaves.credentials.in_entra import TAG
from llaves.credentials.models import OwnExpiryTold, Reconciliation
from llaves.notifications.models import Notice
from tests import people
from tests.entra import Entra, Tenant
from tests.generation import make_automatic

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
    tools = jobs.tools(jobs.tenants_worked_on()[0])
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


def test_where_no_environment_is_automatic_nothing_is_compared(tenant: Tenant) -> None:
    jobs.reconcile_entra(0)
    assert not Reconciliation.objects.exists()


def test_n19_the_portals_own_credential_is_asked_for_and_told_once(
    portal: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.beto(timezone.now()).account(timezone.now())
    found = jobs.tools(jobs.tenants_worked_on()[0]).applications.own_keys()
    ends_at = max(key.ends_at for key in found if key.ends_at)
    monkeypatch.setattr(timezone, "now", lambda: ends_at - timezone.timedelta(days=20))
    for _ in range(2):
        jobs.tell_of_own_expiry(0)
    told = OwnExpiryTold.objects.get()
    assert (told.tenant_id, told.days) == (portal.id, 30)
    assert Notice.objects.filter(letter="own_expires").count() == 1
