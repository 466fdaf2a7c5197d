"""N19: the portal's own credential is watched with the same reminders as everybody's."""

from datetime import date, datetime, timedelta

import pytest

from llaves.audit.models import Event
from llaves.credentials import expiring
from llaves.credentials.models import OwnExpiryTold
from llaves.notifications.models import Notice
from tests import people
from tests.generation import JOB
from tests.races import who_wins

pytestmark = pytest.mark.django_db


def tell(expires_on: date, at: datetime) -> None:
    expiring.tell_of_own_expiry(tenant="t-1", expires_on=expires_on, by=JOB, at=at)


def test_n19_officials_are_told_once_at_each_threshold(now: datetime) -> None:
    people.alicia(now).account(now)
    people.beto(now).account(now)
    expires_on = now.date() + timedelta(days=70)
    told = []
    for day in range(73):
        for _ in range(2):
            tell(expires_on, now + timedelta(days=day))
        told += [70 - day] * (Notice.objects.count() - len(told))
    assert told == [60, 30, 15, 5, 1]
    assert {notice.recipient for notice in Notice.objects.all()} == {"beto@ministerio.example"}
    days = [one.details["days"] for one in Event.objects.filter(name="credentials.entra.own_expiry_told")]
    assert sorted(days, reverse=True) == told


@pytest.mark.django_db(transaction=True)
def test_n19_two_workers_at_the_same_moment_tell_once(now: datetime) -> None:
    people.beto(now).account(now)
    expires_on = now.date() + timedelta(days=20)
    assert who_wins(lambda _: tell(expires_on, now), range(8), loses_with=()) == [True] * 8
    assert OwnExpiryTold.objects.count() == Notice.objects.count() == 1
    assert Event.objects.filter(name="credentials.entra.own_expiry_told").count() == 1


def test_n19_a_new_credential_is_watched_anew(now: datetime) -> None:
    for years in (1, 2):
        tell(now.date() + timedelta(days=365 * years), now + timedelta(days=365 * years - 20))
    assert OwnExpiryTold.objects.count() == 2


def test_n19_without_its_event_nothing_is_told(now: datetime, request: pytest.FixtureRequest) -> None:
    people.beto(now).account(now)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError, match="trail"):
        tell(now.date() + timedelta(days=5), now)
    assert not OwnExpiryTold.objects.exists()
    assert not Notice.objects.exists()
