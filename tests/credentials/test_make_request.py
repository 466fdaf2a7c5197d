"""Asking for keys: once, with everything that must be told and kept."""

from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from llaves.audit.models import Event
from llaves.credentials import requesting
from llaves.credentials.models import Request
from llaves.credentials.requesting import AlreadyRequested
from llaves.identity.models import Acceptance
from llaves.notifications.models import Notice
from llaves.providers.models import Provider
from tests import people
from tests.people import ENTERED, Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db


@pytest.fixture
def alicia(now: datetime) -> Member:
    people.beto(now).account(now)
    return people.alicia(now)


def ask(member: Member, now: datetime) -> Request:
    assert member.provider
    return requesting.make_request(
        provider=member.provider,
        entered=ENTERED,
        accepts=people.request_texts(),
        account=member.account(now),
        by=member.actor,
        at=now,
    )


def test_it_keeps_what_was_entered_under_the_manuals_label(alicia: Member, now: datetime) -> None:
    request = ask(alicia, now)
    request.refresh_from_db()
    assert request.state_label == "Token solicitados por primera vez"
    assert {name: getattr(request, name) for name in asdict(ENTERED)} == asdict(ENTERED)


def test_it_leaves_one_event_and_both_acceptances(alicia: Member, now: datetime) -> None:
    ask(alicia, now)
    event = Event.objects.get()
    assert (event.name, event.actor, event.provider) == ("credentials.request.made", alicia.login, "1900100001")
    kinds = set(Acceptance.objects.values_list("agreement__kind", flat=True))
    assert kinds == {"confidencialidad", "terminos", "datos-personales"}


def test_it_tells_the_ministry_the_lead_and_the_protection_officer(alicia: Member, now: datetime) -> None:
    ask(alicia, now)
    told = set(Notice.objects.values_list("letter", "recipient"))
    assert told == {
        ("request_received", "beto@ministerio.example"),
        ("lead_named", "lina.torres@hospital.example"),
        ("protection_officer_named", "alicia@hospital.example"),
    }


def test_the_protection_officer_is_told_at_the_providers_own_address_where_the_registry_knows_it(
    alicia: Member, now: datetime
) -> None:
    Provider.objects.update(email="gerencia@hospital.example")
    assert alicia.provider
    alicia.provider.refresh_from_db()
    ask(alicia, now)
    assert Notice.objects.get(letter="protection_officer_named").recipient == "gerencia@hospital.example"


def test_without_its_event_nothing_is_asked_and_nobody_told(alicia: Member, now: datetime, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        ask(alicia, now)
    assert not Request.objects.exists()
    assert not Acceptance.objects.exclude(agreement__kind="confidencialidad").exists()
    assert not Notice.objects.exists()


def test_a_second_request_is_refused_and_changes_nothing(alicia: Member, now: datetime) -> None:
    ask(alicia, now)
    with pytest.raises(AlreadyRequested):
        ask(alicia, now)
    assert Request.objects.count() == 1
    assert Event.objects.filter(name="credentials.request.made").count() == 1


def test_the_database_itself_refuses_a_second_open_request(alicia: Member, now: datetime) -> None:
    request = ask(alicia, now)
    request.id = uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        request.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_is_made(alicia: Member, now: datetime) -> None:
    alicia.account(now)
    assert who_wins(lambda _: ask(alicia, now), range(6), loses_with=AlreadyRequested) == [False] * 5 + [True]
    assert Request.objects.count() == 1
    assert Event.objects.filter(name="credentials.request.made").count() == 1
    assert Notice.objects.filter(letter="lead_named").count() == 1
