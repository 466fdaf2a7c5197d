"""The activation link: one password, once, within 72 hours."""

from datetime import datetime, timedelta

import pytest

from llaves.audit.models import Event
from llaves.identity import actions
from llaves.identity.actions import LinkSpent
from llaves.identity.models import Account, SingleUseLink
from llaves.identity.queries import find_link
from llaves.notifications.links import token_for
from llaves.notifications.models import Notice
from llaves.providers.models import Delegation
from tests import people
from tests.people import PASSWORD, VISITOR
from tests.races import who_wins


@pytest.fixture
def link(db: None, now: datetime) -> SingleUseLink:
    alicia = people.alicia(now)
    actions.register(
        role=alicia.role, document_type="CC", document_number="1020304050", nit="890303841", by=VISITOR, at=now
    )
    return SingleUseLink.objects.get()


def test_it_sets_the_password_and_opens_the_account(link: SingleUseLink, now: datetime) -> None:
    account = actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=now)
    assert account.check_password(PASSWORD)
    assert account.is_active
    assert Event.objects.latest("id").name == "identity.account.activated"
    assert Notice.objects.filter(letter="password_set").exists()


def test_the_password_rests_as_argon2id(link: SingleUseLink, now: datetime) -> None:
    account = actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=now)
    assert account.password.startswith("argon2$argon2id$")


def test_a_spent_link_opens_nothing(link: SingleUseLink, now: datetime) -> None:
    actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=now)
    with pytest.raises(LinkSpent):
        actions.activate(link_id=link.id, password="otra-clave-muy-larga", by=VISITOR, at=now)
    assert Account.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(("hours", "stands"), [(-1, False), (0, True), (71.99, True), (72, False), (1000, False)])
def test_it_stands_for_72_hours(link: SingleUseLink, now: datetime, hours: float, *, stands: bool) -> None:
    at = now + timedelta(hours=hours)
    assert (find_link(link.id, token_for(link.id), at=at) is not None) is stands


def test_looking_spends_nothing(link: SingleUseLink, now: datetime) -> None:
    for _ in range(3):
        assert find_link(link.id, token_for(link.id), at=now) == link


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_wins(link: SingleUseLink, now: datetime) -> None:
    def attempt(number: int) -> None:
        actions.activate(link_id=link.id, password=f"la-clave-del-intento-{number}", by=VISITOR, at=now)

    assert who_wins(attempt, range(6), loses_with=LinkSpent) == [False] * 5 + [True]
    assert Event.objects.filter(name="identity.account.activated").count() == 1


def test_it_leads_nowhere_once_the_delegation_has_ended(link: SingleUseLink, now: datetime) -> None:
    Delegation.objects.all().delete()
    assert find_link(link.id, token_for(link.id), at=now) is None
    with pytest.raises(LinkSpent):
        actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=now)
