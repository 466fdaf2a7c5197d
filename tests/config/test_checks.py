"""A portal that must not serve does not."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from pytest_django import Settings

from llaves.audit import trail
from llaves.audit.events import EventName
from llaves.config.checks import refuse_what_must_not_serve
from llaves.vault import actions
from llaves.vault.envelope import Binding
from llaves.vault.models import SealedSecret
from tests.demo.running import SECONDS_OF_PATIENCE
from tests.master_keys import master_key
from tests.people import VISITOR
from tests.processes import running

pytestmark = pytest.mark.django_db
NAMES = {"provider": "1900100001", "environment": "produccion", "credential": "c-1", "content": "client_secret"}
PLACE = Binding("credential", NAMES)


def test_a_portal_in_order_serves() -> None:
    refuse_what_must_not_serve()


def test_the_demos_accounts_are_never_served_outside_a_demo(now: datetime, settings: Settings) -> None:
    with transaction.atomic():
        trail.record(EventName.DEMO_LOADED, by=VISITOR, at=now)
    with pytest.raises(ImproperlyConfigured, match="demo"):
        refuse_what_must_not_serve()
    settings.DEMO = True
    refuse_what_must_not_serve()


def test_a_master_key_that_still_seals_something_must_be_at_hand(now: datetime) -> None:
    sealed = actions.seal("abc8Q~secret", binding=PLACE, by=VISITOR, at=now)
    SealedSecret.objects.filter(id=sealed.id).update(key_id="lost-key")
    with pytest.raises(ImproperlyConfigured, match="lost-key"):
        refuse_what_must_not_serve()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("process", ["serve --port 1", "worker", "vault rotate", "vault new-key /nowhere/file"])
def test_with_another_key_of_the_same_name_nothing_runs(now: datetime, hold: Callable[..., None], process: str) -> None:
    hold(master_key("2026", 1))
    actions.seal("abc8Q~secret", binding=PLACE, by=VISITOR, at=now)
    hold(master_key("2026", 2))
    with running(*process.split()) as refused:
        said = refused.communicate(timeout=SECONDS_OF_PATIENCE)[1]
    assert refused.returncode == 1
    assert said.count("\n") == 1
    assert "other keys than those that sealed stored secrets under these names: 2026" in said


def test_a_wrong_key_that_no_longer_seals_is_refused_as_well(now: datetime, hold: Callable[..., None]) -> None:
    hold(master_key("2025", 1))
    actions.seal("abc8Q~secret", binding=PLACE, by=VISITOR, at=now)
    hold(master_key("2026", 3), master_key("2025", 2))
    with pytest.raises(ImproperlyConfigured, match="2025"):
        refuse_what_must_not_serve()


def test_one_altered_envelope_does_not_stop_the_portal(now: datetime) -> None:
    first, *_ = sorted(str(actions.seal("abc8Q~secret", binding=PLACE, by=VISITOR, at=now).id) for _ in range(3))
    SealedSecret.objects.filter(id=first).update(envelope="altered")
    refuse_what_must_not_serve()


@pytest.mark.parametrize(
    "changes",
    [
        {"URL": "http://registro.example/v1"},
        {"URL": "https://u:hunter2@registro.example/v1"},
        {"URL": "https://registro.example/v1?token=hunter2"},
        {"URL": "registro.example"},
        {"URL": "https://[registro"},
        {"TOKEN": ""},
        {"TOKEN": "hunter2 \n"},
        {"URL": ""},
        {"URL": "", "TOKEN": "", "CA": "hunter2"},
        {"CA": "no es PEM: hunter2"},
    ],
)
def test_a_registry_that_is_half_told_or_not_over_https_is_refused(settings: Settings, changes: dict[str, str]) -> None:
    whole = {"URL": "https://registro.example:8443/v1", "TOKEN": "hunter2", "CA": ""}
    for name, value in whole.items():
        setattr(settings, f"REGISTRY_{name}", value)
    refuse_what_must_not_serve()
    for name, value in changes.items():
        setattr(settings, f"REGISTRY_{name}", value)
    with pytest.raises(ImproperlyConfigured, match="LLAVES_REGISTRY_") as refused:
        refuse_what_must_not_serve()
    assert "hunter2" not in str(refused.value)


def test_an_authority_of_entra_that_is_none_is_refused(settings: Settings) -> None:
    settings.ENTRA_CA = "no es PEM: hunter2"
    with pytest.raises(ImproperlyConfigured, match="LLAVES_ENTRA_CA_FILE") as refused:
        refuse_what_must_not_serve()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("WRITES", 0), ("WRITES", 21), ("SECRET_DAYS", 0), ("SECRET_DAYS", 731), ("PROOF_PAUSE", 0), ("PROOF_PAUSE", 61)],
)
def test_a_number_that_entra_or_its_replication_does_not_bear_is_refused(
    settings: Settings, name: str, value: int
) -> None:
    setattr(settings, f"ENTRA_{name}", value)
    with pytest.raises(ImproperlyConfigured, match=f"LLAVES_ENTRA_{name} must be from 1 to"):
        refuse_what_must_not_serve()


def test_a_short_secret_key_is_refused(settings: Settings) -> None:
    settings.SECRET_KEY = "short"
    with pytest.raises(ImproperlyConfigured, match="LLAVES_SECRET_KEY"):
        refuse_what_must_not_serve()
