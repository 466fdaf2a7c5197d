"""Three people at the door, and a visitor whom nobody knows."""

from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

if TYPE_CHECKING:
    from django.test import Client

    from llaves.credentials.models import Request
    from tests.people import Member


def _late(module: str) -> Any:
    """Pytest reads this file before there are settings, and models need them."""
    return import_module(module)


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every page asks it."""


@pytest.fixture
def now() -> datetime:
    """Pages ask the clock themselves, so their people live in the present."""
    return timezone.now()


@pytest.fixture
def alicia(now: datetime) -> "Member":
    return _late("tests.people").alicia(now)


@pytest.fixture
def beto(now: datetime) -> "Member":
    return _late("tests.people").beto(now)


@pytest.fixture
def carla(now: datetime) -> "Member":
    return _late("tests.people").carla(now)


@pytest.fixture
def visitor() -> "Client":
    return _late("django.test").Client()


@pytest.fixture
def at_alicias(alicia: "Member", now: datetime) -> "Client":
    """Alicia's browser, after her login."""
    return _late("tests.web.doors").force(alicia, now)


@pytest.fixture
def at_betos(beto: "Member", now: datetime) -> "Client":
    return _late("tests.web.doors").force(beto, now)


@pytest.fixture
def at_carlas(carla: "Member", now: datetime) -> "Client":
    return _late("tests.web.doors").force(carla, now)


@pytest.fixture
def waiting(alicia: "Member", now: datetime) -> "Request":
    """Alicia's request, before the ministry has attended it."""
    return _late("tests.people").asked(alicia, now)


@pytest.fixture
def assigned(waiting: "Request", beto: "Member", now: datetime) -> "Request":
    """Alicia's request with its credentials."""
    return _late("tests.people").assigned(waiting, beto, now)
