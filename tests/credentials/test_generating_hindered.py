"""What hinders a generation and is nobody's wrong key: a suspended provider, a missing APIM subscription key."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

import pytest

from llaves.audit.models import Event
from llaves.credentials import actions, generating, suspending
from llaves.credentials.generated import SubscriptionKeyMissing
from llaves.credentials.generating import NothingToGenerate
from llaves.credentials.generation import StepNotAllowed
from llaves.credentials.in_entra import Tools
from llaves.credentials.models import Credential, Generation, Request, SharedSubscriptionKey
from llaves.credentials.queries import EVERYBODY
from llaves.credentials.suspended import ProviderSuspended
from llaves.identity.models import Account
from llaves.providers.models import Organization, Provider
from tests.entra import Tenant
from tests.generation import JOB, SHARED_KEY, make_manual, order, work
from tests.people import Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db
KEY = "fedcba9876543210fedcba9876543210"


@pytest.fixture
def using(using: Tools) -> Iterator[Tools]:
    yield using
    make_manual()  # some of these commit


def found() -> set[tuple[str, str]]:
    return set(Generation.objects.values_list("stage", "fault"))


def suspend(how: str, now: datetime) -> None:
    if how == "not enabled":
        Provider.objects.update(is_enabled=False)
    elif how == "withdrawn":
        Organization.objects.update(withdrawn_at=now)
    else:
        Account.objects.filter(role="delegate").update(suspended_at=now)


@pytest.mark.parametrize("how", ["not enabled", "withdrawn", "delegate suspended"])
def test_for_whoever_is_suspended_nothing_is_ordered(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime, how: str
) -> None:
    account = beto.account(now)
    suspend(how, now)
    with pytest.raises(ProviderSuspended):
        order(waiting, beto, now)
    with pytest.raises(NothingToGenerate):
        generating.order_many(wanted=EVERYBODY, account=account, by=beto.actor, at=now)
    assert not Generation.objects.exists()


def test_whoever_is_suspended_before_entra_was_asked_gets_no_application(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    assert found() == {("fallida", "suspended")}
    assert tenant.applications() == []
    work(tenant, using)
    assert not Event.objects.filter(name="credentials.generation.retried").exists()
    Provider.objects.update(is_enabled=True)
    work(tenant, using)
    assert found() == {("asignada", "")}
    retried = Event.objects.filter(name="credentials.generation.retried")
    assert {(one.actor_kind, one.actor) for one in retried} == {("system", JOB.name)}
    assert retried.count() == 3


def test_whoever_is_suspended_on_the_way_is_said_to_be_suspended_and_goes_on_afterwards(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    tenant.has_rules(secret_delay=3600)
    work(tenant, using, hours=0.001)
    assert {stage for stage, _ in found()} == {"habilitada"}
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    assert found() == {("fallida", "suspended")}
    assert {each["is_disabled"] for each in tenant.applications()} == {True}
    tenant.has_rules()
    Provider.objects.update(is_enabled=True)
    work(tenant, using)
    assert found() == {("asignada", "")}


def test_what_failed_for_another_reason_waits_for_somebody(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    Generation.objects.update(stage="fallida", fault="policy", attempts=1)
    Generation.objects.filter(environment__code="produccion").update(fault="suspended")
    elsewhere = Generation.objects.filter(environment__code="desarrollo")
    assert suspending.take_up_readmitted(tenant="another", by=JOB, at=now) == 0
    assert suspending.take_up_readmitted(tenant=tenant.id, by=JOB, at=now) == 1
    assert suspending.take_up_readmitted(tenant=tenant.id, by=JOB, at=now) == 0
    assert elsewhere.get().fault == "policy"
    assert found() == {("fallida", "policy"), ("en espera", "")}


def test_nobody_who_is_readmitted_goes_on_without_the_event(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime, request: pytest.FixtureRequest
) -> None:
    order(waiting, beto, now)
    Generation.objects.update(stage="fallida", fault="suspended", attempts=1)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError, match="trail"):
        suspending.take_up_readmitted(tenant=tenant.id, by=JOB, at=now)
    assert found() == {("fallida", "suspended")}


@pytest.mark.django_db(transaction=True)
def test_an_official_and_the_portal_who_try_again_at_the_same_moment_try_once(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    Generation.objects.update(stage="fallida", fault="suspended", attempts=1)
    ids = list(Generation.objects.values_list("id", flat=True))

    def retry_all(who: str) -> None:
        if who == "portal":
            suspending.take_up_readmitted(tenant=tenant.id, by=JOB, at=now)
            return
        for one in ids:
            with suppress(StepNotAllowed):
                generating.retry(generation_id=one, by=beto.actor, at=now)

    assert who_wins(retry_all, ["portal", "beto", "portal", "beto"], loses_with=()) == [True] * 4
    assert Event.objects.filter(name="credentials.generation.retried").count() == 3
    assert found() == {("en espera", "")}


def test_what_was_cancelled_is_undone_whoever_is_suspended(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    tenant.has_rules(secret_delay=10_000)
    work(tenant, using, hours=0.01)
    Provider.objects.update(is_enabled=False)
    for one in Generation.objects.all():
        generating.cancel(generation_id=one.id, by=beto.actor, at=using.clock())
    work(tenant, using)
    assert {stage for stage, _ in found()} == {"deshecha"}
    assert (tenant.applications(), tenant.bin()) == ([], [])


def test_what_cannot_be_undone_for_months_is_still_tried(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    tenant.has_rules(secret_delay=10_000)
    work(tenant, using, hours=0.01)
    for one in Generation.objects.all():
        generating.cancel(generation_id=one.id, by=beto.actor, at=using.clock())
    Generation.objects.update(attempts=32767)
    work(tenant, using)
    assert {stage for stage, _ in found()} == {"deshecha"}


def test_an_application_that_somebody_has_disabled_gets_no_further_secret(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    tags = ["llaves-ihce", "ihce:prestador:1900100001", "ihce:ambiente:produccion"]
    owner = tenant.control("GET", "/applications")["applications"][0]["principal"]["id"]
    known = tenant.seed(unique_name="llaves-1900100001-produccion", tags=tags, owners=[owner])
    tenant.graph("PATCH", f"/applications/{known.id}", {"isDisabled": True})
    order(waiting, beto, now)
    work(tenant, using)
    failed = Generation.objects.get(environment__code="produccion")
    assert (failed.stage, failed.fault) == ("fallida", "disabled")
    (left,) = [len(each["passwords"]) for each in tenant.applications() if each["app_id"] == known.app_id]
    assert left == 1


def test_an_application_that_somebody_has_disabled_in_entra_is_said_to_be_that(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    tenant.has_rules(secret_delay=3600)
    work(tenant, using, hours=0.001)
    for each in tenant.applications():
        tenant.graph("PATCH", f"/applications/{each['id']}", {"isDisabled": True})
    tenant.has_rules()
    work(tenant, using)
    assert found() == {("fallida", "disabled")}
    assert Credential.objects.count() == 0


def test_a_subscription_key_that_was_taken_away_is_given_where_it_lacks(
    tenant: Tenant, using: Tools, waiting: Request, alicia: Member, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    actions.set_subscription_key(code="desarrollo", key="", by=JOB, at=now)
    work(tenant, using, hours=0.02)
    lacking = Generation.objects.get(stage="fallida")
    assert (lacking.environment.code, lacking.fault) == ("desarrollo", "no subscription key")
    with pytest.raises(SubscriptionKeyMissing):
        order(waiting, beto, using.clock())
    order(waiting, beto, using.clock(), desarrollo=KEY)
    work(tenant, using)
    assert found() == {("asignada", "")}
    held = {one.environment.code: actions.reveal(one, by=alicia.actor, at=now) for one in Credential.objects.all()}
    assert {code: pair.subscription_key for code, pair in held.items()} == {
        "desarrollo": KEY,
        "preproduccion": SHARED_KEY,
        "produccion": SHARED_KEY,
    }
    assert len(tenant.applications()) == 3
    assert Event.objects.filter(name="credentials.generation.retried").count() == 1


def test_once_there_is_one_for_everybody_again_ordering_again_is_enough(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    actions.set_subscription_key(code="desarrollo", key="", by=JOB, at=now)
    work(tenant, using, hours=0.02)
    actions.set_subscription_key(code="desarrollo", key=KEY, by=JOB, at=now)
    order(waiting, beto, using.clock())
    work(tenant, using)
    assert found() == {("asignada", "")}
    assert SharedSubscriptionKey.objects.count() == 3


def test_a_key_is_not_given_without_its_event(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime, request: pytest.FixtureRequest
) -> None:
    order(waiting, beto, now)
    actions.set_subscription_key(code="desarrollo", key="", by=JOB, at=now)
    work(tenant, using, hours=0.02)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError, match="trail"):
        order(waiting, beto, using.clock(), desarrollo=KEY)
    lacking = Generation.objects.get(environment__code="desarrollo")
    assert (lacking.stage, lacking.subscription_key) == ("fallida", None)
