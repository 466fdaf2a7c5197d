"""One PostgreSQL for the whole run, and the people whom the tests speak of."""

import os
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import django
import hypothesis
import pytest

from llaves_demo.database import OWNER, Cluster
from tests.master_keys import key_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

    from tests.entra import Entra, Tenant
    from tests.people import Member
    from tests.registry import StandIn

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
MONDAY_AT_NINE = "2026-11-23T09:00:00-05:00"
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Faster, and a test database needs to survive nothing."""

OF_THE_JOBS = [f"procrastinate_{kind}" for kind in ("jobs", "events", "periodic_defers", "workers")]
"""Django does not know these tables for its own, and would leave one test's jobs to the next."""

FILLED_BY_MIGRATIONS = {
    "credentials_environment",
    "credentials_returnreason",
    "identity_agreement",
    "identity_application",
    "providers_referencetable",
}
LONGEST = (
    "journeys/test_generating",
    "journeys/test_operator",
    "journeys/test_zoom",
    "journeys/test_main_journey",
    "journeys/",
    "credentials/test_generating_in_chaos",
    "demo/",
    "web/test_bulk_for_real",
)
VERSIONED = {"identity_agreement", "providers_referencetable"}
"""Of these, what a test has published goes, and what came with the migrations stays."""
APPEND_ONLY = {"audit_event", "identity_acceptance", *VERSIONED}


class Database:
    cluster: Cluster | None = None


# No test is a race against the clock: a busy machine is slower than any limit.
hypothesis.settings.register_profile("portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("portal")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of xdist inherits the rest from the process that started it
        Database.cluster = Cluster(may_create_databases=True, settings=CARELESS)
        Database.cluster.__enter__()
        os.environ.update(SETTINGS, DATABASE_URL=Database.cluster.url(role=OWNER))
    django.setup()
    let_tests_empty_the_tables()
    let_no_order_come_by_chance()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, so that at the end no process of the run waits for another.

    The journeys stay together: each process has a demo for them.
    """
    scopes = [item.nodeid.rpartition("::")[0] for item in items]
    sizes = Counter(scopes)

    def turn(number: int) -> tuple[int, int, str]:
        scope = scopes[number]
        among_the_longest = (place for place, part in enumerate(LONGEST) if part in scope)
        return next(among_the_longest, len(LONGEST)), -sizes[scope], scope

    items[:] = [items[number] for number in sorted(range(len(items)), key=turn)]


def pytest_unconfigure() -> None:
    if Database.cluster:
        Database.cluster.__exit__(None, None, None)


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Bogotá."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/Bogota"))


def late(module: str) -> Any:
    """Pytest reads a conftest before there are settings, and models need them."""
    return import_module(module)


@pytest.fixture
def alicia(now: datetime) -> "Member":
    return late("tests.people").alicia(now)


@pytest.fixture
def beto(now: datetime) -> "Member":
    return late("tests.people").beto(now)


@pytest.fixture
def broken_trail(monkeypatch: pytest.MonkeyPatch) -> None:
    """No event can be written."""
    from llaves.audit import trail  # noqa: PLC0415 - needs settings

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr(trail, "record", fail)


@pytest.fixture
def hold(settings: "Settings") -> "Iterator[Callable[..., None]]":
    """Give the portal other master keys (see tests/master_keys.py), the first of which seals."""
    from llaves.vault import keyring  # noqa: PLC0415 - needs settings

    def give(*keys: dict[str, str]) -> None:
        settings.MASTER_KEYS = key_set(*keys)
        keyring.master_keys.cache_clear()

    yield give
    keyring.master_keys.cache_clear()


@pytest.fixture(autouse=True)
def _counts_end_with_their_test(request: pytest.FixtureRequest) -> "Iterator[None]":
    """What throttles have counted is no model's row: after a test that commits, nothing else would empty it."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marker is not None and marker.kwargs.get("transaction"))
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:
        from django.core.cache import cache  # noqa: PLC0415 - needs settings

        cache.clear()


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[StandIn]":
    """MiSeguridadSocial's stand-in, as a program of its own."""
    from tests.registry import running  # noqa: PLC0415 - pytest rewrites the asserts of what is imported later

    with running(tmp_path_factory.mktemp("registry")) as stand_in:
        yield stand_in


@pytest.fixture
def registry(stand_in: "StandIn") -> "Iterator[StandIn]":
    """The stand-in as on any morning, whatever the last test did to it."""
    stand_in.knows()
    stand_in.is_in_the_mood()
    yield stand_in
    stand_in.rest()
    stand_in.is_in_the_mood()  # whoever asks it without this fixture finds it as it began


@pytest.fixture(scope="session")
def entra(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Entra]":
    """Entra's emulator, as a program of its own."""
    from tests.entra import running  # noqa: PLC0415 - pytest rewrites the asserts of what is imported later

    with running(tmp_path_factory.mktemp("entra")) as entra:
        yield entra


@pytest.fixture
def tenant(entra: "Entra") -> "Tenant":
    """A tenant of this test alone, with a provisioner that may change what it owns."""
    return entra.new_tenant()


@pytest.fixture
def live_registry(registry: "StandIn", settings: "Settings", monkeypatch: pytest.MonkeyPatch) -> "Iterator[StandIn]":
    """The portal asks the stand-in, in which it is nine in the morning of yesterday: pages live in the present."""
    from django.utils import timezone  # noqa: PLC0415 - needs settings

    from llaves import clients  # noqa: PLC0415
    from tests.registry import PATIENT, TOKEN  # noqa: PLC0415

    yesterday = timezone.localtime() - timedelta(days=1)
    registry.usual_now = yesterday.replace(hour=9, minute=0, second=0, microsecond=0).isoformat()
    registry.is_in_the_mood()
    settings.REGISTRY_URL, settings.REGISTRY_TOKEN = registry.url, TOKEN
    settings.REGISTRY_CA = registry.authority
    patient = partial(clients.Asker, limits=PATIENT)  # pages would give up where a busy machine is slow
    monkeypatch.setattr(clients, "Asker", patient)
    yield registry
    if client := clients.registry():
        client.close()
    clients.registry_at.cache_clear()
    registry.usual_now = MONDAY_AT_NINE


def let_tests_empty_the_tables() -> None:
    """Let tests that commit empty the tables afterwards, but for what the migrations put there.

    Only here, the owner of what can only grow lifts its guard for a moment.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations  # noqa: PLC0415 - needs settings

    flush = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style: Any, tables: list[str], **kwargs: Any) -> list[str]:
        emptied = [*(table for table in tables if table not in FILLED_BY_MIGRATIONS), *OF_THE_JOBS]
        lifted = [f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in APPEND_ONLY]
        withdrawn = [f"DELETE FROM {table} WHERE version > 1;" for table in VERSIONED]  # noqa: S608 - own names
        guards = ("is_append_only", "is_never_emptied")
        restored = [
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{guard};" for table in APPEND_ONLY for guard in guards
        ]
        settled = "SET CONSTRAINTS ALL IMMEDIATE;"
        return [*lifted, *flush(self, style, emptied, **kwargs), *withdrawn, settled, *restored]

    DatabaseOperations.sql_flush = sql_flush


def let_no_order_come_by_chance() -> None:
    """Turn around what comes from a query that asks for no order.

    PostgreSQL promises none and mostly gives that of writing: a test that counts on it fails on a busy day.
    """
    from django.db.models import QuerySet  # noqa: PLC0415 - needs settings

    fetch_all = QuerySet._fetch_all  # type: ignore[attr-defined]  # noqa: SLF001 - all results come through it

    def turned(self: Any) -> None:
        is_fetched = self._result_cache is not None
        fetch_all(self)
        if not is_fetched and not self.ordered:
            self._result_cache.reverse()

    QuerySet._fetch_all = turned  # type: ignore[attr-defined]  # noqa: SLF001
