"""What was stopped here waits until an official has taken it out of Entra and says so."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.credentials import removing, revoking
from llaves.credentials.agenda import to_be_removed
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential
from llaves.credentials.removing import NothingToRemove
from tests import people
from tests.people import Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db
JOB = Actor(kind=ActorKind.SYSTEM, name="test")


@pytest.fixture
def tick(beto: Member, now: datetime) -> Callable[[Credential], None]:
    account = beto.account(now)
    return lambda one: removing.tick_off(credential_id=one.id, account=account, by=beto.actor, at=now)


@pytest.fixture
def replaced(alicia: Member, beto: Member, now: datetime) -> list[Credential]:
    """Three credentials that gave place at once to others."""
    first = people.assigned(people.asked(alicia, now), beto, now)
    people.assigned(people.asked(alicia, now, Kind.REPLACEMENT), beto, now, seed=2)
    return list(first.credentials.order_by("id"))


def listed() -> set[object]:
    return {one.id for one in to_be_removed().credentials}


def test_replaced_and_revoked_ones_wait_and_those_in_force_do_not(replaced: list[Credential]) -> None:
    assert listed() == {one.id for one in replaced}
    assert len(replaced) == 3


def test_a_renewed_one_waits_as_soon_as_its_overlap_is_over(alicia: Member, beto: Member, now: datetime) -> None:
    first = people.assigned(people.asked(alicia, now), beto, now)
    later = now + timedelta(days=310)
    people.assigned(people.asked(alicia, later, Kind.RENEWAL), beto, later, seed=2)
    for days in (30, 31):
        assert listed() == set()
        revoking.write_down_what_ended(by=JOB, at=later + timedelta(days=days))
    assert listed() == set(first.credentials.values_list("id", flat=True))


def test_ticked_off_it_is_gone_and_says_by_whom(
    replaced: list[Credential], tick: Callable[[Credential], None], beto: Member, now: datetime
) -> None:
    tick(replaced[0])
    assert listed() == {one.id for one in replaced[1:]}
    replaced[0].refresh_from_db()
    assert (replaced[0].removed_at, replaced[0].removed_by) == (now, beto.account(now))
    event = Event.objects.get(name="credentials.credential.removed")
    assert (event.actor, event.provider) == (beto.login, "1900100001")
    assert event.details["credential"] == str(replaced[0].id)


def test_what_is_in_force_or_was_ticked_off_before_is_refused(
    replaced: list[Credential], tick: Callable[[Credential], None]
) -> None:
    tick(replaced[0])
    in_force = Credential.objects.get(standing="vigente", environment=replaced[0].environment)
    for one in (replaced[0], in_force):
        with pytest.raises(NothingToRemove):
            tick(one)
    assert Event.objects.filter(name="credentials.credential.removed").count() == 1


def test_without_its_event_it_still_waits(
    replaced: list[Credential], tick: Callable[[Credential], None], broken_trail: None
) -> None:
    with pytest.raises(RuntimeError):
        tick(replaced[0])
    assert len(listed()) == 3


def test_the_database_refuses_a_removal_of_what_is_in_force(replaced: list[Credential], beto: Member) -> None:
    in_force = Credential.objects.filter(standing="vigente")
    with pytest.raises(IntegrityError), transaction.atomic():
        in_force.update(removed_at=replaced[0].assigned_at, removed_by=beto.account(replaced[0].assigned_at))


def test_the_list_goes_on_after_its_last(replaced: list[Credential]) -> None:
    first = to_be_removed(length=2)
    assert first.next is not None
    rest = to_be_removed(after=first.next, length=2)
    assert {one.id for one in (*first.credentials, *rest.credentials)} == {one.id for one in replaced}
    assert rest.next is None


@pytest.mark.django_db(transaction=True)
def test_of_two_officials_at_once_one_ticks_it_off(
    replaced: list[Credential], tick: Callable[[Credential], None]
) -> None:
    assert who_wins(tick, [replaced[0]] * 3, loses_with=NothingToRemove) == [False, False, True]
