"""Who may log in, and for how long he stays in."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth import authenticate

from llaves.identity.backend import StandingAccounts
from llaves.identity.models import Account
from llaves.providers.models import Delegation
from tests import people
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(now: datetime) -> Account:
    return people.alicia(now).account(now)


def test_a_standing_account_is_let_in_and_kept_in(account: Account) -> None:
    assert authenticate(None, username=account.login, password=PASSWORD) == account
    assert StandingAccounts().get_user(account.pk) == account


@pytest.mark.parametrize(
    "end",
    [
        lambda: Delegation.objects.update(starts_on="2020-01-01", ends_on="2020-02-01"),
        lambda: Delegation.objects.update(starts_on="2999-01-01", ends_on=None),
        lambda: Delegation.objects.all().delete(),
        lambda: Account.objects.update(suspended_at="2026-01-01T00:00Z"),
        lambda: Account.objects.update(activated_at=None),
    ],
)
def test_what_no_longer_stands_is_neither_let_in_nor_kept_in(account: Account, end: Callable[[], object]) -> None:
    end()
    assert authenticate(None, username=account.login, password=PASSWORD) is None
    assert StandingAccounts().get_user(account.pk) is None


def test_a_wrong_password_and_an_unknown_login_are_refused(account: Account) -> None:
    assert authenticate(None, username=account.login, password="no es esta") is None
    assert authenticate(None, username="CC1", password=PASSWORD) is None
