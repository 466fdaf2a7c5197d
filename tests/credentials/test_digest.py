"""The officials' digest: once on each working day, when something waits."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.credentials.digest import post_digest
from llaves.credentials.models import Digest, Request
from llaves.notifications.models import Notice
from tests import people
from tests.races import who_wins

pytestmark = pytest.mark.django_db
JOB = Actor(kind=ActorKind.SYSTEM, name="test")
BOGOTA = ZoneInfo("America/Bogota")


def moment(day: int, hour: int = 7, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, 2, tzinfo=BOGOTA)


def post(at: datetime) -> bool:
    return post_digest(target=5, by=JOB, at=at)


def digests() -> list[Notice]:
    return list(Notice.objects.filter(letter="waiting_digest").order_by("recipient"))


@pytest.fixture
def waiting(now: datetime) -> Request:
    """Asked for on Monday 23 November 2026 at nine; Beto and Berta are officials."""
    for official in (people.beto(now), people.berta(now)):
        official.account(now)
    return people.asked(people.alicia(now), now)


def test_every_official_is_told_how_many_wait_and_the_oldest(waiting: Request) -> None:
    assert post(moment(1))
    assert [notice.recipient for notice in digests()] == ["berta@ministerio.example", "beto@ministerio.example"]
    assert digests()[0].about == {
        "waiting": "Una solicitud espera",
        "late": "1",
        "target": "5",
        "oldest": waiting.provider.label,
        "since": "23/11/2026",
        "days": "6",
    }


@pytest.mark.parametrize(("day", "late"), [(30, ""), (1, "1")])
def test_a_request_is_late_when_more_business_days_have_gone_by_than_the_target(
    waiting: Request, day: int, late: str
) -> None:
    """Of Monday 23 November, Monday 30 is the fifth business day and Tuesday 1 December the sixth."""
    post(moment(day, month=11 if day == 30 else 12))
    assert digests()[0].about["late"] == late


def test_holidays_and_weekends_are_no_working_days(waiting: Request) -> None:
    assert not post(moment(5))  # Saturday
    assert not post(moment(8))  # Inmaculada Concepción, a Tuesday
    assert digests() == []
    assert post(moment(9))
    assert digests()[0].about["days"] == "11"


def test_before_seven_it_waits(waiting: Request) -> None:
    assert not post(moment(1, hour=6))
    assert post(moment(1, hour=7))


def test_the_same_day_has_one(waiting: Request) -> None:
    assert [post(moment(1)), post(moment(1, hour=8)), post(moment(1, hour=17))] == [True, False, False]
    assert len(digests()) == 2


def test_a_morning_on_which_nothing_waits_passes_without_a_letter(now: datetime) -> None:
    people.beto(now).account(now)
    assert post(moment(1))
    people.asked(people.alicia(now), moment(1, hour=8))
    assert not post(moment(1, hour=9))
    assert digests() == []
    assert post(moment(2))
    assert len(digests()) == 1


def test_it_leaves_its_event(waiting: Request) -> None:
    post(moment(1))
    assert Event.objects.get(name="credentials.digest.posted").details == {"waiting": 1, "late": 1, "target": 5}


def test_without_its_event_nobody_is_told(waiting: Request, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        post(moment(1))
    assert not Digest.objects.exists()
    assert digests() == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(hours=st.lists(st.integers(0, 24 * 30), max_size=20))
def test_whenever_it_runs_each_working_day_on_which_it_ran_by_day_has_one(waiting: Request, hours: list[int]) -> None:
    Digest.objects.all().delete()
    Notice.objects.all().delete()
    start = datetime(2026, 12, 1, tzinfo=BOGOTA)
    for hour in sorted(hours):
        post(start + timedelta(hours=hour))
    free = {5, 6, 8, 12, 13, 19, 20, 25, 26, 27}
    moments = [start + timedelta(hours=hour) for hour in hours]
    days = {at.date() for at in moments if at.hour >= 7 and (at.month, at.day) not in {(12, day) for day in free}}
    assert set(Digest.objects.values_list("day", flat=True)) == days
    assert len(digests()) == 2 * len(days)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_post_one(waiting: Request) -> None:
    def attempt(at: datetime) -> None:
        if not post(at):
            raise LookupError

    assert who_wins(attempt, [moment(1)] * 4, loses_with=LookupError) == [False, False, False, True]
    assert len(digests()) == 2
