"""The trail: written with the change or not at all, and never changed."""

from datetime import datetime

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from llaves.audit import trail
from llaves.audit.events import EventName, Subject
from llaves.audit.models import Event
from llaves.audit.trail import NotInTransaction
from tests.people import VISITOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(now: datetime) -> Event:
    trail.record(EventName.SESSION_REFUSED, by=VISITOR, at=now)
    return Event.objects.latest("id")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'nobody'",
        "UPDATE audit_event SET actor = 'nobody' WHERE false",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "SET session_replication_role = replica",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_event(event: Event, statement: str) -> None:
    with (
        pytest.raises((ProgrammingError, InternalError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    event.refresh_from_db()
    assert event.actor == "visitante"


def test_the_portals_database_user_is_no_superuser() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_an_event_apart_from_a_change(now: datetime) -> None:
    with pytest.raises(trail.NotInTransaction):
        trail.record(EventName.SESSION_REFUSED, by=VISITOR, at=now)
    assert not Event.objects.exists()


def test_many_events_are_written_as_each_alone(now: datetime) -> None:
    subject, details = Subject(nit="890303841", provider="1900100001"), {"request": "r-1"}
    trail.record(EventName.REQUEST_ASSIGNED, by=VISITOR, at=now, subject=subject, details=details)
    trail.record_all([trail.Entry(EventName.REQUEST_ASSIGNED, subject, details)] * 2, by=VISITOR, at=now)
    trail.record_all([], by=VISITOR, at=now)
    first, *others = Event.objects.order_by("id").values_list("name", "actor", "address", "nit", "provider", "details")
    assert others == [first, first]


@pytest.mark.django_db(transaction=True)
def test_no_event_is_written_apart_from_its_change(now: datetime) -> None:
    with pytest.raises(NotInTransaction):
        trail.record(EventName.REQUEST_ASSIGNED, by=VISITOR, at=now)
    with pytest.raises(NotInTransaction):
        trail.record_all([trail.Entry(EventName.REQUEST_ASSIGNED)], by=VISITOR, at=now)
    assert not Event.objects.exists()
