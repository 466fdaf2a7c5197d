"""Three people at the door, and a visitor whom nobody knows."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from llaves.credentials import actions
from llaves.credentials.models import Request
from tests import people
from tests.people import ENTERED, Member
from tests.web.doors import force


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every page asks it."""


@pytest.fixture
def now() -> datetime:
    """Pages ask the clock themselves, so their people live in the present."""
    return timezone.now()


@pytest.fixture
def alicia(now: datetime) -> Member:
    return people.alicia(now)


@pytest.fixture
def beto(now: datetime) -> Member:
    return people.beto(now)


@pytest.fixture
def carla(now: datetime) -> Member:
    return people.carla(now)


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.fixture
def at_alicias(alicia: Member, now: datetime) -> Client:
    return force(alicia, now)


@pytest.fixture
def at_betos(beto: Member, now: datetime) -> Client:
    return force(beto, now)


@pytest.fixture
def at_carlas(carla: Member, now: datetime) -> Client:
    return force(carla, now)


@pytest.fixture
def waiting(alicia: Member, now: datetime) -> Request:
    """Alicia's request, before the ministry has attended it."""
    assert alicia.provider
    return actions.make_request(
        provider=alicia.provider, entered=ENTERED, account=alicia.account(now), by=alicia.actor, at=now
    )


@pytest.fixture
def assigned(waiting: Request, beto: Member, now: datetime) -> Request:
    """Alicia's request with its credentials."""
    actions.assign(
        request_id=waiting.id,
        values=people.pairs(timezone.localdate(now)),
        account=beto.account(now),
        by=beto.actor,
        at=now,
    )
    waiting.refresh_from_db()
    return waiting
