"""Expiry and its notices: whatever days the jobs run on, nothing is told twice and the last news is never lost."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.credentials import expiring, revoking
from llaves.credentials.lifecycle import Kind, due_notice
from llaves.credentials.models import Credential, ExpiryTold
from llaves.notifications.models import Notice
from llaves.providers.models import Delegation
from tests import people
from tests.people import Member
from tests.races import who_wins
from tests.web.doors import everything

pytestmark = pytest.mark.django_db
JOB = Actor(kind=ActorKind.SYSTEM, name="test")
NOTICES = (60, 30, 15, 5, 1)
"""Said here once more, apart from the product's table."""


@pytest.fixture
def expires_on(alicia: Member, beto: Member, now: datetime) -> date:
    """Alicia's provider has a credential in each of three environments; all expire on this day."""
    people.assigned(people.asked(alicia, now), beto, now)
    Notice.objects.all().delete()
    (day,) = set(Credential.objects.values_list("expires_on", flat=True))
    return day


def at(expires_on: date, days: int, hour: int = 9) -> datetime:
    """So many days before the expiry, in Bogotá."""
    return timezone.make_aware(datetime.combine(expires_on - timedelta(days=days), time(hour)))


def tell(moment: datetime) -> None:
    after: int | None = 0
    while after is not None:
        after = expiring.tell_of_coming_expiry(after=after, by=JOB, at=moment)


def end(moment: datetime) -> None:
    while revoking.write_down_what_ended(by=JOB, at=moment):
        pass


def told(letter: str = "expiry_comes") -> list[tuple[str, str]]:
    found = Notice.objects.filter(letter=letter).order_by("posted_at", "recipient")
    return [(notice.recipient.partition("@")[0], notice.about.get("left", "")) for notice in found]


@pytest.mark.parametrize("days", NOTICES)
def test_the_delegate_and_the_lead_are_told_so_many_days_before(expires_on: date, days: int) -> None:
    tell(at(expires_on, days))
    left = "mañana" if days == 1 else f"en {days} días"
    assert told() == [("alicia", left), ("lina.torres", left)]


def test_the_three_environments_come_in_one_letter(expires_on: date) -> None:
    tell(at(expires_on, 60))
    about = Notice.objects.filter(letter="expiry_comes")[0].about
    assert about["environments"] == "Desarrollo, Preproducción, Producción"
    assert about["expires"] == f"{expires_on:%d/%m/%Y}"


def test_each_credential_leaves_its_event(expires_on: date, alicia: Member) -> None:
    tell(at(expires_on, 30))
    events = Event.objects.filter(name="credentials.expiry.told")
    assert {(event.provider, event.details["days"]) for event in events} == {("1900100001", 30)}
    assert {event.details["environment"] for event in events} == {"desarrollo", "preproduccion", "produccion"}


def test_before_the_first_day_nothing_is_told(expires_on: date) -> None:
    tell(at(expires_on, 61))
    assert told() == []


def test_the_same_day_again_says_nothing_more(expires_on: date) -> None:
    tell(at(expires_on, 60, hour=6))
    before = everything()
    tell(at(expires_on, 60, hour=18))
    tell(at(expires_on, 31))
    assert everything() == before


def test_after_a_weeks_stop_the_last_notice_is_told_and_the_one_before_is_not(expires_on: date) -> None:
    tell(at(expires_on, 16))
    tell(at(expires_on, 4))
    assert [left for who, left in told() if who == "alicia"] == ["en 16 días", "en 4 días"]


def test_on_the_last_day_it_is_still_told(expires_on: date) -> None:
    tell(at(expires_on, 0, hour=23))
    assert told() == [("alicia", "hoy"), ("lina.torres", "hoy")]


def test_whose_last_notices_fell_into_a_stop_is_told_that_they_expired(expires_on: date) -> None:
    tell(at(expires_on, -1))
    assert told() == []
    end(at(expires_on, -1))
    end(at(expires_on, -2))
    assert [who for who, _ in told("credentials_expired")] == ["alicia", "lina.torres"]
    assert set(Credential.objects.values_list("standing", flat=True)) == {"vencida"}


def test_who_is_delegate_today_is_told_and_who_asked_once_is_not(
    expires_on: date, alicia: Member, now: datetime
) -> None:
    people.colleague(alicia, now)
    Delegation.objects.filter(person=alicia.person).update(ends_on=expires_on - timedelta(days=61))
    tell(at(expires_on, 60))
    assert [who for who, _ in told()] == ["ana", "lina.torres"]


def test_the_lead_of_the_newest_request_is_told(expires_on: date, alicia: Member, now: datetime) -> None:
    later = at(expires_on, 50)
    request = people.asked(alicia, later, Kind.RENEWAL)
    type(request).objects.filter(id=request.id).update(lead_email="nuevo@hospital.example")
    tell(at(expires_on, 30))
    assert [who for who, _ in told()] == ["alicia", "nuevo"]


def test_one_mailbox_gets_one_letter(expires_on: date, alicia: Member) -> None:
    alicia.person.email = "Lina.Torres@hospital.example"
    alicia.person.save()
    tell(at(expires_on, 30))
    assert len(told()) == 1


def test_what_was_renewed_is_not_told_of(expires_on: date, alicia: Member, beto: Member) -> None:
    later = at(expires_on, 40)
    people.assigned(people.asked(alicia, later, Kind.RENEWAL), beto, later, seed=2)
    tell(at(expires_on, 30))
    assert told() == []


def test_what_was_renewed_ends_without_a_letter(expires_on: date, alicia: Member, beto: Member) -> None:
    later = at(expires_on, 40)
    people.assigned(people.asked(alicia, later, Kind.RENEWAL), beto, later, seed=2)
    end(at(expires_on, 9))
    assert Credential.objects.filter(standing="reemplazada").count() == 3
    assert told("credentials_expired") == []


def test_what_was_revoked_is_not_told_of(expires_on: date, alicia: Member, beto: Member, now: datetime) -> None:
    ids = Credential.objects.values_list("id", flat=True)
    revoking.revoke(
        provider=alicia.provider,  # type: ignore[arg-type]
        credential_ids=list(ids),
        reason="prueba",
        account=beto.account(now),
        by=beto.actor,
        at=now,
    )
    tell(at(expires_on, 30))
    end(at(expires_on, -1))
    assert told() == told("credentials_expired") == []


def test_without_its_event_nothing_is_told(expires_on: date, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        tell(at(expires_on, 30))
    assert not ExpiryTold.objects.exists()
    assert told() == []


def test_without_its_event_nothing_ends(expires_on: date, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        end(at(expires_on, -1))
    assert set(Credential.objects.values_list("standing", flat=True)) == {"vigente"}
    assert told("credentials_expired") == []


def test_a_batch_holds_whole_providers_and_goes_on_after_the_last(
    expires_on: date, beto: Member, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.assigned(people.asked(people.carla(now), now), beto, now, seed=5)
    Notice.objects.all().delete()
    monkeypatch.setattr(expiring, "PROVIDERS_AT_ONCE", 1)
    first = expiring.tell_of_coming_expiry(by=JOB, at=at(expires_on, 30))
    assert first is not None
    assert ExpiryTold.objects.count() == 3
    assert expiring.tell_of_coming_expiry(after=first, by=JOB, at=at(expires_on, 30)) is not None
    assert ExpiryTold.objects.count() == 6
    assert expiring.tell_of_coming_expiry(after=first, by=JOB, at=at(expires_on, 30)) is None


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(days=st.lists(st.integers(-3, 65), max_size=12))
def test_on_whatever_days_the_job_runs_each_notice_is_told_once_or_replaced_by_a_later_one(
    expires_on: date, days: list[int]
) -> None:
    """The rule, from the days alone: on each day the last notice that has come, unless it or a later one was told."""
    expected: list[tuple[int, int]] = []
    for day in sorted(days, reverse=True):
        come = [notice for notice in NOTICES if 0 <= day <= notice]
        if come and min(come) not in [notice for notice, _ in expected]:
            expected.append((min(come), day))
    savepoint = transaction.savepoint()
    for day in sorted(days, reverse=True):
        tell(at(expires_on, day))
        end(at(expires_on, day))
    words = {0: "hoy", 1: "mañana"}
    assert [left for who, left in told() if who == "alicia"] == [
        words.get(day, f"en {day} días") for _, day in expected
    ]
    assert Counter(ExpiryTold.objects.values_list("days", flat=True)) == {notice: 3 for notice, _ in expected}
    expired = [who for who, _ in told("credentials_expired")]
    assert expired == (["alicia", "lina.torres"] if any(day < 0 for day in days) else [])
    transaction.savepoint_rollback(savepoint)


def test_the_last_notice_that_has_come_is_the_nearest() -> None:
    day = date(2027, 6, 1)
    found = {left: due_notice(day, on=day - timedelta(days=left)) for left in (61, 60, 31, 30, 6, 5, 2, 1, 0, -1)}
    assert found == {61: None, 60: 60, 31: 60, 30: 30, 6: 15, 5: 5, 2: 5, 1: 1, 0: 1, -1: None}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_and_end_once(expires_on: date, beto: Member, now: datetime) -> None:
    people.assigned(people.asked(people.carla(now), now), beto, now, seed=5)
    Notice.objects.all().delete()
    assert who_wins(tell, [at(expires_on, 30)] * 4, loses_with=ZeroDivisionError) == [True] * 4
    assert Counter(who for who, _ in told()) == {"alicia": 1, "carla": 1, "lina.torres": 2}
    who_wins(end, [at(expires_on, -1)] * 4, loses_with=ZeroDivisionError)
    assert Event.objects.filter(name="credentials.credential.ended").count() == 6
    assert Notice.objects.filter(letter="credentials_expired").count() == 4
