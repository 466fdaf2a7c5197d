"""One PostgreSQL for the whole run, and the people whom the tests speak of."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import django
import pytest
from pytest_django import Settings

from llaves_demo.database import OWNER, Cluster
from tests.master_keys import key_set

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "llaves.config.settings",
    "LLAVES_SECRET_KEY": "only-for-tests-" + "0123456789" * 5,
    "LLAVES_MASTER_KEYS": (
        '{"keys":[{"kty":"oct","kid":"test-2","alg":"A256GCMKW","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},'
        '{"kty":"oct","kid":"test-1","alg":"A256GCMKW","k":"Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA"}]}'
    ),
    "LLAVES_BASE_URL": "http://localhost:8000",
    "LLAVES_DEMO": "0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Faster, and a test database needs to survive nothing."""

FILLED_BY_MIGRATIONS = {
    "credentials_environment",
    "credentials_returnreason",
    "identity_agreement",
    "identity_application",
}


class Database:
    cluster: Cluster | None = None


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of xdist inherits the rest from the process that started it
        Database.cluster = Cluster(may_create_databases=True, settings=CARELESS)
        Database.cluster.__enter__()
        os.environ.update(SETTINGS, DATABASE_URL=Database.cluster.url(role=OWNER))
    django.setup()
    let_tests_empty_the_tables()


def pytest_unconfigure() -> None:
    if Database.cluster:
        Database.cluster.__exit__(None, None, None)


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Bogotá."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/Bogota"))


@pytest.fixture
def broken_trail(monkeypatch: pytest.MonkeyPatch) -> None:
    """No event can be written."""
    from llaves.audit import trail  # noqa: PLC0415 - needs settings

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr(trail, "record", fail)


@pytest.fixture
def hold(settings: Settings) -> Iterator[Callable[..., None]]:
    """Give the portal other master keys (see tests/master_keys.py), the first of which seals."""
    from llaves.vault import keyring  # noqa: PLC0415 - needs settings

    def give(*keys: dict[str, str]) -> None:
        settings.MASTER_KEYS = key_set(*keys)
        keyring.master_keys.cache_clear()

    yield give
    keyring.master_keys.cache_clear()


def let_tests_empty_the_tables() -> None:
    """Let tests that commit empty the tables afterwards, but for what the migrations put there.

    Only here, the trail's owner lifts its guard for a moment.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations  # noqa: PLC0415 - needs settings

    flush = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style: Any, tables: list[str], **kwargs: Any) -> list[str]:
        emptied = [table for table in tables if table not in FILLED_BY_MIGRATIONS]
        lift = "ALTER TABLE audit_event {} TRIGGER audit_event_is_never_emptied;"
        return [lift.format("DISABLE"), *flush(self, style, emptied, **kwargs), lift.format("ENABLE ALWAYS")]

    DatabaseOperations.sql_flush = sql_flush
