"""N11: no refusal at the login tells one cause from another, by text, by status or by the work it costs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from llaves.identity.models import Account
from llaves.providers.models import Delegation
from tests import people
from tests.factors import add_application
from tests.people import PASSWORD
from tests.web.doors import Page, log_in

pytestmark = pytest.mark.django_db


def throttle(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/5m/key"}
    log_in(Client(), LOGIN, "no es esta clave")


LOGIN = "CC1020304050-890303841"
CAUSES: dict[str, tuple[str, str, Callable[[Settings], object]]] = {
    "unknown": ("CC999-999999", PASSWORD, lambda _: None),
    "wrong": (LOGIN, "no es esta clave", lambda _: None),
    "not activated": (LOGIN, PASSWORD, lambda _: Account.objects.update(activated_at=None)),
    "suspended": (LOGIN, PASSWORD, lambda _: Account.objects.update(suspended_at=timezone.now())),
    "delegation ended": (LOGIN, PASSWORD, lambda _: Delegation.objects.all().delete()),
    "closed by the throttle": (LOGIN, PASSWORD, throttle),
}


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each time that a password is hashed."""
    done: list[str] = []
    encode = hashers.Argon2PasswordHasher.encode
    verify = hashers.Argon2PasswordHasher.verify

    def counting_encode(self: hashers.Argon2PasswordHasher, password: str, salt: str) -> str:
        done.append("encode")
        return encode(self, password, salt)

    def counting_verify(self: hashers.Argon2PasswordHasher, password: str, encoded: str) -> bool:
        done.append("verify")
        return verify(self, password, encoded)

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "encode", counting_encode)
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", counting_verify)
    return done


@pytest.mark.parametrize("cause", CAUSES)
def test_n11_every_refusal_hashes_a_password_once(
    cause: str, now: datetime, settings: Settings, hashed: list[str]
) -> None:
    people.alicia(now).account(now)
    login, password, bring_about = CAUSES[cause]
    bring_about(settings)
    hashed.clear()
    _is_the_one_refusal(log_in(Client(), login, password))
    assert len(hashed) == 1


@pytest.mark.parametrize("limit", ["5/5m/key", "0/5m/key"], ids=["wrong", "closed by the throttle"])
@pytest.mark.parametrize("sent", [{"code": "000000"}, {"passkey": "{}"}], ids=["code", "passkey"])
def test_n11_so_does_a_refusal_at_the_second_step(
    now: datetime, settings: Settings, hashed: list[str], sent: dict[str, str], limit: str
) -> None:
    add_application(people.alicia(now).account(now), now)
    client = Client()
    log_in(client, LOGIN)
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": limit}
    hashed.clear()
    _is_the_one_refusal(client.post(reverse("second_factor"), sent))
    assert len(hashed) == 1


def _is_the_one_refusal(answer: Any) -> None:
    assert answer.status_code == 422
    assert Page(answer).text.count("Los datos de usuario no corresponden") == 1
