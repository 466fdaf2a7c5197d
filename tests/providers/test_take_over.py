"""What the live registry said counts from then on: what changed, what ended, what came back, and in which order."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.providers import confirmation
from llaves.providers.actions import import_people
from llaves.providers.answers import DelegationSaid, OrganizationSaid, PersonSaid
from llaves.providers.confirmation import ImportRuns, take_over
from llaves.providers.models import Delegation, Organization, Person, Provider
from llaves.providers.people import PersonLine
from llaves.providers.queries import find_organization, find_person, last_known, may_act_for, search_query
from tests.people import Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db
NIGHT_SHIFT = Actor(kind=ActorKind.SYSTEM, name="jobs.confirm_accounts")
LINE = PersonLine("CC", "1020304050", "Alicia Muñoz Paz", "alicia@hospital.example", "3001234567")
NIT = "890303841"
SINCE = date(2026, 1, 15)


def organization(as_of: datetime, name: str = "CLÍNICA LOS ALISOS", *, is_person: bool = False) -> OrganizationSaid:
    return OrganizationSaid(NIT, as_of, name, is_person)


def person(as_of: datetime, *delegations: DelegationSaid, line: PersonLine | None = LINE) -> PersonSaid:
    return PersonSaid(("CC", "1020304050"), as_of, line, delegations)


def hers(ends_on: date | None = None) -> DelegationSaid:
    return DelegationSaid(NIT, SINCE, ends_on)


def take(at: datetime, **said: OrganizationSaid | PersonSaid) -> list[str]:
    return take_over(**said, by=NIGHT_SHIFT, at=at)  # type: ignore[arg-type]


def may_act(now: datetime) -> bool:
    found = find_person("CC", "1020304050"), find_organization(NIT)
    return bool(found[0] and found[1] and may_act_for(found[0], found[1], on=now.date()))


def test_whom_nobody_had_heard_of_is_known_from_then_on(now: datetime) -> None:
    changes = take(now, organization=organization(now), person=person(now, hers()))
    assert changes == ["organization", "person", f"delegation {NIT} 2026-01-15 named"]
    assert may_act(now)
    known = last_known(NIT, "CC", "1020304050")
    assert (known.is_known, known.as_of) == (True, now)


def test_its_event_names_what_changed_and_no_value(alicia: Member, now: datetime) -> None:
    moved = PersonLine("CC", "1020304050", "Alicia Muñoz Paz", "nuevo@hospital.example", "")
    take(now, organization=organization(now, "CLÍNICA NUEVA"), person=person(now, line=moved))
    event = Event.objects.get()
    assert (event.name, event.actor, event.nit) == ("providers.registry.answered", NIGHT_SHIFT.name, NIT)
    begun = (now - timedelta(days=30)).date()
    changed = ["organization.name", "person.email", f"delegation {NIT} {begun} withdrawn"]
    assert event.details == {"document": "CC1020304050", "changed": changed}
    assert Person.objects.get().email == "nuevo@hospital.example"


def test_the_same_again_leaves_no_event_and_moves_only_the_moment(now: datetime) -> None:
    take(now, organization=organization(now), person=person(now, hers()))
    later = now + timedelta(days=1)
    assert take(later, organization=organization(later), person=person(later, hers())) == []
    assert Event.objects.count() == 1
    assert {Organization.objects.get().confirmed_at, Person.objects.get().confirmed_at} == {later}


def test_a_provider_is_found_by_its_organizations_new_name(alicia: Member, now: datetime) -> None:
    take(now, organization=organization(now, "CLÍNICA DEL QUINDÍO"))
    assert Provider.objects.filter(search=search_query("quindio")).exists()


def test_a_delegation_that_is_no_longer_named_ends_at_once_and_is_kept(alicia: Member, now: datetime) -> None:
    assert may_act(now)
    take(now, person=person(now))
    assert not may_act(now)
    assert Delegation.objects.get().withdrawn_at == now


def test_a_delegation_of_today_that_is_no_longer_named_ends_too(alicia: Member, now: datetime) -> None:
    Delegation.objects.update(starts_on=now.date())
    take(now, person=person(now))
    assert not may_act(now)


def test_one_that_is_named_again_counts_again(now: datetime) -> None:
    for minutes, delegations in enumerate(([hers()], [], [hers()])):
        at = now + timedelta(minutes=minutes)
        take(at, organization=organization(at), person=person(at, *delegations))
        assert may_act(at) is bool(delegations)
    assert Delegation.objects.count() == 1
    assert Event.objects.order_by("id").last().details["changed"] == [f"delegation {NIT} 2026-01-15 named again"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("ends_on", "expected"), [(date(2026, 11, 22), False), (date(2026, 11, 23), True)])
def test_it_ends_on_the_day_that_is_said(now: datetime, ends_on: date, *, expected: bool) -> None:
    take(now, organization=organization(now), person=person(now, hers()))
    assert take(now, person=person(now, hers(ends_on))) == [f"delegation {NIT} 2026-01-15 ends {ends_on}"]
    assert may_act(now) is expected


def test_a_person_of_whom_the_registry_knows_nothing_any_more_may_do_nothing(alicia: Member, now: datetime) -> None:
    changes = take(now, person=person(now, line=None))
    assert changes[0] == "person withdrawn"
    assert find_person("CC", "1020304050") is None
    assert not may_act(now)
    Delegation.objects.update(withdrawn_at=None)  # as a file might bring one
    assert not may_act_for(alicia.person, alicia.organization, on=now.date())


def test_an_independent_professional_stops_with_the_person_or_the_organization(now: datetime) -> None:
    def said(**changes: object) -> dict[str, object]:
        own = OrganizationSaid("1020304050", now, "ALICIA MUÑOZ PAZ", is_natural_person=True)
        return {"organization": own, "person": person(now), **changes}

    def may_act() -> bool:
        return may_act_for(Person.objects.get(), Organization.objects.get(), on=now.date())

    take(now, **said())  # type: ignore[arg-type]
    assert may_act()
    take(now, **said(organization=OrganizationSaid("1020304050", now)))  # type: ignore[arg-type]
    assert not may_act()
    take(now, **said(person=person(now, line=None)))  # type: ignore[arg-type]
    assert not may_act()
    take(now, **said())  # type: ignore[arg-type]
    assert may_act()


def test_a_delegation_by_an_organization_that_nobody_knows_is_passed_over(alicia: Member, now: datetime) -> None:
    take(now, person=person(now, DelegationSaid("900111222", SINCE, None)))
    assert not Delegation.objects.filter(starts_on=SINCE).exists()


def test_nobody_unknown_is_written_down_as_unknown(now: datetime) -> None:
    assert take(now, organization=OrganizationSaid(NIT, now), person=person(now, line=None)) == []
    assert not Person.objects.exists()
    assert not Organization.objects.exists()


def test_an_older_answer_undoes_nothing(now: datetime) -> None:
    take(now, organization=organization(now), person=person(now))
    older = now - timedelta(seconds=1)
    assert take(now, organization=organization(older, "VIEJA"), person=person(older, hers())) == []
    assert not may_act(now)
    assert Organization.objects.get().name == "CLÍNICA LOS ALISOS"


@pytest.mark.usefixtures("broken_trail")
def test_nothing_is_written_when_the_event_cannot_be(now: datetime) -> None:
    with pytest.raises(RuntimeError, match="trail"):
        take(now, organization=organization(now), person=person(now, hers()))
    assert not Person.objects.exists()
    assert not Organization.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [False, True])
def test_of_two_at_once_the_newer_answer_counts_whichever_comes_first(now: datetime, *, is_known: bool) -> None:
    if is_known:
        take(now, organization=organization(now), person=person(now, hers()))
    moments = [now + timedelta(seconds=number) for number in range(6)]

    def attempt(at: datetime) -> None:
        delegations = () if at == moments[-1] else (hers(),)
        take(now, organization=organization(at, f"CLÍNICA {at:%S}"), person=person(at, *delegations))

    assert who_wins(attempt, moments, loses_with=KeyError) == [True] * 6
    assert Organization.objects.get().name == "CLÍNICA 05"
    assert Organization.objects.get().confirmed_at == moments[-1]
    assert not may_act(now)


@pytest.mark.django_db(transaction=True)
def test_while_a_long_import_runs_an_answer_is_not_waited_with(now: datetime) -> None:
    runs, ends = threading.Event(), threading.Event()

    def long_import() -> None:
        def lines() -> Iterator[PersonLine]:
            runs.set()
            ends.wait(60)
            yield LINE

        import_people(lines=lines(), origin=Invention(), by=NIGHT_SHIFT, at=now)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        importing = pool.submit(long_import)
        assert runs.wait(60)
        try:
            with pytest.raises(ImportRuns):
                take(now, organization=organization(now))
        finally:
            ends.set()
        importing.result()
    assert Person.objects.count() == 1
    assert not Organization.objects.exists()


class Invention:
    name, sha256 = "personas.csv", ""
    read = refused = 0


@pytest.mark.django_db(transaction=True)
def test_an_import_at_the_same_moment_waits_and_neither_hangs(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = confirmation.APART_FROM_IMPORTS.replace("2s", "60s")  # behind four imports, on a busy machine
    monkeypatch.setattr(confirmation, "APART_FROM_IMPORTS", patient)
    take(now, organization=organization(now), person=person(now, hers()))
    connection.close()

    def lines() -> Iterator[PersonLine]:
        yield PersonLine("CC", "1020304050", "De archivo", "archivo@hospital.example", "")

    def attempt(number: int) -> None:
        if number % 2:
            import_people(lines=lines(), origin=Invention(), by=NIGHT_SHIFT, at=now)
        else:
            at = now + timedelta(seconds=number)
            take(at, organization=organization(at, f"C {number}"), person=person(at, hers()))

    assert who_wins(attempt, range(8), loses_with=KeyError) == [True] * 8
