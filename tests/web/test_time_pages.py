"""What expires when, what has to leave Entra, who has seen the keys."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from llaves.credentials import actions
from llaves.credentials.agenda import expiring_by_week
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential, Request
from llaves.credentials.queries import credentials_of
from llaves.providers.models import Delegation
from tests import people
from tests.people import Member
from tests.web.doors import Page, text_of


@pytest.fixture
def seen(assigned: Request, alicia: Member, now: datetime) -> Request:
    """Alicia has seen the keys of production."""
    actions.reveal(credentials_of(assigned.provider).order_by("-environment__position")[0], by=alicia.actor, at=now)
    return assigned


@pytest.fixture
def at_anas(seen: Request, alicia: Member, now: datetime) -> Client:
    """Ana is delegate of the same provider, Alicia no longer."""
    from tests.web.doors import force  # noqa: PLC0415 - beside what it is for

    ana = people.colleague(alicia, now)
    yesterday = timezone.localdate() - timedelta(days=1)
    Delegation.objects.filter(person=alicia.person).update(ends_on=yesterday)
    return force(ana, now)


def test_the_delegate_reads_who_has_seen_the_keys(at_alicias: Client, seen: Request) -> None:
    page = Page(at_alicias.get(reverse("delegate:looks")))
    assert "Alicia Muñoz Paz" in page.text
    assert "Producción" in page.text
    assert "ya no es delegado" not in page.text


def test_what_a_former_delegate_saw_is_marked_and_replacing_it_is_one_click(at_anas: Client) -> None:
    page = Page(at_anas.get(reverse("delegate:looks")))
    assert "Vista por quien ya no es delegado" in page.text
    [link] = page.all("a", class_="button--small")
    assert text_of(link) == "Pedir la reposición"
    assert dict(link.attributes)["href"] == reverse("delegate:replace")
    assert at_anas.get(reverse("delegate:replace")).status_code == 200


def test_who_saw_a_credential_last_stands_beside_it(at_alicias: Client, at_betos: Client, seen: Request) -> None:
    hers = Page(at_alicias.get(reverse("delegate:keys"))).text
    assert "Vistas por última vez:" in hers
    assert hers.count("Nadie las ha visto todavía") == 2
    his = Page(at_betos.get(reverse("official:provider", args=["1900100001"])))
    cells = [text_of(cell) for cell in his.all("td", data_label="Vista por última vez")]
    assert sorted(cell.endswith("Alicia Muñoz Paz") for cell in cells) == [False, False, True]
    assert cells.count("Nadie") == 2


def test_the_official_reads_the_same_of_every_provider(at_anas: Client, at_betos: Client) -> None:
    page = Page(at_betos.get(reverse("official:provider", args=["1900100001"])))
    assert "Vista por quien ya no es delegado" in page.text


def test_of_no_provider_there_is_nothing_to_read(at_betos: Client) -> None:
    assert at_betos.get(reverse("official:provider", args=["0000000000"])).status_code == 404


def test_carla_reads_nothing_of_it(at_carlas: Client, seen: Request) -> None:
    assert "Alicia" not in at_carlas.get(reverse("delegate:looks")).content.decode()


def test_an_official_ticks_off_what_he_has_taken_out_of_entra(
    at_betos: Client, alicia: Member, beto: Member, assigned: Request, now: datetime
) -> None:
    people.assigned(people.asked(alicia, now, Kind.REPLACEMENT), beto, now, seed=2)
    page = Page(at_betos.get(reverse("official:removals")))
    old = Credential.objects.filter(request=assigned).select_related("client")
    assert all(str(one.client.client_id) in page.html for one in old)
    assert page.text.count("Ya se retiró") == 3
    address = reverse("official:tick_off", args=[old[0].id])
    assert "Quedó registrado, sin comprobar" in at_betos.post(address, follow=True).content.decode()
    assert "alguien las marcó antes" in at_betos.post(address, follow=True).content.decode()
    assert Page(at_betos.get(reverse("official:removals"))).text.count("Ya se retiró") == 2


def test_what_expires_is_counted_in_its_week_but_for_what_was_renewed(assigned: Request) -> None:
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    ids = list(Credential.objects.order_by("id").values_list("id", flat=True))
    for one, day in zip(ids, (monday + timedelta(days=6), monday + timedelta(days=7), monday), strict=True):
        Credential.objects.filter(id=one).update(expires_on=day)
    Credential.objects.filter(id=ids[2]).update(overlap_ends_on=monday)
    weeks = expiring_by_week(on=today)
    assert len(weeks) == 52
    assert [week.credentials for week in weeks[:3]] == [1, 1, 0]
    assert (weeks[0].first_day, weeks[0].last_day) == (monday, monday + timedelta(days=6))


def test_the_page_shows_52_weeks_with_their_numbers(at_betos: Client, assigned: Request) -> None:
    soon = timezone.localdate() + timedelta(days=20)
    Credential.objects.update(expires_on=soon)
    page = Page(at_betos.get(reverse("official:expiries")))
    meters = [dict(meter.attributes) for meter in page.all("meter")]
    assert len(meters) == 52
    assert sorted(int(str(meter["value"])) for meter in meters)[-2:] == [0, 3]
    assert all(meter["aria-label"] for meter in meters)


def test_pages_cost_the_same_however_much_there_is(
    at_alicias: Client, at_betos: Client, seen: Request, django_assert_max_num_queries: Any
) -> None:
    for client, page in (
        (at_alicias, reverse("delegate:keys")),
        (at_alicias, reverse("delegate:looks")),
        (at_alicias, reverse("delegate:calendar")),
        (at_betos, reverse("official:provider", args=["1900100001"])),
        (at_betos, reverse("official:removals")),
        (at_betos, reverse("official:expiries")),
    ):
        with django_assert_max_num_queries(13):
            client.get(page)


def test_a_providers_page_costs_the_same_however_many_looks_it_tells_of(
    at_betos: Client, seen: Request, alicia: Member, now: datetime, django_assert_num_queries: Any
) -> None:
    address = reverse("official:provider", args=["1900100001"])
    with CaptureQueriesContext(connection) as before:
        at_betos.get(address)
    ana = people.colleague(alicia, now)
    for credential in credentials_of(seen.provider):
        for member in (alicia, ana):
            actions.reveal(credential, by=member.actor, at=now)
    with django_assert_num_queries(len(before)):
        page = Page(at_betos.get(address))
    assert "Ana Sol Prado" in page.text
