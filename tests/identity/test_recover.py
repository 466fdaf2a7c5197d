"""A forgotten password: a link to the registry's address, for whoever may have one; the same answer for all."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from llaves.audit.models import Event
from llaves.identity import actions
from llaves.identity.models import Account, SingleUseLink
from llaves.notifications.models import Notice
from llaves.providers.models import Delegation
from tests import people
from tests.people import PASSWORD, VISITOR

pytestmark = pytest.mark.django_db
NEW = "otra-orilla-del-Patía-9"


@pytest.fixture
def account(now: datetime) -> Account:
    return people.alicia(now).account(now)


def recover(login: str, now: datetime) -> None:
    actions.recover(login=login, by=VISITOR, at=now)


def queued() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'login' FROM procrastinate_jobs WHERE task_name = %s", [actions.RECOVERY_JOB])
        return [login for (login,) in cursor.fetchall()]


def test_the_link_goes_to_the_registrys_address_and_sets_a_new_password(account: Account, now: datetime) -> None:
    recover(account.login, now)
    notice = Notice.objects.get()
    assert (notice.letter, notice.recipient) == ("recovery", "alicia@hospital.example")
    actions.activate(link_id=SingleUseLink.objects.get().id, password=NEW, by=VISITOR, at=now)
    account.refresh_from_db()
    assert account.check_password(NEW)
    names = list(Event.objects.order_by("id").values_list("name", flat=True))
    assert names == ["identity.link.sent", "identity.password.recovered"]


def test_whoever_never_activated_gets_the_activation_letter_again(account: Account, now: datetime) -> None:
    Account.objects.update(activated_at=None)
    recover(account.login, now)
    assert Notice.objects.get().letter == "activation"


def test_nobody_is_written_to_who_may_not_have_a_password(account: Account, now: datetime) -> None:
    recover("CC999-999999", now)
    Account.objects.update(suspended_at=now)
    recover(account.login, now)
    Account.objects.update(suspended_at=None)
    Delegation.objects.all().delete()
    recover(account.login, now)
    assert not Notice.objects.exists()
    assert not Event.objects.exists()


def test_a_stranger_cannot_fill_a_mailbox(account: Account, now: datetime) -> None:
    for minutes in (0, 1, 4):
        recover(account.login, now + timedelta(minutes=minutes))
    assert Notice.objects.count() == 1
    recover(account.login, now + timedelta(minutes=6))
    assert Notice.objects.count() == 2


def test_a_link_of_a_suspended_account_leads_nowhere(account: Account, now: datetime) -> None:
    recover(account.login, now)
    Account.objects.update(suspended_at=now)
    with pytest.raises(actions.LinkSpent):
        actions.activate(link_id=SingleUseLink.objects.get().id, password=NEW, by=VISITOR, at=now)


def test_asking_costs_the_same_for_a_login_that_is_not_there(account: Account) -> None:
    for login in (account.login, "CC999-999999"):
        actions.ask_for_recovery(login=login, by=VISITOR, at=timezone.now())
    assert queued() == [account.login, "CC999-999999"]
    assert [event.details["login"] for event in Event.objects.order_by("id")] == [account.login, None]


@pytest.mark.parametrize("typed", [PASSWORD, "", "CC", "CC1020304050-890303841; DROP", "x" * 5000])
def test_what_cannot_be_a_login_is_kept_nowhere(typed: str, now: datetime) -> None:
    actions.ask_for_recovery(login=typed, by=VISITOR, at=now)
    assert queued() == []
    assert Event.objects.get().details == {"login": None}
