"""What the life of credentials and providers asks of Entra: rotation, removal, suspension, and what is left alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from llaves.audit.models import Event
from llaves.credentials import actions, generating, removing, revoking, upkeep
from llaves.credentials.generation_queries import refused_upkeep
from llaves.credentials.in_entra import Pace, Tools
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential, EntraApplication, Environment, Proof, Request
from llaves.identity.models import Account
from llaves.providers.models import Provider
from tests import people
from tests.entra import Pair, Tenant
from tests.generation import JOB, later, work
from tests.people import Member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def using(using: Tools) -> Tools:
    Environment.objects.update(renews_by_itself=True)
    return using


@pytest.fixture
def generated(tenant: Tenant, using: Tools, alicia: Member, beto: Member, now: datetime) -> Request:
    """Alicia's first keys, generated."""
    request = people.asked(alicia, now)
    generating.order(request_id=request.id, subscription_keys={}, account=beto.account(now), by=beto.actor, at=now)
    work(tenant, using)
    request.refresh_from_db()
    assert request.state == "asignado"
    return request


def pairs(alicia: Member, at: datetime, request: Request) -> list[Pair]:
    """The request's pairs, as Alicia sees them."""
    found = Credential.objects.filter(request=request).select_related("client__provider", "client__environment")
    opened = [actions.reveal(one, by=alicia.actor, at=at) for one in found]
    return [Pair(str(one.client_id), one.client_secret) for one in opened]


def accepted(tenant: Tenant, some: list[Pair]) -> set[int]:
    return {tenant.asks_for_token(one).status_code for one in some}


def test_a_renewal_needs_no_official_and_the_old_pair_goes_after_the_overlap(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member
) -> None:
    old = pairs(alicia, using.clock(), generated)
    at = later(using, 320 * DAY)
    new_request = people.asked(alicia, at, Kind.RENEWAL)
    work(tenant, using)
    new_request.refresh_from_db()
    assert new_request.state == "asignado"
    new = pairs(alicia, using.clock(), new_request)
    assert {one.app_id for one in new} == {one.app_id for one in old}
    assert accepted(tenant, old) == accepted(tenant, new) == {200}
    at = later(using, 31 * DAY)
    revoking.write_down_what_ended(by=JOB, at=at)
    work(tenant, using)
    assert (accepted(tenant, old), accepted(tenant, new)) == ({401}, {200})
    assert Credential.objects.filter(removed_at__isnull=False, removed_by=None).count() == 3
    assert {len(each["passwords"]) for each in tenant.applications()} == {1}


def test_n22_exposed_keys_go_only_once_the_new_ones_were_taken(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member
) -> None:
    old = pairs(alicia, using.clock(), generated)
    new_request = people.asked(alicia, later(using, DAY), Kind.REPLACEMENT)
    work(tenant, using)
    later(using, DAY)
    work(tenant, using)
    assert accepted(tenant, old) == {200}  # nobody has taken the new ones: the hospital still works
    new = pairs(alicia, using.clock(), new_request)
    work(tenant, using)
    assert (accepted(tenant, old), accepted(tenant, new)) == ({401}, {200})


def test_exposed_keys_go_when_an_overlap_would_be_over_even_if_nobody_has_taken_the_new_ones(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member
) -> None:
    old = pairs(alicia, using.clock(), generated)
    people.asked(alicia, later(using, DAY), Kind.REPLACEMENT)
    work(tenant, using)
    later(using, 31 * DAY)
    work(tenant, using)
    assert accepted(tenant, old) == {401}


def test_exposed_keys_stay_while_entra_refuses_the_new_ones(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member
) -> None:
    old = pairs(alicia, using.clock(), generated)
    new_request = people.asked(alicia, later(using, DAY), Kind.REPLACEMENT)
    work(tenant, using)
    pairs(alicia, using.clock(), new_request)
    Proof.objects.filter(credential__request=new_request).update(finding="wrong_secret")
    work(tenant, using)
    assert accepted(tenant, old) == {200}
    Proof.objects.filter(credential__request=new_request).update(finding="valid")
    work(tenant, using)
    assert accepted(tenant, old) == {401}


def test_keys_in_their_overlap_that_were_exposed_with_the_renewed_ones_stay_until_the_newest_were_taken(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member
) -> None:
    in_use = pairs(alicia, using.clock(), generated)
    people.asked(alicia, later(using, 320 * DAY), Kind.RENEWAL)
    work(tenant, using)
    newest = people.asked(alicia, later(using, DAY), Kind.REPLACEMENT)
    work(tenant, using)
    assert Credential.objects.filter(request=generated, standing="reemplazada").count() == 3
    assert accepted(tenant, in_use) == {200}
    new = pairs(alicia, using.clock(), newest)
    work(tenant, using)
    assert (accepted(tenant, in_use), accepted(tenant, new)) == ({401}, {200})


def test_what_is_revoked_waits_behind_none_that_may_not_go_yet(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member, beto: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "AT_ONCE", 3)
    new_request = people.asked(alicia, later(using, DAY), Kind.REPLACEMENT)
    work(tenant, using)
    assert upkeep.due_for_removal(tenant.id, at=using.clock()) == []
    revoke(new_request, beto, later(using, DAY))
    due = upkeep.due_for_removal(tenant.id, at=using.clock())
    assert {(one.request_id, one.standing) for one in due} == {(new_request.id, "revocada")}


def test_without_the_catalogues_leave_a_renewal_waits_for_an_official(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member
) -> None:
    Environment.objects.update(renews_by_itself=False)
    request = people.asked(alicia, later(using, 320 * DAY), Kind.RENEWAL)
    work(tenant, using)
    assert not request.generations.exists()


def revoke(generated: Request, beto: Member, at: datetime) -> None:
    ids = list(Credential.objects.filter(request=generated).values_list("id", flat=True))
    revoking.revoke(
        provider=generated.provider, credential_ids=ids, reason="prueba", account=beto.account(at), by=beto.actor, at=at
    )


@pytest.mark.parametrize("fault", [None, "lost", "error", "cut", "conflict"])
def test_n14_what_is_revoked_leaves_entra_and_is_ticked_off_when_entra_shows_it_no_more(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member, beto: Member, fault: str | None
) -> None:
    old = pairs(alicia, using.clock(), generated)
    revoke(generated, beto, using.clock())
    if fault:
        tenant.goes_wrong({"kind": fault, "on": "graph", "times": 3})
    work(tenant, using)
    later(using, DAY)
    work(tenant, using)
    assert accepted(tenant, old) == {401}
    assert Credential.objects.filter(removed_at__isnull=False).count() == 3
    assert Event.objects.filter(name="credentials.credential.removed", actor=JOB.name).count() == 3


def test_n14_what_entra_still_shows_is_not_ticked_off(
    tenant: Tenant, using: Tools, generated: Request, beto: Member
) -> None:
    revoke(generated, beto, using.clock())
    tenant.goes_wrong({"kind": "error", "on": "remove-password", "probability": 1})
    work(tenant, using)
    assert not Credential.objects.filter(removed_at__isnull=False).exists()


def test_pairs_made_by_hand_are_left_to_officials(
    tenant: Tenant, using: Tools, alicia: Member, beto: Member, now: datetime
) -> None:
    by_hand = people.assigned(people.asked(alicia, now), beto, now)
    revoke(by_hand, beto, now)
    work(tenant, using)
    assert upkeep.due_for_removal(tenant.id, at=using.clock()) == []
    one = Credential.objects.filter(request=by_hand)[0]
    removing.tick_off(credential_id=one.id, account=beto.account(now), by=beto.actor, at=now)


def test_whoever_is_suspended_gets_no_tokens_until_he_is_not(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member
) -> None:
    held = pairs(alicia, using.clock(), generated)
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    assert accepted(tenant, held) == {401}
    assert EntraApplication.objects.filter(disabled_at__isnull=False).count() == 3
    Provider.objects.update(is_enabled=True)
    work(tenant, using)
    assert accepted(tenant, held) == {200}
    names = Event.objects.filter(name__startswith="credentials.application.").values_list("name", flat=True)
    assert set(names) == {"credentials.application.disabled", "credentials.application.enabled"}


@pytest.mark.parametrize(
    ("fault", "said"), [("error", "later"), ("conflict", "later"), ("denied", "denied"), ("missing", "gone")]
)
def test_a_suspension_that_entra_refuses_is_tried_again_with_growing_pauses_and_shown_until_it_is_done(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member, fault: str, said: str
) -> None:
    held, patient = pairs(alicia, using.clock(), generated), replace(using, pace=Pace())
    Provider.objects.update(is_enabled=False)
    tenant.goes_wrong({"kind": fault, "on": "change-application", "probability": 1})
    pauses = []
    for _ in range(10):
        at = using.clock()
        work(tenant, patient)
        tried = EntraApplication.objects.get(environment__code="produccion")
        assert tried.due_at
        pauses.append(round((tried.due_at - at).total_seconds()))
        later(using, tried.due_at - at)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    shown = refused_upkeep(at=using.clock())
    assert {(one.fault, one.attempts, one.should_be_off) for one in shown} == {(said, 10, True)}
    assert (len(shown), accepted(tenant, held)) == (3, {200})
    tenant.goes_wrong()
    later(using, timedelta(minutes=5))
    work(tenant, patient)
    assert (refused_upkeep(at=using.clock()), accepted(tenant, held)) == ([], {401})
    assert set(EntraApplication.objects.values_list("fault", "attempts", "due_at")) == {("", 0, None)}


def test_what_is_refused_for_months_hinders_nothing_else(tenant: Tenant, using: Tools, generated: Request) -> None:
    EntraApplication.objects.update(attempts=32767)
    Provider.objects.update(is_enabled=False)
    tenant.goes_wrong({"kind": "denied", "on": "change-application", "probability": 1})
    work(tenant, using)
    assert len(refused_upkeep(at=using.clock())) == 3


def test_a_refusal_is_not_shown_any_more_once_nothing_is_to_be_done(
    tenant: Tenant, using: Tools, generated: Request
) -> None:
    tenant.goes_wrong({"kind": "error", "on": "change-application", "probability": 1})
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    assert len(refused_upkeep(at=using.clock())) == 3
    Provider.objects.update(is_enabled=True)
    assert {one.should_be_off for one in refused_upkeep(at=using.clock())} == {False}  # nobody knows what was done
    tenant.goes_wrong()
    later(using, DAY)
    work(tenant, using)
    assert refused_upkeep(at=using.clock()) == []


def test_whom_entra_refused_to_suspend_is_not_said_to_be_readmitted(
    tenant: Tenant, using: Tools, generated: Request
) -> None:
    tenant.goes_wrong({"kind": "denied", "on": "change-application", "probability": 1})
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    Provider.objects.update(is_enabled=True)
    assert refused_upkeep(at=using.clock()) == []
    tenant.goes_wrong()
    later(using, DAY)
    work(tenant, using)
    assert not Event.objects.filter(name="credentials.application.enabled").exists()


def test_a_readmission_and_a_removal_that_entra_refuses_are_shown_too(
    tenant: Tenant, using: Tools, generated: Request, beto: Member
) -> None:
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    Provider.objects.update(is_enabled=True)
    tenant.goes_wrong({"kind": "denied", "on": "write", "probability": 1})
    work(tenant, using)
    assert {one.should_be_off for one in refused_upkeep(at=using.clock())} == {False}
    tenant.goes_wrong()
    later(using, DAY)
    work(tenant, using)
    assert refused_upkeep(at=using.clock()) == []
    tenant.goes_wrong({"kind": "denied", "on": "write", "probability": 1})
    revoke(generated, beto, using.clock())
    work(tenant, using)
    assert len(refused_upkeep(at=using.clock())) == 3
    tenant.goes_wrong()
    later(using, DAY)
    work(tenant, using)
    assert refused_upkeep(at=using.clock()) == []
    assert set(EntraApplication.objects.values_list("fault", "attempts")) == {("", 0)}


def test_a_delegation_that_ends_cuts_nobody_off_and_the_suspension_of_the_last_delegate_does(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member, now: datetime
) -> None:
    held = pairs(alicia, using.clock(), generated)
    ana = people.colleague(alicia, now).account(now)
    alicia.person.delegations.update(ends_on=generated.requested_at.date() - DAY)
    work(tenant, using)
    assert accepted(tenant, held) == {200}
    Account.objects.filter(pk=ana.pk).update(suspended_at=now)
    work(tenant, using)
    assert accepted(tenant, held) == {401}
    Account.objects.filter(pk=ana.pk).update(suspended_at=None)
    work(tenant, using)
    assert accepted(tenant, held) == {200}


def test_what_somebody_has_deleted_in_entra_does_not_wait_to_be_removed_for_ever(
    tenant: Tenant, using: Tools, generated: Request, beto: Member
) -> None:
    for application in EntraApplication.objects.all():
        using.applications.remove(application.id)
    revoke(generated, beto, using.clock())
    for _ in range(8):
        work(tenant, using)
        later(using, timedelta(minutes=10))
    assert Credential.objects.filter(removed_at__isnull=False).count() == 3
    assert refused_upkeep(at=using.clock()) == []


@pytest.mark.parametrize("end", ["suspended", "admitted"])
def test_what_entra_was_told_and_nobody_heard_is_told_again(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member, end: str
) -> None:
    held, is_admitted = pairs(alicia, using.clock(), generated), end == "admitted"
    Provider.objects.update(is_enabled=is_admitted)
    work(tenant, using)
    # It is told the opposite, and nobody hears of it; then all is as it was.
    Provider.objects.update(is_enabled=not is_admitted)
    tenant.goes_wrong({"kind": "lost", "on": "change-application", "times": 3})
    work(tenant, using)
    assert accepted(tenant, held) == ({401} if is_admitted else {200})
    Provider.objects.update(is_enabled=is_admitted)
    later(using, timedelta(minutes=10))
    work(tenant, using)
    assert accepted(tenant, held) == ({200} if is_admitted else {401})


def test_those_that_the_registry_lets_fall_by_the_score_are_held_for_a_day_and_shown(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member, beto: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = pairs(alicia, using.clock(), generated)
    monkeypatch.setattr(upkeep, "MOST_SUSPENDED", 2)
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    assert {one.fault for one in refused_upkeep(at=using.clock())} == {"too many"}
    later(using, timedelta(hours=23))
    work(tenant, using)
    assert accepted(tenant, held) == {200}
    later(using, timedelta(hours=2))
    work(tenant, using)
    work(tenant, using)
    assert (accepted(tenant, held), refused_upkeep(at=using.clock())) == ({401}, [])


def test_those_that_were_held_and_readmitted_are_held_for_a_day_again(
    tenant: Tenant, using: Tools, generated: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "MOST_SUSPENDED", 2)
    for is_enabled in (False, True, False):
        Provider.objects.update(is_enabled=is_enabled)
        work(tenant, using)
        later(using, 2 * DAY if is_enabled else timedelta(hours=1))
    assert not EntraApplication.objects.filter(disabled_at__isnull=False).exists()


def test_what_is_revoked_of_those_that_are_held_leaves_entra_at_once(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member, beto: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = pairs(alicia, using.clock(), generated)
    monkeypatch.setattr(upkeep, "MOST_SUSPENDED", 2)
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    revoke(generated, beto, using.clock())
    work(tenant, using)
    assert accepted(tenant, held) == {401}


def test_a_registry_that_withdraws_too_many_suspends_nobody(
    tenant: Tenant, using: Tools, generated: Request, alicia: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = pairs(alicia, using.clock(), generated)
    monkeypatch.setattr(upkeep, "MOST_SUSPENDED", 2)
    Provider.objects.update(is_enabled=False)
    work(tenant, using)
    assert accepted(tenant, held) == {200}
