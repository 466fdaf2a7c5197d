"""The nightly round: everybody with an account, the longest ago first, and no further than the registry goes along."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from llaves import jobs
from llaves.audit.models import Event
from llaves.identity.models import Account
from llaves.identity.queries import NEVER, to_be_confirmed
from llaves.providers import live
from llaves.providers.models import Delegation, Organization, Person
from tests import people
from tests.registry import ALICIA, ALISOS, AT_TWO, HERS

if TYPE_CHECKING:
    from tests.registry import StandIn

pytestmark = pytest.mark.django_db
BETO = ("CC", "79888777", "Beto Salas Luna", "beto@ministerio.example", "")
CARLA = ("CC", "52111222", "Carla Ríos Vega", "carla@hospital.example", "")
CEIBA = ("891580002", "HOSPITAL LA CEIBA E.S.E.", "NO")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def portal(live_registry: "StandIn", now: datetime) -> "StandIn":
    """Three accounts, whom the registry knows as well."""
    delegations = []
    for member in (people.alicia(now), people.beto(now), people.carla(now)):
        member.account(now)
        starts_on = Delegation.objects.get(person=member.person).starts_on.isoformat()
        delegations.append(("CC", member.person.document_number, member.organization.nit, starts_on, ""))
    live_registry.knows([ALISOS, CEIBA], [ALICIA, BETO, CARLA], delegations)
    live_registry.is_in_the_mood(now=live.last_opening(now).isoformat())
    return live_registry


def confirmed() -> set[str]:
    return set(Person.objects.filter(confirmed_at__isnull=False).values_list("document_number", flat=True))


def round_trip() -> None:
    jobs.confirm_accounts(0)


def test_everybody_with_an_account_is_asked_about(portal: "StandIn") -> None:
    round_trip()
    assert confirmed() == {"1020304050", "79888777", "52111222"}
    assert not Delegation.objects.filter(withdrawn_at__isnull=False).exists()


def test_without_a_registry_it_does_nothing(settings: Settings, now: datetime) -> None:
    people.alicia(now).account(now)
    round_trip()
    assert confirmed() == set()


def test_while_it_is_closed_it_stops_at_the_first(portal: "StandIn", caplog: pytest.LogCaptureFixture) -> None:
    portal.is_in_the_mood(now=AT_TWO)
    round_trip()
    assert confirmed() == set()
    assert caplog.text.count("could not be asked") == 1


def test_one_of_whom_nothing_usable_is_said_does_not_keep_the_others(portal: "StandIn") -> None:
    portal.knows([ALISOS, CEIBA], [(*ALICIA[:3], "nadie", ""), BETO, CARLA], [])
    round_trip()
    assert confirmed() == {"79888777", "52111222"}


def test_the_longest_ago_comes_first_and_today_not_again(portal: "StandIn", now: datetime) -> None:
    opened = live.last_opening(now)
    hours = {"1020304050": 1, "79888777": 3, "52111222": 2}
    for number, ago in hours.items():
        Person.objects.filter(document_number=number).update(confirmed_at=opened - timedelta(hours=ago))
    asked = to_be_confirmed(before=opened, after=("", ""), most=9)
    assert [each.document[1] for each in asked] == ["79888777", "52111222", "1020304050"]
    assert [each.document[1] for each in to_be_confirmed(before=opened, after=asked[0].place, most=9)] == [
        "52111222",
        "1020304050",
    ]
    Person.objects.update(confirmed_at=opened)
    Organization.objects.update(confirmed_at=opened)
    assert to_be_confirmed(before=opened, after=("", ""), most=9) == []


def test_officials_are_not_asked_about_for_ever_because_of_the_ministry(portal: "StandIn", now: datetime) -> None:
    Person.objects.update(confirmed_at=now)
    asked = to_be_confirmed(before=live.last_opening(now), after=("", ""), most=9)
    assert "CC79888777" not in {each.login for each in asked}


def test_who_was_never_confirmed_comes_first_and_who_is_suspended_not_at_all(portal: "StandIn", now: datetime) -> None:
    Account.objects.filter(login="CC79888777").update(suspended_at=now)
    asked = to_be_confirmed(before=now, after=("", ""), most=9)
    assert [each.place for each in asked] == [(NEVER.isoformat(), each.login) for each in asked]
    assert [each.login for each in asked] == ["CC1020304050-890303841", "CC52111222-891580002"]


def test_a_long_queue_is_worked_off_in_small_jobs(portal: "StandIn", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    round_trip()
    assert len(confirmed()) == 2
    with connection.cursor() as cursor:
        asked = "SELECT args->>'confirmed_at', args->>'login' FROM procrastinate_jobs WHERE task_name = %s"
        cursor.execute(asked, [jobs.CONFIRM_ALL])
        (place,) = cursor.fetchall()
    jobs.confirm_accounts(0, *place)
    assert len(confirmed()) == 3


def test_the_same_job_twice_says_nothing_new(portal: "StandIn") -> None:
    round_trip()
    events = Event.objects.count()
    round_trip()
    assert Event.objects.count() == events


def test_a_registry_that_has_forgotten_everybody_locks_out_only_a_few(
    portal: "StandIn", monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live, "LEAST_SUSPICIOUS", 2)
    Delegation.objects.filter(person__document_number="1020304050").update(withdrawn_at=timezone.now())
    Person.objects.filter(document_number="1020304050").update(withdrawn_at=timezone.now())
    Organization.objects.filter(nit="890303841").update(withdrawn_at=timezone.now())
    portal.knows([], [], [HERS])
    round_trip()
    assert confirmed() == set()
    assert "nobody is asked about until tomorrow" in caplog.text
