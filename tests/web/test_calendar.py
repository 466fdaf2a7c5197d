"""The private calendar address: who makes it, what it tells, when it leads nowhere."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar as Parsed
from pytest_django import Settings

from llaves.audit.models import Event
from llaves.credentials import addresses, calendars
from llaves.credentials.models import Calendar, Credential, Request
from llaves.identity.models import Account
from llaves.providers.models import Delegation, Provider
from tests import people
from tests.people import Member
from tests.races import who_wins
from tests.web.doors import Page, everything, text_of


def make(client: Client) -> str:
    client.post(reverse("delegate:calendar"), {"do": "make"})
    return shown(client)


def shown(client: Client) -> str:
    found = Page(client.get(reverse("delegate:calendar"))).all(id="calendar-address")
    return text_of(found[0]) if found else ""


def path(address: str) -> str:
    return address.removeprefix("http://localhost:8000")


def test_it_tells_the_last_day_of_each_environment_and_no_more(
    at_alicias: Client, visitor: Client, assigned: Request
) -> None:
    answer = visitor.get(path(make(at_alicias)))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    events = Parsed.from_ical(answer.content).walk("VEVENT")
    credentials = Credential.objects.filter(request=assigned)
    assert {event["UID"] for event in events} == {f"{one.id}@llaves-ihce" for one in credentials}
    assert {event["DTSTART"].dt for event in events} == set(credentials.values_list("expires_on", flat=True))
    text = answer.content.decode()
    pairs = people.pairs(timezone.localdate()).values()
    for secret in [value for pair in pairs for value in (pair.client_id, pair.client_secret, pair.subscription_key)]:
        assert str(secret) not in text
    assert "Alicia" not in text


def test_what_was_revoked_is_no_longer_in_it_and_what_overlaps_ends_earlier(
    at_alicias: Client, visitor: Client, assigned: Request, now: datetime
) -> None:
    address = path(make(at_alicias))
    first, second, _ = Credential.objects.filter(request=assigned).order_by("id")
    Credential.objects.filter(id=first.id).update(standing="vencida", ended_at=now)
    soon = timezone.localdate() + timedelta(days=9)
    Credential.objects.filter(id=second.id).update(overlap_ends_on=soon)
    days = {
        event["UID"]: event["DTSTART"].dt for event in Parsed.from_ical(visitor.get(address).content).walk("VEVENT")
    }
    assert f"{first.id}@llaves-ihce" not in days
    assert days[f"{second.id}@llaves-ihce"] == soon


def test_looking_at_the_page_makes_nothing(at_alicias: Client) -> None:
    assert shown(at_alicias) == ""
    assert not Calendar.objects.exists()


def test_made_anew_the_old_one_leads_nowhere(at_alicias: Client, visitor: Client) -> None:
    old, new = path(make(at_alicias)), path(make(at_alicias))
    assert (visitor.get(old).status_code, visitor.get(new).status_code) == (404, 200)
    assert Event.objects.filter(name="credentials.calendar.made").count() == 2


def test_revoked_it_leads_nowhere_and_the_page_shows_none(at_alicias: Client, visitor: Client) -> None:
    address = path(make(at_alicias))
    for _ in range(2):
        at_alicias.post(reverse("delegate:calendar"), {"do": "revoke"})
    assert visitor.get(address).status_code == 404
    assert shown(at_alicias) == ""
    assert Event.objects.filter(name="credentials.calendar.revoked").count() == 1


def test_a_colleague_keeps_her_own(at_alicias: Client, visitor: Client, alicia: Member, now: datetime) -> None:
    ana = people.colleague(alicia, now)
    assert alicia.provider
    hers = calendars.make(provider=alicia.provider, account=ana.account(now), by=ana.actor, at=now)
    at_alicias.post(reverse("delegate:calendar"), {"do": "make"})
    at_alicias.post(reverse("delegate:calendar"), {"do": "revoke"})
    address = reverse("public:calendar", args=[hers.id, addresses.token_for(hers.id)])
    assert visitor.get(address).status_code == 200


@pytest.mark.parametrize("end", ["delegation", "suspension", "other organization", "disabled"])
def test_it_ends_with_its_owners_right_to_see_it(
    at_alicias: Client, visitor: Client, alicia: Member, carla: Member, now: datetime, end: str
) -> None:
    address = path(make(at_alicias))
    if end == "delegation":
        yesterday = timezone.localdate() - timedelta(days=1)
        Delegation.objects.filter(person=alicia.person).update(ends_on=yesterday)
    elif end == "suspension":
        Account.objects.filter(login=alicia.login).update(suspended_at=now)
    elif end == "other organization":
        Provider.objects.filter(id=alicia.provider.id).update(organization=carla.organization)  # type: ignore[union-attr]
    else:
        Provider.objects.filter(id=alicia.provider.id).update(is_enabled=False)  # type: ignore[union-attr]
    assert visitor.get(address).status_code == 404


def test_a_guessed_address_leads_nowhere(at_alicias: Client, visitor: Client) -> None:
    make(at_alicias)
    calendar = Calendar.objects.get()
    for calendar_id, token in (
        (calendar.id, "0" * 64),
        (calendar.id, addresses.token_for(UUID(int=7))),
        (UUID(int=7), addresses.token_for(UUID(int=7))),
        (calendar.id, "ñ"),
    ):
        assert visitor.get(reverse("public:calendar", args=[calendar_id, token])).status_code == 404


def test_nothing_that_is_stored_gives_the_address_away(at_alicias: Client) -> None:
    token = path(make(at_alicias)).rpartition("/")[2].removesuffix(".ics")
    rows = [*Calendar.objects.values(), *Event.objects.values()]
    assert token not in str(rows)


@pytest.mark.usefixtures("unhurried")
def test_asking_too_often_is_refused_for_a_while(at_alicias: Client, visitor: Client, settings: Settings) -> None:
    address = path(make(at_alicias))
    cache.clear()
    answers = [visitor.get(address).status_code for _ in range(31)]
    assert set(answers[:30]) == {200}
    assert answers[30] == 429


def test_without_its_event_there_is_no_address(at_alicias: Client, alicia: Member, broken_trail: None) -> None:
    before = everything()
    with pytest.raises(RuntimeError):
        at_alicias.post(reverse("delegate:calendar"), {"do": "make"})
    assert everything() == before


def test_without_its_event_no_address_is_revoked(at_alicias: Client, request: pytest.FixtureRequest) -> None:
    make(at_alicias)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError):
        at_alicias.post(reverse("delegate:calendar"), {"do": "revoke"})
    assert Calendar.objects.filter(revoked_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_of_several_made_at_once_one_is_left(alicia: Member, now: datetime) -> None:
    account = alicia.account(now)

    def attempt(at: datetime) -> None:
        assert alicia.provider
        calendars.make(provider=alicia.provider, account=account, by=alicia.actor, at=at)

    assert who_wins(attempt, [now] * 4, loses_with=ZeroDivisionError) == [True] * 4
    assert Calendar.objects.filter(revoked_at=None).count() == 1
