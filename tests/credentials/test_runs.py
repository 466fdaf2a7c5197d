"""Pausing, resuming, cancelling and retrying, and what Entra was told: effect, event, permission and rollback."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from llaves.audit.models import Event
from llaves.credentials import actions, generating, suspending
from llaves.credentials.generating import NothingToGenerate
from llaves.credentials.generation import StepNotAllowed
from llaves.credentials.models import (
    EntraApplication,
    Environment,
    Generation,
    GenerationRun,
    Request,
    SharedSubscriptionKey,
)
from llaves.vault.models import SealedSecret
from tests.generation import JOB, SHARED_KEY, make_manual, order_everything
from tests.people import Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db
Act = Callable[..., None]
ACTIONS: dict[str, tuple[Act, str]] = {
    "pause": (generating.pause, "credentials.generation_run.paused"),
    "resume": (generating.resume, "credentials.generation_run.resumed"),
    "cancel": (generating.cancel_run, "credentials.generation_run.cancelled"),
    "retry": (generating.retry_run, "credentials.generation_run.resumed"),
}


@pytest.fixture
def run(waiting: Request, beto: Member, now: datetime) -> GenerationRun:
    return order_everything(beto, now)


def state(run: GenerationRun) -> tuple[bool, bool, set[str]]:
    """Whether it is paused, whether cancelled, and its stages."""
    run.refresh_from_db()
    stages = set(run.generations.values_list("stage", flat=True))
    return run.paused_at is not None, run.cancelled_at is not None, stages


def events(name: str) -> list[Event]:
    return list(Event.objects.filter(name=name).order_by("id"))


def fail_all(run: GenerationRun, fault: str = "quota") -> None:
    run.generations.update(stage="fallida", fault=fault)


def test_a_paused_run_is_paused_once(run: GenerationRun, beto: Member, now: datetime) -> None:
    generating.pause(run_id=run.id, by=beto.actor, at=now)
    assert state(run) == (True, False, {"en espera"})
    (event,) = events("credentials.generation_run.paused")
    assert (event.actor, event.details) == (beto.login, {"run": str(run.id)})
    with pytest.raises(StepNotAllowed):
        generating.pause(run_id=run.id, by=beto.actor, at=now)


def test_a_resumed_run_tries_again_what_has_made_it_stop_and_nothing_else(
    run: GenerationRun, beto: Member, now: datetime
) -> None:
    with pytest.raises(StepNotAllowed):
        generating.resume(run_id=run.id, by=beto.actor, at=now)
    fail_all(run)
    run.generations.filter(environment__code="produccion").update(fault="taken")
    GenerationRun.objects.update(paused_at=now, fault="quota")
    generating.resume(run_id=run.id, by=beto.actor, at=now)
    assert state(run) == (False, False, {"en espera", "fallida"})
    assert list(run.generations.filter(stage="fallida").values_list("fault", flat=True)) == ["taken"]
    assert run.fault == ""
    (event,) = events("credentials.generation_run.resumed")
    assert (event.actor, event.details) == (beto.login, {"run": str(run.id)})


def test_retrying_a_run_lets_all_that_failed_go_on(run: GenerationRun, beto: Member, now: datetime) -> None:
    with pytest.raises(StepNotAllowed):
        generating.retry_run(run_id=run.id, by=beto.actor, at=now)
    fail_all(run, "refused")
    generating.retry_run(run_id=run.id, by=beto.actor, at=now)
    assert state(run) == (False, False, {"en espera"})
    (event,) = events("credentials.generation_run.resumed")
    assert (event.actor, event.details) == (beto.login, {"run": str(run.id), "retried": 3})
    assert len(events("credentials.generation.retried")) == 3


def test_a_cancelled_run_is_over_and_what_entra_was_asked_for_is_undone(
    run: GenerationRun, beto: Member, now: datetime
) -> None:
    run.generations.filter(environment__code="produccion").update(attempts=1)
    generating.cancel_run(run_id=run.id, by=beto.actor, at=now)
    assert state(run) == (False, True, {"deshecha", "por deshacer"})
    (event,) = events("credentials.generation_run.cancelled")
    assert (event.actor, event.details) == (beto.login, {"run": str(run.id)})
    for what in (generating.cancel_run, generating.pause, generating.resume):
        with pytest.raises(StepNotAllowed):
            what(run_id=run.id, by=beto.actor, at=now)


def test_what_comes_through_while_a_run_is_cancelled_does_not_stop_the_cancelling(
    run: GenerationRun, beto: Member, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.generations.update(attempts=1)
    faster = run.generations.order_by("id")[0].id
    cancel = generating.cancel

    def overtaken(*, generation_id: UUID, **rest: Any) -> None:
        if generation_id == faster:
            Generation.objects.filter(id=faster).update(stage="deshecha")
        cancel(generation_id=generation_id, **rest)

    monkeypatch.setattr(generating, "cancel", overtaken)
    generating.cancel_run(run_id=run.id, by=beto.actor, at=now)
    assert sorted(run.generations.values_list("stage", flat=True)) == ["deshecha", "por deshacer", "por deshacer"]


@pytest.mark.django_db(transaction=True)
def test_two_officials_who_order_everything_at_the_same_moment_order_it_once(
    waiting: Request, beto: Member, now: datetime
) -> None:
    beto.account(now)
    order_everything(beto, now)
    Generation.objects.all().delete()
    GenerationRun.objects.all().delete()
    won = who_wins(lambda _: order_everything(beto, now), range(4), loses_with=NothingToGenerate)
    assert won == [False, False, False, True]
    assert (GenerationRun.objects.count(), Generation.objects.count()) == (1, 3)
    make_manual()


@pytest.mark.parametrize("name", ACTIONS)
def test_nothing_happens_to_a_run_without_its_event(
    run: GenerationRun, beto: Member, now: datetime, name: str, request: pytest.FixtureRequest
) -> None:
    fail_all(run)
    if name == "resume":
        GenerationRun.objects.update(paused_at=now, fault="quota")
    before = state(run)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError, match="trail"):
        ACTIONS[name][0](run_id=run.id, by=beto.actor, at=now)
    assert state(run) == before


@pytest.fixture
def application(waiting: Request, now: datetime) -> EntraApplication:
    return EntraApplication.objects.create(
        id=uuid4(),
        client_id=UUID(int=7),
        provider=waiting.provider,
        environment=Environment.objects.get(code="produccion"),
        tenant_id="t",
        made_at=now,
        attempts=3,
        fault="later",
    )


@pytest.mark.parametrize("name", ["disabled", "enabled"])
def test_what_entra_was_told_of_an_application_is_kept(application: EntraApplication, now: datetime, name: str) -> None:
    suspending.note_disabled(application_id=application.id, disabled=name == "disabled", by=JOB, at=now)
    application.refresh_from_db()
    assert application.disabled_at == (now if name == "disabled" else None)
    assert (application.attempts, application.fault, application.due_at) == (0, "", None)
    (event,) = events(f"credentials.application.{name}")
    assert (event.actor, event.provider) == (JOB.name, application.provider.code)
    assert event.details == {"application": str(UUID(int=7)), "environment": "produccion"}


def test_what_entra_was_told_is_not_kept_without_its_event(
    application: EntraApplication, now: datetime, broken_trail: None
) -> None:
    with pytest.raises(RuntimeError, match="trail"):
        suspending.note_disabled(application_id=application.id, disabled=True, by=JOB, at=now)
    application.refresh_from_db()
    assert (application.disabled_at, application.attempts) == (None, 3)


def test_the_key_of_everybody_is_sealed_replaced_and_taken_away(now: datetime) -> None:
    for key in ("a" * 32, "b" * 32):
        actions.set_subscription_key(code="produccion", key=key, by=JOB, at=now)
        assert (SharedSubscriptionKey.objects.count(), SealedSecret.objects.count()) == (1, 1)
    actions.set_subscription_key(code="produccion", key="", by=JOB, at=now)
    assert (SharedSubscriptionKey.objects.count(), SealedSecret.objects.count()) == (0, 0)
    told = [one.details for one in events("credentials.environment.subscription_key_set")]
    assert told == [{"environment": "produccion", "is_there": is_there} for is_there in (True, True, False)]
    assert all(key not in str(list(Event.objects.values())) for key in ("a" * 32, "b" * 32))


def test_an_environment_that_is_not_there_gets_no_key(now: datetime) -> None:
    with pytest.raises(actions.UnknownEnvironment):
        actions.set_subscription_key(code="calidad", key=SHARED_KEY, by=JOB, at=now)
    assert not SealedSecret.objects.exists()


def test_the_key_of_everybody_stays_as_it_was_without_its_event(now: datetime, request: pytest.FixtureRequest) -> None:
    actions.set_subscription_key(code="produccion", key="a" * 32, by=JOB, at=now)
    before = SharedSubscriptionKey.objects.get().sealed_id
    request.getfixturevalue("broken_trail")
    for key in ("b" * 32, ""):
        with pytest.raises(RuntimeError, match="trail"):
            actions.set_subscription_key(code="produccion", key=key, by=JOB, at=now)
        assert SharedSubscriptionKey.objects.get().sealed_id == before
