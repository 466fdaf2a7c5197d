"""Generating pairs in Entra: from the order to the assignment, and everything that goes wrong on the way."""

import logging
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections

from llaves.audit.models import Event
from llaves.credentials import actions, generating, in_entra, requesting, shift
from llaves.credentials.in_entra import Tools
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential, Environment, Generation, Request
from llaves.credentials.queries import EVERYBODY, credentials_of
from llaves.vault.models import SealedSecret
from tests import people
from tests.entra import Pair, Tenant
from tests.generation import SHARED_KEY, later, order, tools_for, work
from tests.people import Member

pytestmark = pytest.mark.django_db


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
    """One application, one principal and one secret in each environment; each works; nothing is left over."""
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


@pytest.mark.parametrize("on", ["create-application", "create-principal", "write"])
@pytest.mark.parametrize("kind", ["lost", "lost error", "cut", "error", "conflict", "throttled"])
def test_n16_n17_whatever_is_lost_or_refused_in_passing_nothing_is_doubled(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime, kind: str, on: str
) -> None:
    order(waiting, beto, now)
    tenant.goes_wrong({"kind": kind, "on": on, "times": 2, "retry_after": 0})
    work(tenant, using)
    tenant.goes_wrong()
    all_is_well(tenant, waiting, alicia, now)


@pytest.mark.parametrize("on", ["add-password", "remove-password", "read-application"])
@pytest.mark.parametrize("kind", ["lost", "cut", "error", "missing"])
def test_n16_what_is_lost_while_an_application_is_adopted_is_found_again(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime, kind: str, on: str
) -> None:
    order(waiting, beto, now)
    tenant.goes_wrong({"kind": "lost", "on": "create-application", "times": 3}, {"kind": kind, "on": on, "times": 2})
    work(tenant, using)
    tenant.goes_wrong()
    all_is_well(tenant, waiting, alicia, now)


def test_n15_what_entra_does_not_know_everywhere_yet_is_waited_for(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime
) -> None:
    tenant.clock(factor=0.01)  # the seconds of a slow machine must not be waited for in Entra's place
    tenant.has_rules(principal_delay=5, secret_delay=20, sign_in_delay=8, principal_sign_in_delay=12, read_delay=6)
    order(waiting, beto, now)
    work(tenant, using)
    assert using.clock() > now + timedelta(seconds=18)
    all_is_well(tenant, waiting, alicia, now)


def test_n15_one_success_between_refusals_does_not_make_a_pair_valid(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    tenant.goes_wrong({"kind": "too early", "on": "token", "probability": 0.3})
    work(tenant, using)
    tenant.goes_wrong()
    all_is_well(tenant, waiting, alicia, now)
    log = tenant.log()["lines"]
    assert len(log) > 0


def test_mirrors_that_lag_behind_double_nothing(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime
) -> None:
    tenant.has_rules(flapping=0.5, flapping_for=60)
    tenant.goes_wrong({"kind": "lost", "on": "write", "probability": 0.4})
    order(waiting, beto, now)
    work(tenant, using)
    all_is_well(tenant, waiting, alicia, now)


def test_what_an_earlier_life_of_the_database_has_made_is_adopted_and_its_secrets_stay(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    tags = ["llaves-ihce", "ihce:prestador:1900100001", "ihce:ambiente:produccion"]
    owner = tenant.control("GET", "/applications")["applications"][0]["principal"]["id"]
    known = tenant.seed(unique_name="llaves-1900100001-produccion", tags=tags, owners=[owner])
    order(waiting, beto, now)
    work(tenant, using)
    assert stages() == {"asignada"}
    adopted = next(each for each in tenant.applications() if each["app_id"] == known.app_id)
    assert len(adopted["passwords"]) == 2
    assert tenant.asks_for_token(known).status_code == 200


def test_a_database_that_was_restored_cuts_off_nobody_whom_its_later_life_has_served(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime
) -> None:
    """The copy is older than what its own orders have led to: their secrets bear the very names."""
    order(waiting, beto, now)
    handed_over = {}
    for held in Generation.objects.select_related("provider", "environment"):
        wanted = in_entra.described(held.provider, held.environment)
        told, key = using.applications.create(wanted, key=held.key_name, ends_at=now + timedelta(days=9), urgent=True)
        using.applications.install(told.client_id, urgent=True)
        handed_over[held.environment.code] = Pair(str(told.client_id), key.secret)
    work(tenant, using)
    assert stages() == {"asignada"}
    assert {tenant.asks_for_token(pair).status_code for pair in handed_over.values()} == {200}


def test_an_application_of_somebody_else_is_left_alone(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    theirs = tenant.seed(unique_name="llaves-1900100001-produccion")
    order(waiting, beto, now)
    work(tenant, using)
    failed = Generation.objects.get(environment__code="produccion")
    assert (failed.stage, failed.fault) == ("fallida", "taken")
    assert tenant.asks_for_token(theirs).status_code == 200


@pytest.mark.parametrize(("kind", "fault"), [("quota", "quota"), ("policy", "policy"), ("denied", "denied")])
def test_what_befalls_all_pauses_the_run_and_is_taken_up_where_it_stopped(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime, kind: str, fault: str
) -> None:
    run = generating.order_many(wanted=EVERYBODY, account=beto.account(now), by=beto.actor, at=now)
    tenant.goes_wrong({"kind": kind, "on": "create-application", "times": 1})
    work(tenant, using)
    run.refresh_from_db()
    assert (run.fault, run.paused_at is not None) == (fault, True)
    assert list(Generation.objects.filter(stage="fallida").values_list("fault", flat=True)) == [fault]
    generating.resume(run_id=run.id, by=beto.actor, at=using.clock())
    work(tenant, using)
    all_is_well(tenant, waiting, alicia, now)


def test_n18_what_is_cancelled_leaves_nothing_behind_not_even_in_the_bin(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    tenant.goes_wrong({"kind": "lost", "on": "write", "times": 2})
    tenant.has_rules(secret_delay=10_000)
    work(tenant, using, hours=0.05)
    assert len(tenant.applications()) == 3
    for one in Generation.objects.all():
        generating.cancel(generation_id=one.id, by=beto.actor, at=using.clock())
    tenant.goes_wrong()
    tenant.has_rules()
    work(tenant, using)
    assert stages() == {"deshecha"}
    assert (tenant.applications(), tenant.bin()) == ([], [])
    assert SealedSecret.objects.count() == 3  # those of the environments
    order(waiting, beto, using.clock())
    work(tenant, using)
    assert Generation.objects.filter(stage="asignada").count() == 3


def test_a_deleted_application_that_still_holds_the_name_is_purged(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime
) -> None:
    wanted = in_entra.described(waiting.provider, Environment.objects.get(code="produccion"))
    told, _ = using.applications.create(wanted, key="llaves:x", ends_at=now + timedelta(days=9), urgent=True)
    tenant.graph("DELETE", f"/applications/{told.id}")
    order(waiting, beto, now)
    work(tenant, using)
    all_is_well(tenant, waiting, alicia, now)


def test_what_somebody_has_deleted_in_entra_is_said_to_be_gone_and_made_anew_after_it_was_cancelled(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime
) -> None:
    order(waiting, beto, now)
    work(tenant, using)
    for each in tenant.applications():
        tenant.graph("DELETE", f"/applications/{each['id']}")
    again = people.asked(alicia, now + timedelta(days=1), Kind.REPLACEMENT)
    order(again, beto, using.clock())
    for _ in range(8):
        work(tenant, using)
        later(using, timedelta(minutes=10))
    assert set(again.generations.values_list("stage", "fault")) == {("fallida", "gone")}
    for held in again.generations.all():
        generating.cancel(generation_id=held.id, by=beto.actor, at=using.clock())
    for _ in range(8):
        later(using, timedelta(minutes=10))
        work(tenant, using)
    assert set(again.generations.values_list("stage", flat=True)) == {"deshecha"}
    order(again, beto, using.clock())
    work(tenant, using)
    again.refresh_from_db()
    assert (again.state, len(tenant.applications()), tenant.bin()) == ("asignado", 3, [])
    later(using, timedelta(days=31))
    work(tenant, using)
    # The secrets of the deleted ones are gone with them; those of the new ones, of the same names, stay.
    assert Credential.objects.filter(request=waiting, removed_at__isnull=False).count() == 3
    assert {len(each["passwords"]) for each in tenant.applications()} == {1}


@pytest.mark.parametrize("fault", ["missing", "error"])
def test_n18_a_removal_that_stops_halfway_is_not_taken_for_done(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, now: datetime, fault: str
) -> None:
    order(waiting, beto, now)
    tenant.goes_wrong({"kind": "policy", "on": "create-principal", "probability": 1})
    work(tenant, using)
    for held in waiting.generations.all():
        generating.cancel(generation_id=held.id, by=beto.actor, at=using.clock())
    tenant.goes_wrong(
        {"kind": fault, "on": "delete-application", "times": 2}, {"kind": fault, "on": "purge", "times": 4}
    )
    for _ in range(12):
        later(using, timedelta(minutes=10))
        work(tenant, using)
    assert (tenant.applications(), tenant.bin()) == ([], [])
    assert set(waiting.generations.values_list("stage", flat=True)) == {"deshecha"}


@pytest.mark.parametrize("way", ["withdrawn", "by hand"])
def test_a_request_that_was_attended_otherwise_has_its_applications_undone(
    tenant: Tenant, using: Tools, waiting: Request, beto: Member, alicia: Member, now: datetime, way: str
) -> None:
    order(waiting, beto, now)
    tenant.has_rules(secret_delay=10_000)
    work(tenant, using, hours=0.05)
    if way == "withdrawn":
        requesting.withdraw(request_id=waiting.id, account=alicia.account(now), by=alicia.actor, at=now)
    else:
        people.assigned(waiting, beto, now)
    work(tenant, using)
    assert stages() == {"deshecha"}
    assert (tenant.applications(), tenant.bin()) == ([], [])


def test_only_one_worker_at_a_time_works_on_a_tenant(transactional_db: None, tenant: Tenant, now: datetime) -> None:
    with closing(connections.create_connection("default")) as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('llaves.entra'), hashtext(%s))", [tenant.id])
        with tools_for(tenant, now) as using:
            assert not shift.work(tenant.id, using, until=now + timedelta(hours=1), sleep=lambda _: None)
        with connection.cursor() as cursor:
            # What the death of a worker's connection comes to; unlike closing, it is over once it is answered.
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [other.connection.info.backend_pid])
    with tools_for(tenant, now) as using:
        assert shift.work(tenant.id, using, until=now + timedelta(hours=1), sleep=lambda _: None)


def test_nothing_is_ordered_without_its_event(
    waiting: Request, beto: Member, now: datetime, request: pytest.FixtureRequest
) -> None:
    Environment.objects.update(tenant_id="t", authority="https://x", graph_base="https://x", is_automatic=True)
    beto.account(now)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError, match="trail"):
        order(waiting, beto, now, desarrollo="k" * 32, preproduccion="k" * 32, produccion="k" * 32)
    assert not Generation.objects.exists()


def test_n23_no_secret_is_in_an_event_a_job_or_a_log(
    tenant: Tenant,
    using: Tools,
    waiting: Request,
    beto: Member,
    alicia: Member,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    order(waiting, beto, now)
    tenant.goes_wrong({"kind": "lost", "on": "write", "times": 2})
    work(tenant, using)
    said = caplog.text + str(list(Event.objects.values())) + str(list(Generation.objects.values()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs")
        said += str(cursor.fetchall())
    for credential in credentials_of(waiting.provider):
        pair = actions.reveal(credential, by=alicia.actor, at=now)
        assert pair.client_secret not in said
        assert pair.subscription_key not in said
