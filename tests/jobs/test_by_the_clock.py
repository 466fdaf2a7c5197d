"""The jobs that look at the day: each does its action's work to the end, and the second run finds nothing."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from llaves import jobs
from llaves.credentials import actions
from llaves.credentials.models import Credential, Departure, ExpiryTold
from llaves.credentials.queries import credentials_of
from llaves.identity.models import Account
from llaves.notifications.models import Notice
from tests import people
from tests.people import Member
from tests.web.doors import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    """Jobs ask the clock themselves."""
    return timezone.now()


@pytest.fixture
def alicia(now: datetime) -> Member:
    """Her keys have expired in one environment and expire in twenty days in the other two; she has seen those."""
    alicia = people.alicia(now)
    people.assigned(people.asked(alicia, now), people.beto(now), now)
    today = timezone.localdate(now)
    Credential.objects.update(expires_on=today + timedelta(days=20))
    Credential.objects.filter(environment__code="desarrollo").update(expires_on=today - timedelta(days=1))
    assert alicia.provider
    for credential in credentials_of(alicia.provider).exclude(environment__code="desarrollo"):
        actions.reveal(credential, by=alicia.actor, at=now)
    Notice.objects.all().delete()
    return alicia


def letters() -> set[str]:
    return set(Notice.objects.values_list("letter", flat=True))


def test_credentials_end(alicia: Member) -> None:
    jobs.end_credentials(0)
    assert Credential.objects.get(standing="vencida").environment.code == "desarrollo"
    assert letters() == {"credentials_expired"}


def test_expiry_is_told(alicia: Member) -> None:
    jobs.tell_of_coming_expiry(0)
    assert list(ExpiryTold.objects.values_list("days", flat=True)) == [30, 30]
    assert letters() == {"expiry_comes"}


def test_a_departure_is_noticed_and_told(alicia: Member, now: datetime) -> None:
    people.colleague(alicia, now)
    Account.objects.filter(login=alicia.login).update(suspended_at=now)
    jobs.notice_successions(0)
    assert Departure.objects.get().told_at is not None
    assert letters() == {"seen_by_former", "seen_by_former_officials"}


def test_a_second_run_finds_nothing(alicia: Member, now: datetime) -> None:
    Account.objects.filter(login=alicia.login).update(suspended_at=now)
    every = (jobs.end_credentials, jobs.tell_of_coming_expiry, jobs.notice_successions, jobs.post_digest)
    for job in every:
        job(0)
    before = everything()
    for job in every:
        job(0)
    assert everything() == before
