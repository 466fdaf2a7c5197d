"""The database counts what expires when; what it says is what a count of all credentials would say."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from llaves.audit.events import Actor, ActorKind
from llaves.credentials import actions, counting, revoking
from llaves.credentials.agenda import expiring_by_week
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential, ExpiryCount
from tests import people
from tests.people import Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db
JOB = Actor(kind=ActorKind.SYSTEM, name="test")


def counted() -> dict[date, int]:
    found: Counter[date] = Counter()
    for day, credentials in ExpiryCount.objects.values_list("day", "credentials"):
        found[day] += credentials
    return {day: number for day, number in found.items() if number}


def there() -> dict[date, int]:
    current = Credential.objects.filter(standing="vigente", overlap_ends_on=None)
    return dict(Counter(current.values_list("expires_on", flat=True)))


def life(alicia: Member, beto: Member, now: datetime) -> Iterator[str]:
    """Assigned, renewed, corrected, replaced, revoked; and what time itself ends."""
    asked = people.asked(alicia, now)
    people.assigned(asked, beto, now)
    yield "assigned"
    later = now + timedelta(days=310)
    people.assigned(people.asked(alicia, later, Kind.RENEWAL), beto, later, seed=2)
    yield "renewed"
    revoking.write_down_what_ended(by=JOB, at=later + timedelta(days=40))
    yield "replaced when the overlap was over"
    asked = people.assigned(people.asked(alicia, later, Kind.REPLACEMENT), beto, later, seed=3)
    yield "replaced at once"
    values = {"desarrollo": people.pairs(timezone.localdate(later), seed=4)["desarrollo"]}
    who = {"account": beto.account(now), "by": beto.actor, "at": later}
    actions.correct(request_id=asked.id, values=values, reason="Otro ambiente.", **who)
    yield "corrected"
    one = Credential.objects.filter(ended_at=None)[0]
    revoking.revoke(provider=one.provider, credential_ids=[one.id], reason="Se filtró.", **who)
    yield "revoked"
    revoking.write_down_what_ended(by=JOB, at=later + timedelta(days=400))
    yield "expired"


def test_the_counts_follow_every_move(alicia: Member, beto: Member, now: datetime) -> None:
    moves = []
    for move in life(alicia, beto, now):
        moves.append(move)
        assert counted() == there(), move
    assert moves[-1] == "expired"
    assert there() == {}


def test_summing_up_changes_nothing_that_is_seen_and_leaves_a_row_a_day(
    alicia: Member, beto: Member, now: datetime
) -> None:
    for move in life(alicia, beto, now):
        before = expiring_by_week(on=timezone.localdate(now))
        counting.sum_up()
        assert ExpiryCount.objects.count() == len(there()), move
        assert (counted(), expiring_by_week(on=timezone.localdate(now))) == (there(), before)


def test_deleted_rows_are_not_counted_any_more(alicia: Member, beto: Member, now: datetime) -> None:
    people.assigned(people.asked(alicia, now), beto, now)
    Credential.objects.all().delete()
    assert counted() == there() == {}


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_not_counted_and_two_sum_up_at_once(alicia: Member, beto: Member, now: datetime) -> None:
    people.assigned(people.asked(alicia, now), beto, now)
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012 - what is taken back, and why
        Credential.objects.update(expires_on=timezone.localdate(now))
        raise RuntimeError
    assert who_wins(lambda _: counting.sum_up(), [1, 2, 3], loses_with=()) == [True, True, True]
    assert counted() == there()
    assert ExpiryCount.objects.count() == 1
