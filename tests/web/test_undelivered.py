"""«Avisos no entregados»: where officials and delegates see what did not arrive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from llaves.credentials import requesting
from llaves.credentials.models import Request
from llaves.notifications.models import Notice
from llaves.notifications.queries import undelivered
from tests import people
from tests.people import Member
from tests.web.doors import Page, everything, text_of, walk
from tests.web.test_pending import GOOD_ID, following

LIST = "/funcionario/avisos/"


def notice(at: datetime, **values: object) -> Notice:
    told = {
        "letter": "activation",
        "recipient": "alicia@hospital.example",
        "about": {"name": "Alicia", "login": "CC1-2", "link_id": GOOD_ID, "link_page": "public:activate"},
        "posted_at": at,
    }
    return Notice.objects.create(**{**told, **values})


def refused(at: datetime, **values: object) -> Notice:
    return notice(at, **{"sent_at": at, "refused_at": at, "refusal": "no_mailbox", **values})


@pytest.fixture
def many(now: datetime) -> list[Notice]:
    """Sixty; many posted in the same instant."""
    return Notice.objects.bulk_create(
        Notice(
            id=UUID(int=(number * 7919) % 60),
            letter="activation",
            recipient="a@b.example",
            about={"login": f"CC{number:03}"},
            posted_at=now - timedelta(hours=2 + number // 40),
            **({"refused_at": now, "refusal": "other"} if number % 2 else {}),
        )
        for number in range(60)
    )


def cells(client: Client, label: str, address: str = LIST) -> list[str]:
    page = Page(client.get(address))
    return [text_of(cell) for cell in page.all("td") if dict(cell.attributes).get("data-label") == label]


def rows(client: Client) -> list[list[str]]:
    page = Page(client.get(LIST))
    return [[text_of(cell) for cell in walk(row) if cell.name == "td"] for row in page.all("tr")][1:]


def test_a_refused_letter_is_shown_with_why_and_what_to_do(at_betos: Client) -> None:
    refused(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    ((posted, letter, recipient, happened, advice),) = rows(at_betos)
    assert posted == "02/03/2026 10:00"
    assert letter == "Activación de usuario: CC1-2"
    assert recipient == "a•••@hospital.example"
    assert happened == "No entregado 02/03/2026 10:00. El buzón no existe o está cerrado."
    assert advice == "Pida a la persona o a su entidad que corrija el correo."


def test_a_letter_that_waits_is_shown_after_an_hour_with_its_age(at_betos: Client, now: datetime) -> None:
    notice(now - timedelta(minutes=59))
    notice(now - timedelta(days=2), sent_at=now)
    assert "No hay avisos sin entregar." in Page(at_betos.get(LIST)).text
    notice(now - timedelta(hours=3, minutes=20))
    ((happened),) = cells(at_betos, "Qué pasó")
    assert happened == "En espera Esperando al servidor de correo desde hace 3 horas."


def test_nobodys_address_and_nothing_of_the_letter_is_shown(at_betos: Client, now: datetime) -> None:
    refused(now)
    html = Page(at_betos.get(LIST)).html
    assert "alicia@" not in html
    assert GOOD_ID not in html


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "{{ 7|add:7 }}"])
def test_what_it_is_about_stays_text(at_betos: Client, now: datetime, name: str) -> None:
    refused(now, letter="lead_named", about={"provider": name})
    assert cells(at_betos, "Aviso") == [f"Líder técnico: {name}"]


def test_the_pages_hold_each_once_and_the_newest_first(at_betos: Client, many: list[Notice]) -> None:
    pages, address = [], LIST
    while address:
        pages.append([text.partition(": ")[2] for text in cells(at_betos, "Aviso", address)])
        address = following(at_betos, address)
        assert len(pages) < 10
    assert [len(page) for page in pages] == [25, 25, 10]
    in_order = sorted(many, key=lambda letter: (letter.posted_at, letter.id), reverse=True)
    assert [login for page in pages for login in page] == [letter.about["login"] for letter in in_order]


@pytest.mark.parametrize(
    "place",
    [
        f"desde=ayer&tras={GOOD_ID}",
        "desde=2026-11-01T00:00:00Z&tras=1",
        f"desde=%00&tras={GOOD_ID}",
        f"desde={quote('0001-01-01T00:00:00')}&tras={GOOD_ID}",
    ],
)
def test_an_address_that_was_tampered_with_begins_at_the_start(
    at_betos: Client, many: list[Notice], place: str
) -> None:
    before = everything()
    assert cells(at_betos, "Aviso", f"{LIST}?{place}") == cells(at_betos, "Aviso")
    assert everything() == before


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_place_at_the_end_of_time_is_no_fault(at_betos: Client, many: list[Notice], moment: str) -> None:
    assert at_betos.get(f"{LIST}?desde={quote(moment)}&tras={GOOD_ID}").status_code == 200


@pytest.mark.parametrize("page", ["undelivered", "start"])
def test_sixty_cost_as_many_queries_as_one(at_betos: Client, many: list[Notice], page: str) -> None:
    address = reverse(f"official:{page}")
    with CaptureQueriesContext(connection) as sixty:
        at_betos.get(address)
    Notice.objects.exclude(id=many[0].id).delete()
    with CaptureQueriesContext(connection) as one:
        at_betos.get(address)
    assert len(sixty) == len(one) <= 12


def test_the_list_reads_its_index_and_not_the_letters_that_arrived(now: datetime) -> None:
    Notice.objects.bulk_create(
        Notice(letter="activation", recipient="a@b.example", about={}, posted_at=now, sent_at=now) for _ in range(3000)
    )
    refused(now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_notice")
    with CaptureQueriesContext(connection) as asked:
        undelivered(at=now)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "notice_undelivered" in plan


def test_the_start_page_counts_what_did_not_arrive_lately(at_betos: Client, now: datetime) -> None:
    address = reverse("official:start")
    refused(now - timedelta(days=40))
    assert "se han entregado" not in Page(at_betos.get(address)).text
    refused(now)
    assert "Un aviso no se ha entregado en los últimos 30 días" in Page(at_betos.get(address)).text
    notice(now - timedelta(hours=2))
    assert "2 avisos no se han entregado en los últimos 30 días" in Page(at_betos.get(address)).text


def leads(asked: Request) -> Notice:
    return Notice.objects.get(letter="lead_named", regarding=asked.id)


def test_the_delegate_is_told_that_the_lead_was_not_reached(
    at_alicias: Client, at_carlas: Client, waiting: Request, now: datetime
) -> None:
    address, told = reverse("delegate:keys"), "No se pudo entregar el aviso a lina.torres@hospital.example"
    assert told not in Page(at_alicias.get(address)).text
    Notice.objects.filter(id=leads(waiting).id).update(refused_at=now, refusal="no_mailbox")
    text = Page(at_alicias.get(address)).text
    assert f"{told}: revise el correo" in text
    assert "El buzón no existe o está cerrado." in text
    assert "lina.torres" not in Page(at_carlas.get(address, follow=True)).text


def test_a_lead_whose_mended_address_was_reached_is_told_of_no_more(
    at_alicias: Client, alicia: Member, beto: Member, waiting: Request, now: datetime
) -> None:
    Notice.objects.filter(id=leads(waiting).id).update(refused_at=now, refusal="no_mailbox")
    people.returned(waiting, beto, now)
    later = now + timedelta(minutes=5)
    requesting.mend(
        request_id=waiting.id,
        entered=replace(people.ENTERED, lead_email="otro@hospital.example"),
        accepts=people.request_texts(),
        account=alicia.account(now),
        by=alicia.actor,
        at=later,
    )
    address = reverse("delegate:keys")
    assert "No se pudo entregar" not in Page(at_alicias.get(address)).text
    Notice.objects.filter(recipient="otro@hospital.example").update(refused_at=later, refusal="no_mailbox")
    assert "No se pudo entregar el aviso a otro@hospital.example" in Page(at_alicias.get(address)).text


def test_the_delegate_is_not_told_of_other_letters(at_alicias: Client, waiting: Request, now: datetime) -> None:
    Notice.objects.exclude(letter="lead_named").update(refused_at=now, refusal="other", regarding=waiting.id)
    assert "No se pudo entregar" not in Page(at_alicias.get(reverse("delegate:keys"))).text
