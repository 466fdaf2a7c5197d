"""Three people at the door, and a visitor whom nobody knows."""

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from tests.conftest import late

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

    from llaves.credentials.models import Request
    from tests.people import Member


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every page asks it."""


@pytest.fixture
def now() -> datetime:
    """Pages ask the clock themselves, so their people live in the present."""
    return timezone.now()


@pytest.fixture
def carla(now: datetime) -> "Member":
    return late("tests.people").carla(now)


@pytest.fixture
def unhurried(settings: "Settings") -> None:
    """A busy machine needs more than a minute for the tries that are allowed in one."""
    limits = settings.ACCOUNT_RATE_LIMITS
    settings.ACCOUNT_RATE_LIMITS = {name: limit.replace("/m/", "/h/") for name, limit in limits.items()}


@pytest.fixture
def visitor() -> "Client":
    return late("django.test").Client()


@pytest.fixture
def at_alicias(alicia: "Member", now: datetime) -> "Client":
    """Alicia's browser, after her login."""
    return late("tests.web.doors").force(alicia, now)


@pytest.fixture
def at_betos(beto: "Member", now: datetime) -> "Client":
    return late("tests.web.doors").force(beto, now)


@pytest.fixture
def at_carlas(carla: "Member", now: datetime) -> "Client":
    return late("tests.web.doors").force(carla, now)


@pytest.fixture
def waiting(alicia: "Member", now: datetime) -> "Request":
    """Alicia's request, before the ministry has attended it."""
    return late("tests.people").asked(alicia, now)


@pytest.fixture
def assigned(waiting: "Request", beto: "Member", now: datetime) -> "Request":
    """Alicia's request with its credentials."""
    return late("tests.people").assigned(waiting, beto, now)


@pytest.fixture
def at_bertas(now: datetime) -> "Client":
    """The browser of an official who may only look."""
    people = late("tests.people")
    berta = people.berta(now)
    client = late("tests.web.doors").force(berta, now)
    limit = late("llaves.identity.administration").limit
    limit(login=berta.login, reason="Control interno", only_looks=True, by=people.OPERATOR, at=now)
    return client
