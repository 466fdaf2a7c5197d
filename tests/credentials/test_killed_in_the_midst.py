"""Telling of expiries, killed in the midst: what was told stays told, the next run tells the rest, nothing twice."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from llaves.audit.events import Actor, ActorKind
from llaves.credentials import expiring
from llaves.credentials.models import Credential, ExpiryTold
from llaves.notifications.models import Notice
from tests import people
from tests.demo.running import until
from tests.processes import nobody_else_is_here, running

pytestmark = pytest.mark.django_db(transaction=True)
JOB = Actor(kind=ActorKind.SYSTEM, name="test")
TELL = """
from datetime import datetime
from llaves.audit.events import Actor, ActorKind
from llaves.credentials import expiring
expiring.PROVIDERS_AT_ONCE = 1
after = 0
while after is not None:
    after = expiring.tell_of_coming_expiry(
        after=after, by=Actor(kind=ActorKind.SYSTEM, name="test"), at=datetime.fromisoformat("{at}"))
"""


@pytest.fixture
def later(now: datetime) -> datetime:
    """Thirty days before the credentials of two providers expire."""
    beto = people.beto(now)
    for seed, member in ((1, people.alicia(now)), (5, people.carla(now))):
        people.assigned(people.asked(member, now), beto, now, seed=seed)
    Notice.objects.all().delete()
    return now + timedelta(days=335)


def waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])


def told() -> list[str]:
    letters = Notice.objects.filter(letter="expiry_comes").order_by("recipient")
    return [letter.recipient.partition("@")[0] for letter in letters]


def finish(later: datetime) -> None:
    after: int | None = 0
    while after is not None:
        after = expiring.tell_of_coming_expiry(after=after, by=JOB, at=later)
    assert told() == ["alicia", "carla", "lina.torres", "lina.torres"]
    assert ExpiryTold.objects.count() == 6


def test_killed_between_batches_the_first_stays_told(later: datetime) -> None:
    with transaction.atomic():
        second = max(Credential.objects.values_list("provider", flat=True))
        list(Credential.objects.select_for_update().filter(provider=second))
        with running("shell", "-c", TELL.format(at=later.isoformat())) as run:
            until(waits_for_us)
            run.kill()
    until(nobody_else_is_here)
    assert told() == ["alicia", "lina.torres"]
    finish(later)


def test_killed_within_a_batch_nothing_of_it_was_told(later: datetime) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE audit_event IN SHARE MODE")  # its events have to wait
        with running("shell", "-c", TELL.format(at=later.isoformat())) as run:
            until(waits_for_us)
            run.kill()
    until(nobody_else_is_here)
    assert told() == []
    finish(later)
