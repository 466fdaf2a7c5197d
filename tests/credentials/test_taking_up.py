"""Taking up many generations at once: what is passed over, what is written down, in which order they go."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.db.models import F

from llaves.audit import trail
from llaves.audit.events import EventName
from llaves.audit.models import Event
from llaves.credentials import generating, generation_outcomes, shift
from llaves.credentials.begun import begin
from llaves.credentials.generation import Step
from llaves.credentials.generation_steps import advance
from llaves.credentials.models import EntraApplication, Generation
from llaves.providers.models import Provider
from llaves.vault import actions as vault
from llaves.vault.envelope import Binding
from tests import people
from tests.crowd import crowd
from tests.entra import Tenant
from tests.generation import JOB, make_manual, order_everything, tools_for

pytestmark = pytest.mark.django_db
PROVIDERS = 3


@pytest.fixture
def ordered(now: datetime) -> Iterator[list[Generation]]:
    """Pairs of some providers, in the order in which they wait."""
    crowd(PROVIDERS, now)
    order_everything(people.beto(now), now - timedelta(minutes=1))
    yield list(Generation.objects.order_by("due_at"))
    make_manual()


def installed(held: Generation, now: datetime) -> Generation:
    """A generation whose pair Entra has and whose secret is kept."""
    binding = Binding("generation", {"generation": str(held.id), "content": "client_secret"})
    held.client_secret = vault.seal(f"secret of {held.id}", binding=binding, by=JOB, at=now)
    held.application = EntraApplication.objects.create(
        id=held.id, client_id=held.id, provider=held.provider, environment=held.environment, tenant_id="t", made_at=now
    )
    held.stage, held.key_id, held.kept_at = "habilitada", held.id, now
    held.save()
    return held


def fail_at(name: EventName) -> Callable[..., Event]:
    write = trail._event  # noqa: SLF001

    def fail(entry: trail.Entry, **details: object) -> Event:
        if entry.name is name:
            raise RuntimeError(name)
        return write(entry, **details)  # type: ignore[arg-type]

    return fail


def test_all_that_go_on_are_written_down_before_entra_is_asked(ordered: list[Generation], now: datetime) -> None:
    ids = [one.id for one in ordered]
    assert [one.held.id for one in begin(ids[::-1], by=JOB, at=now)] == ids[::-1]
    assert set(Generation.objects.values_list("attempts", flat=True)) == {1}


def test_a_worker_that_is_killed_again_and_again_uses_up_no_attempts(ordered: list[Generation], now: datetime) -> None:
    held = [ordered[0].id, installed(ordered[1], now).id]
    counted = [[one.held.attempts for one in begin(held, by=JOB, at=now)] for _ in range(4)]
    assert counted == [[1, 1], [2, 1], [2, 1], [2, 1]]  # what was asked for before is looked for first


def test_what_is_over_is_not_taken_up(ordered: list[Generation], now: datetime) -> None:
    first, *others = ordered
    generating.cancel(generation_id=first.id, by=JOB, at=now)
    taken = begin([one.id for one in ordered], by=JOB, at=now)
    assert {one.held.id for one in taken} == {one.id for one in others}


def test_who_is_suspended_is_told_apart_and_no_secret_of_his_is_opened(
    ordered: list[Generation], now: datetime
) -> None:
    mine, another = installed(ordered[0], now), installed(ordered[3], now)
    Provider.objects.filter(id=mine.provider_id).update(is_enabled=False)
    found = {one.held.id: one for one in begin([mine.id, another.id], by=JOB, at=now)}
    assert (found[mine.id].is_suspended, found[mine.id].secret) == (True, None)
    assert (found[another.id].is_suspended, found[another.id].secret) == (False, f"secret of {another.id}")


def test_one_event_names_all_secrets_that_are_opened(ordered: list[Generation], now: datetime) -> None:
    held = [installed(one, now) for one in ordered[:2]]
    begun = begin([one.id for one in ordered], by=JOB, at=now)
    (event,) = Event.objects.filter(name="vault.secrets.used")
    assert set(event.details["secrets"]) == {str(one.client_secret_id) for one in held}
    assert "secret of" not in str(begun) + str(event.details)


def test_without_its_event_nothing_is_opened_nor_begun(
    ordered: list[Generation], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(ordered[0], now)
    monkeypatch.setattr(trail, "_event", fail_at(EventName.SECRETS_USED))
    with pytest.raises(RuntimeError):
        begin([one.id for one in ordered], by=JOB, at=now)
    assert set(Generation.objects.values_list("attempts", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_what_somebody_is_changing_is_left_to_the_next_round(ordered: list[Generation], now: datetime) -> None:
    first, *others = ordered
    with closing(connections.create_connection("default")) as other:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM credentials_generation WHERE id = %s FOR UPDATE", [first.id])
        taken = {one.held.id for one in begin([one.id for one in ordered], by=JOB, at=now)}
        assert taken == {one.id for one in others}
        other.rollback()  # unlike closing, it is over once it is answered
    assert first.id in {one.held.id for one in begin([first.id], by=JOB, at=now)}


def test_several_come_through_a_step_together_each_with_its_event(ordered: list[Generation], now: datetime) -> None:
    held = [installed(one, now) for one in ordered[:3]]
    cancelled = held.pop()
    generating.cancel(generation_id=cancelled.id, by=JOB, at=now)
    moved = generation_outcomes.advance(begun=[*held, cancelled], step=Step.PROVE, by=JOB, at=now)
    assert {one.id for one in moved} == {one.id for one in held}
    assert set(Generation.objects.filter(stage="probada").values_list("id", flat=True)) == {one.id for one in held}
    told = Event.objects.filter(name="credentials.generation.advanced")
    assert {event.details["generation"] for event in told} == {str(one.id) for one in held}
    assert {event.details["stage"] for event in told} == {"probada"}


def test_without_their_events_none_comes_through(
    ordered: list[Generation], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [installed(one, now) for one in ordered[:3]]
    monkeypatch.setattr(trail, "_event", fail_at(EventName.GENERATION_ADVANCED))
    with pytest.raises(RuntimeError):
        generation_outcomes.advance(begun=held, step=Step.PROVE, by=JOB, at=now)
    assert not Generation.objects.filter(stage="probada").exists()


def test_proofs_stand_between_the_writes(
    ordered: list[Generation], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift, "AT_ONCE", 2)
    for one in ordered[:7]:
        installed(one, now)
    Generation.objects.filter(stage="habilitada").update(due_at=F("ordered_at"))
    stages = [Generation.objects.get(id=one).stage for one in shift.due("t", at=now)]
    assert stages == ["en espera", *["habilitada"] * 3, "en espera", *["habilitada"] * 3]


def test_what_is_cancelled_before_its_turn_is_not_made(
    tenant: Tenant, ordered: list[Generation], now: datetime
) -> None:
    begun = begin([ordered[0].id], by=JOB, at=now)
    generating.cancel(generation_id=ordered[0].id, by=JOB, at=now)
    with tools_for(tenant, now) as using:
        assert advance(begun[0], using) is None
    assert tenant.applications() == []
    assert Generation.objects.get(id=ordered[0].id).stage == "por deshacer"
