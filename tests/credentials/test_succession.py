"""Who has seen which secret, and what follows when he may not act for the provider any more."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.credentials import actions, succession
from llaves.credentials.ledger import ledger_of, seen_by
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential, Departure
from llaves.credentials.queries import credentials_of
from llaves.identity.models import Account
from llaves.identity.queries import is_standing, standing
from llaves.notifications.models import Notice
from llaves.providers.models import Delegation, Organization, Person
from tests import people
from tests.people import Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db
JOB = Actor(kind=ActorKind.SYSTEM, name="test")


class Town:
    """Alicia's provider has keys; Ana is its other delegate, Beto and Berta are officials."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.alicia, self.beto = people.alicia(now), people.beto(now)
        self.ana = people.colleague(self.alicia, now)
        assert self.alicia.provider
        self.provider = self.alicia.provider
        people.assigned(people.asked(self.alicia, now), self.beto, now)
        Notice.objects.all().delete()

    @property
    def credentials(self) -> list[Credential]:
        return list(credentials_of(self.provider).order_by("environment__position", "-assigned_at"))

    def look(self, member: Member, number: int = 2, hours: int = 0) -> None:
        actions.reveal(self.credentials[number], by=member.actor, at=self.now + timedelta(hours=hours))

    def run(self, days: int = 1) -> None:
        at = self.now + timedelta(days=days)
        for step in (succession.notice_returns, succession.notice_departures, succession.tell_successors):
            while step(by=JOB, at=at):
                pass

    def marked(self, days: int = 1) -> set[tuple[str, str]]:
        looks = ledger_of(self.provider, self.credentials, at=self.now + timedelta(days=days))
        return {(look.name, look.credential.environment.code) for look in looks if look.is_marked}


@pytest.fixture
def town(now: datetime) -> Town:
    return Town(now)


def told(letter: str) -> list[str]:
    letters = Notice.objects.filter(letter=letter).order_by("posted_at", "recipient")
    return [notice.recipient.partition("@")[0] for notice in letters]


def its_last_day_passes(town: Town) -> None:
    Delegation.objects.filter(person=town.alicia.person).update(ends_on=town.now.date())


def the_registry_withdraws_it(town: Town) -> None:
    Delegation.objects.filter(person=town.alicia.person).update(withdrawn_at=town.now)


def the_registry_withdraws_her(town: Town) -> None:
    Person.objects.filter(id=town.alicia.person.id).update(withdrawn_at=town.now)


def she_is_suspended(town: Town) -> None:
    Account.objects.filter(login=town.alicia.login).update(suspended_at=town.now)


WAYS = [its_last_day_passes, the_registry_withdraws_it, the_registry_withdraws_her, she_is_suspended]


# The ledger


def test_it_names_who_has_seen_what_and_when(town: Town) -> None:
    town.look(town.alicia)
    town.look(town.alicia, hours=3)
    town.look(town.ana, number=0, hours=1)
    looks = {look.login: look for look in ledger_of(town.provider, town.credentials, at=town.now)}
    alicias = looks[town.alicia.login]
    assert (alicias.name, alicias.credential.environment.code) == ("Alicia Muñoz Paz", "produccion")
    assert (alicias.times, alicias.first_at, alicias.last_at) == (2, town.now, town.now + timedelta(hours=3))
    assert (looks[town.ana.login].credential.environment.code, looks[town.ana.login].times) == ("desarrollo", 1)
    assert not any(look.has_left for look in looks.values())


def test_assigning_is_no_look_and_another_providers_looks_are_not_in_it(town: Town) -> None:
    carla = people.carla(town.now)
    people.assigned(people.asked(carla, town.now), town.beto, town.now, seed=5)
    assert carla.provider
    actions.reveal(credentials_of(carla.provider)[0], by=carla.actor, at=town.now)
    assert ledger_of(town.provider, town.credentials, at=town.now) == []
    assert len(ledger_of(carla.provider, credentials_of(carla.provider), at=town.now)) == 1


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(looks=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 99)), max_size=12))
def test_what_it_says_is_what_the_events_say(town: Town, looks: list[tuple[int, int, int]]) -> None:
    """Counted once more, from the events of client secrets alone."""
    savepoint = transaction.savepoint()
    for who, number, hours in looks:
        town.look((town.alicia, town.ana)[who], number=number, hours=hours)
    moments = defaultdict(set)
    for event in Event.objects.filter(name="vault.secret.opened"):
        if event.details["content"] == "client_secret":
            moments[event.actor, event.details["credential"]].add(event.at)
    expected = {(*key, min(ats), max(ats), len(ats)) for key, ats in moments.items()}
    found = ledger_of(town.provider, town.credentials, at=town.now)
    as_told = [(one.login, str(one.credential.id), one.first_at, one.last_at, one.times) for one in found]
    assert set(as_told) == expected
    assert len(as_told) == len(expected)
    assert all(first.last_at <= second.last_at for first, second in pairwise(found))
    by_person = [one for who in (town.alicia, town.ana) for one in seen_by(who.account(town.now), at=town.now)]
    assert sorted(str(one) for one in by_person) == sorted(str(one) for one in found)
    transaction.savepoint_rollback(savepoint)


def test_it_costs_the_same_however_much_was_seen(town: Town, django_assert_num_queries: Callable[..., object]) -> None:
    town.look(town.alicia)
    with django_assert_num_queries(3):
        ledger_of(town.provider, town.credentials, at=town.now)
    for number in range(3):
        town.look(town.ana, number=number)
    with django_assert_num_queries(3):
        ledger_of(town.provider, town.credentials, at=town.now)


# Leaving


@pytest.mark.parametrize("way", WAYS)
def test_however_a_delegation_ends_what_she_saw_is_marked_and_told_once(
    town: Town, way: Callable[[Town], None]
) -> None:
    town.look(town.alicia)
    way(town)
    town.run()
    town.run()
    town.run(days=9)
    assert town.marked() == {("Alicia Muñoz Paz", "produccion")}
    assert told("seen_by_former") == ["ana"]
    assert told("seen_by_former_officials") == ["beto"]
    about = Notice.objects.get(letter="seen_by_former").about
    assert (about["former"], about["environments"]) == ("Alicia Muñoz Paz", "Producción")


def test_it_leaves_an_event_of_the_departure_and_one_of_the_telling(town: Town) -> None:
    town.look(town.alicia)
    she_is_suspended(town)
    town.run()
    left = Event.objects.get(name="credentials.delegate.left")
    assert (left.nit, left.details["login"]) == ("890303841", town.alicia.login)
    assert left.details["credentials"] == [str(town.credentials[2].id)]
    assert Event.objects.get(name="credentials.succession.told").details["credentials"] == 1


def test_who_is_still_delegate_by_another_delegation_is_not_marked(town: Town) -> None:
    town.look(town.alicia)
    yesterday = town.now.date() - timedelta(days=1)
    Delegation.objects.create(person=town.alicia.person, organization=town.alicia.organization, starts_on=yesterday)
    its_first = Delegation.objects.filter(person=town.alicia.person).earliest("starts_on")
    Delegation.objects.filter(id=its_first.id).update(ends_on=yesterday)
    town.run()
    assert town.marked() == set()
    assert not Departure.objects.exists()


def test_a_delegation_of_another_organization_does_not_help(town: Town) -> None:
    town.look(town.alicia)
    elsewhere = people.carla(town.now).organization
    Delegation.objects.create(person=town.alicia.person, organization=elsewhere, starts_on=town.now.date())
    its_last_day_passes_here = Delegation.objects.filter(organization=town.alicia.organization)
    its_last_day_passes_here.filter(person=town.alicia.person).update(ends_on=town.now.date())
    town.run()
    assert town.marked() == {("Alicia Muñoz Paz", "produccion")}


def test_who_saw_nothing_leaves_quietly(town: Town) -> None:
    town.look(town.ana)
    its_last_day_passes(town)
    town.run()
    assert not Departure.objects.exists()
    assert told("seen_by_former") == told("seen_by_former_officials") == []


def test_what_is_good_for_nothing_any_more_is_not_told_of(town: Town) -> None:
    town.look(town.alicia)
    people.assigned(people.asked(town.ana, town.now, Kind.REPLACEMENT), town.beto, town.now, seed=2)
    its_last_day_passes(town)
    town.run()
    assert town.marked() == set()
    assert told("seen_by_former") == told("seen_by_former_officials") == []


def test_once_replaced_the_mark_is_gone(town: Town) -> None:
    town.look(town.alicia)
    its_last_day_passes(town)
    town.run()
    later = town.now + timedelta(days=1)
    people.assigned(people.asked(town.ana, later, Kind.REPLACEMENT), town.beto, later, seed=2)
    assert town.marked() == set()


def test_where_nobody_is_delegate_the_next_one_is_told(town: Town) -> None:
    town.look(town.alicia)
    Delegation.objects.filter(organization=town.provider.organization).update(ends_on=town.now.date())
    town.run()
    assert told("seen_by_former_officials") == ["beto"]
    assert told("seen_by_former") == []
    people.colleague(town.alicia, town.now, number="52444777", name="Nora Díaz")
    town.run(days=2)
    town.run(days=3)
    assert told("seen_by_former") == ["nora"]


def test_who_comes_back_is_marked_no_more_and_told_of_anew_when_she_leaves_again(town: Town) -> None:
    town.look(town.alicia)
    for leaves in (True, False, True):
        Account.objects.filter(login=town.alicia.login).update(suspended_at=town.now if leaves else None)
        town.run()
        assert bool(town.marked()) is leaves
    assert told("seen_by_former") == ["ana", "ana"]
    assert Departure.objects.count() == 2
    assert Event.objects.filter(name="credentials.delegate.returned").count() == 1


@pytest.mark.parametrize("step", [succession.notice_departures, succession.tell_successors, succession.notice_returns])
def test_without_its_event_nothing_is_remembered_and_nobody_told(
    town: Town, step: Callable[..., int], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    town.look(town.alicia)
    she_is_suspended(town)
    if step is not succession.notice_departures:
        succession.notice_departures(by=JOB, at=town.now)
    if step is succession.notice_returns:
        Account.objects.update(suspended_at=None)
    before = list(Departure.objects.values()), Notice.objects.count()
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError), transaction.atomic():
        step(by=JOB, at=town.now)
    assert (list(Departure.objects.values()), Notice.objects.count()) == before


def test_the_condition_on_many_accounts_says_what_is_said_of_one(town: Town) -> None:
    """Delegates, officials, an independent professional, and everything that can end."""
    person = Person.objects.create(document_type="CC", document_number="52999888", name="Sara", email="s@b.co")
    practice = Organization.objects.create(nit="52999888", name="SARA", is_natural_person=True)
    Member(person, practice, None, town.alicia.role).account(town.now)
    foreigner = Person.objects.create(document_type="CE", document_number="52999888", name="Otto", email="o@b.co")
    Member(foreigner, practice, None, town.alicia.role).account(town.now)
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: Person.objects.filter(id=person.id).update(withdrawn_at=town.now),
        lambda: Person.objects.update(withdrawn_at=None),
        lambda: Organization.objects.filter(id=practice.id).update(withdrawn_at=town.now),
        lambda: Organization.objects.update(withdrawn_at=None),
        lambda: its_last_day_passes(town),
        lambda: Account.objects.filter(person=person).update(suspended_at=town.now),
        lambda: Account.objects.filter(person=person).update(suspended_at=None, activated_at=None),
    ]
    for change in changes:
        change()
        for at in (town.now, town.now + timedelta(days=1)):
            accounts = Account.objects.select_related("person", "organization")
            one_by_one = {account.login for account in accounts if is_standing(account, at=at)}
            assert set(Account.objects.filter(standing(at)).values_list("login", flat=True)) == one_by_one
    assert timezone.localdate(town.now) == town.now.date()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(town: Town) -> None:
    town.look(town.alicia)
    she_is_suspended(town)
    assert who_wins(town.run, [1] * 4, loses_with=ZeroDivisionError) == [True] * 4
    assert told("seen_by_former") == ["ana"]
    assert told("seen_by_former_officials") == ["beto"]
    assert Departure.objects.count() == 1
