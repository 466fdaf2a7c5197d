"""The registry changes somebody's mail: the old and the new address are told once, and old links lead nowhere."""

from datetime import datetime, timedelta

import pytest

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.identity import actions, addresses
from llaves.identity.actions import LinkSpent
from llaves.identity.models import Account, SingleUseLink
from llaves.identity.queries import find_link
from llaves.jobs import tell_of_changed_mail as job
from llaves.notifications.links import token_for
from llaves.notifications.models import Notice
from llaves.providers.models import Person
from tests import people
from tests.people import PASSWORD, VISITOR
from tests.races import who_wins
from tests.web.doors import letters

CLERK = Actor(kind=ActorKind.SYSTEM, name="jobs.tell_of_changed_mail")
NEW = "alicia.paz@otro.example"


@pytest.fixture
def account(db: None, now: datetime) -> Account:
    return people.alicia(now).account(now)


def tell(now: datetime) -> int:
    return addresses.tell_of_changed_mail(by=CLERK, at=now)


def told() -> list[tuple[str, str]]:
    return sorted(Notice.objects.values_list("letter", "recipient"))


def test_both_addresses_are_told_and_each_sees_the_other_masked(account: Account, now: datetime) -> None:
    Person.objects.update(email=NEW)
    assert tell(now) == 1
    sent = {letter.to[0]: letter.body for letter in letters(now)}
    assert sent.keys() == {"alicia@hospital.example", NEW}
    assert "a•••@otro.example" in sent["alicia@hospital.example"]
    assert "a•••@hospital.example" in sent[NEW]
    assert NEW not in sent["alicia@hospital.example"]
    assert "alicia@hospital.example" not in sent[NEW]
    assert all(account.login in body for body in sent.values())


def test_it_leaves_its_event_without_the_addresses(account: Account, now: datetime) -> None:
    Person.objects.update(email=NEW)
    tell(now)
    event = Event.objects.get()
    assert (event.name, event.actor, event.nit) == ("identity.mail.changed", CLERK.name, "890303841")
    assert event.details == {"login": account.login, "old": "a•••@hospital.example", "new": "a•••@otro.example"}


def test_a_change_is_told_once_and_the_change_back_again(account: Account, now: datetime) -> None:
    Person.objects.update(email=NEW)
    assert [tell(now), tell(now)] == [1, 0]
    assert len(told()) == 2
    Person.objects.update(email="alicia@hospital.example")
    assert tell(now) == 1
    assert len(told()) == 4


def test_without_its_event_nobody_is_told_and_it_is_tried_again(
    account: Account, now: datetime, request: pytest.FixtureRequest
) -> None:
    Person.objects.update(email=NEW)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError):
        tell(now)
    assert told() == []
    account.refresh_from_db()
    assert account.notice_email == "alicia@hospital.example"


@pytest.mark.parametrize("email", ["Alicia@Hospital.example", "alicia@hospital.example"])
def test_the_same_mailbox_is_no_change(account: Account, now: datetime, email: str) -> None:
    Person.objects.update(email=email)
    tell(now)
    assert told() == []


def test_whoever_loses_the_address_is_told_at_the_old_one(account: Account, now: datetime) -> None:
    Person.objects.update(email="")
    tell(now)
    assert told() == [("mail_left", "alicia@hospital.example")]


def test_whoever_was_never_told_anything_is_not_told_of_a_change(account: Account, now: datetime) -> None:
    Account.objects.update(notice_email="")
    assert tell(now) == 1
    assert told() == []
    account.refresh_from_db()
    assert account.notice_email == "alicia@hospital.example"


def test_a_new_account_begins_with_the_registrys_address(db: None, now: datetime) -> None:
    alicia = people.alicia(now)
    account = actions.register(
        role=alicia.role, document_type="CC", document_number="1020304050", nit="890303841", by=VISITOR, at=now
    )
    assert account.notice_email == "alicia@hospital.example"
    assert tell(now) == 0


@pytest.mark.django_db(transaction=True)
def test_of_several_runs_at_once_each_change_is_told_by_one(now: datetime) -> None:
    for make in (people.alicia, people.carla, people.beto):
        make(now).account(now)
    for person in Person.objects.all():
        Person.objects.filter(id=person.id).update(email=f"nuevo-{person.id}@otro.example")
    who_wins(lambda _: tell(now), range(5), loses_with=RuntimeError)
    assert len(told()) == 6
    assert Event.objects.filter(name="identity.mail.changed").count() == 3


def test_the_job_goes_on_until_all_are_told(now: datetime, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "AT_ONCE", 1)
    for make in (people.alicia, people.carla):
        make(now).account(now)
    Person.objects.update(email=NEW)
    job(timestamp=0)
    assert len(told()) == 4


def test_a_link_that_went_to_the_old_address_leads_nowhere(account: Account, now: datetime) -> None:
    actions.recover(login=account.login, by=VISITOR, at=now)
    link = SingleUseLink.objects.get()
    assert find_link(link.id, token_for(link.id), at=now)
    Person.objects.update(email=NEW)
    assert find_link(link.id, token_for(link.id), at=now) is None
    with pytest.raises(LinkSpent):
        actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=now)


def test_whoever_just_asked_at_the_old_address_need_not_wait_for_a_link_at_the_new_one(
    account: Account, now: datetime
) -> None:
    actions.recover(login=account.login, by=VISITOR, at=now)
    Person.objects.update(email=NEW)
    actions.recover(login=account.login, by=VISITOR, at=now + timedelta(minutes=1))
    assert told() == [("recovery", NEW), ("recovery", "alicia@hospital.example")]
    link = SingleUseLink.objects.get(spent_at__isnull=True)
    assert find_link(link.id, token_for(link.id), at=now + timedelta(minutes=1))
