"""A portal that must not serve does not."""

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
from tests.people import VISITOR

pytestmark = pytest.mark.django_db
PLACE = Binding(provider="1900100001", environment="produccion", credential="c-1", content="client_secret")


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


def test_a_short_secret_key_is_refused(settings: Settings) -> None:
    settings.SECRET_KEY = "short"
    with pytest.raises(ImproperlyConfigured, match="LLAVES_SECRET_KEY"):
        refuse_what_must_not_serve()
