"""Generar llaves de acceso: who waits (imagen 17), oldest first, in pages, and found again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from llaves.credentials.generation import Stage
from llaves.credentials.models import EntraApplication, Environment, Generation, GenerationRun, Request
from llaves.providers.models import Organization, Provider
from llaves.providers.queries import words
from llaves.vault import actions as vault
from llaves.vault.envelope import Binding
from tests.people import OPERATOR, Member
from tests.web.doors import Page, everything, text_of, walk

LIST = "/funcionario/generar-llaves/"
NAMES = ("CLÍNICA SAN JOSÉ", "E.S.E. HOSPITAL ÑUÑOA", "IPS CORAZÓN DE MARÍA", "LABORATORIO PÉREZ & CÍA")


@pytest.fixture
def crowd(alicia: Member, now: datetime) -> list[Request]:
    """Sixty that wait; many asked in the same instant, as after an import."""
    asker = alicia.account(now)
    entity = Organization.objects.create(nit="899999063", name="UNIÓN DE PRESTADORES")
    providers = Provider.objects.bulk_create(
        Provider(
            code=f"05001{number:05}",
            organization=entity,
            name=f"{NAMES[number % len(NAMES)]} {number}",
            provider_class=1,
            department="Antioquia",
            municipality="MEDELLÍN",
            updated_at=now,
            search_words=" ".join(words(f"05001{number:05} {entity.nit} {NAMES[number % len(NAMES)]} {number}")),
        )
        for number in range(60)
    )
    return Request.objects.bulk_create(
        Request(
            id=UUID(int=(number * 7919) % 60),
            provider=provider,
            kind="por primera vez",
            state="solicitado",
            requested_at=now - timedelta(days=number // 40),
            requested_by=asker,
        )
        for number, provider in enumerate(providers)
    )


def shown(client: Client, address: str) -> list[str]:
    """The codes on one page of the list, in their order."""
    page = Page(client.get(address))
    return [text_of(cell)[:10] for cell in page.all("td") if dict(cell.attributes).get("data-label") == "Entidad"]


def following(client: Client, address: str) -> str:
    links = [dict(link.attributes) for link in Page(client.get(address)).all("a", rel="next")]
    return f"{links[0]['href']}" if links else ""


def walked(client: Client, address: str) -> list[list[str]]:
    pages = []
    while address:
        pages.append(shown(client, address))
        address = following(client, address)
        assert len(pages) < 10
    return pages


def searched(client: Client, text: str) -> set[str]:
    return {code for page in walked(client, f"{LIST}?q={quote(text)}") for code in page}


def test_the_list_is_the_manuals(at_betos: Client, waiting: Request) -> None:
    page = Page(at_betos.get(LIST))
    row = [text_of(cell) for cell in page.all("td")]
    assert row[1:] == [
        "1900100001 - CLÍNICA LOS ALISOS : Cauca-POPAYÁN",
        "890303841-8",
        "Token solicitados por primera vez",
        "0 días hábiles",
        "Ingresar Info de CLÍNICA LOS ALISOS",
    ]
    (form,) = [form for form in walk(page.one("table")) if form.name == "form"]
    assert dict(form.attributes)["action"] == reverse("official:claim", args=[waiting.id])


def test_what_was_assigned_waits_no_longer(at_betos: Client, assigned: Request) -> None:
    assert shown(at_betos, LIST) == []
    assert "No hay solicitudes pendientes" in Page(at_betos.get(LIST)).text


def test_the_pages_hold_everybody_once_and_the_oldest_first(at_betos: Client, crowd: list[Request]) -> None:
    pages = walked(at_betos, LIST)
    assert [len(page) for page in pages] == [25, 25, 10]
    in_order = sorted(crowd, key=lambda request: (request.requested_at, request.id))
    assert [code for page in pages for code in page] == [request.provider.code for request in in_order]


def test_one_attended_meanwhile_moves_nobody_else_to_another_page(at_betos: Client, crowd: list[Request]) -> None:
    first, address = shown(at_betos, LIST), following(at_betos, LIST)
    second = shown(at_betos, address)
    Request.objects.filter(provider__code=first[24]).delete()
    assert shown(at_betos, address) == second


def test_pages_of_a_search_stay_within_it(at_betos: Client, crowd: list[Request]) -> None:
    pages = walked(at_betos, f"{LIST}?q=05001")
    assert [len(page) for page in pages] == [25, 25, 10]
    assert len({code for page in pages for code in page}) == 60


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0500100007", {7}),
        ("  0500100007  ", {7}),
        ("899999063", set(range(60))),
        ("8999990", set(range(60))),
        ("san jose", set(range(0, 60, 4))),
        ("SAN JOSÉ", set(range(0, 60, 4))),
        ("jos cli", set(range(0, 60, 4))),
        ("nunoa", set(range(1, 60, 4))),
        ("ñuñoa", set(range(1, 60, 4))),
        ("corazon maria 2", {2, 22, 26}),
        ("pérez & cía", set(range(3, 60, 4))),
        ("josé jose José", set(range(0, 60, 4))),
        ("no hay tal", set()),
        ("ose", set()),
    ],
)
def test_a_search_finds_by_code_nit_and_name(
    at_betos: Client, crowd: list[Request], text: str, numbers: set[int]
) -> None:
    assert searched(at_betos, text) == {f"05001{number:05}" for number in numbers}


OPERATORS = ["& | !", ":*", "a:*", "a & ", "!a", "(a", "a)", "a <-> b", "a:b:c", "*", "%", "_", "'", '"', "''", "\\"]
INVISIBLE = ["\0", "a\0b", "\u202e", "\n\r\t", "\ud83d", "ÿ", "😀", "a " * 40, "x" * 10_000]
NONSENSE = [*OPERATORS, *INVISIBLE, "'; DROP TABLE audit_event; --", "<script>", "{{7*7}}"]


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: ascii(text[:12]))
def test_no_search_is_a_fault(at_betos: Client, crowd: list[Request], text: str) -> None:
    answer = at_betos.get(f"{LIST}?q={quote(text.encode('utf-8', 'surrogatepass'))}")
    assert answer.status_code == 200
    assert "<script>" not in Page(answer).html


def test_a_search_that_finds_nobody_says_what_to_do(at_betos: Client, crowd: list[Request]) -> None:
    answer = at_betos.get(f"{LIST}?q=nadie")
    assert "Ninguna solicitud pendiente corresponde a la búsqueda" in Page(answer).text
    assert Page(answer).value("q") == "nadie"


GOOD_ID = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    "place",
    [
        f"desde=ayer&tras={GOOD_ID}",
        f"desde=2026-02-30T00:00:00Z&tras={GOOD_ID}",
        f"desde=2026-11-01T00:00:00&tras={GOOD_ID}",
        f"desde=2026-11-01&tras={GOOD_ID}",
        "desde=2026-11-01T00:00:00Z&tras=1",
        "desde=2026-11-01T00:00:00Z",
        f"tras={GOOD_ID}",
        f"desde=&tras={GOOD_ID}",
        f"desde=%00&tras={GOOD_ID}",
        "desde=2026-11-01T00:00:00Z&tras=%00",
        "desde=' OR 1=1&tras=' OR 1=1",
    ],
)
def test_an_address_that_was_tampered_with_begins_at_the_start(
    at_betos: Client, crowd: list[Request], place: str
) -> None:
    before = everything()
    assert shown(at_betos, f"{LIST}?{place}") == shown(at_betos, LIST)
    assert everything() == before


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z", "1900-01-01T00:00:00Z"],
)
def test_a_place_at_the_end_of_time_is_no_fault(at_betos: Client, crowd: list[Request], moment: str) -> None:
    answer = at_betos.get(f"{LIST}?desde={quote(moment)}&tras={GOOD_ID}")
    assert answer.status_code == 200


def test_a_place_needs_no_request_that_still_exists(at_betos: Client, crowd: list[Request]) -> None:
    moment = quote(datetime(2020, 1, 1, tzinfo=UTC).isoformat())
    assert shown(at_betos, f"{LIST}?desde={moment}&tras={GOOD_ID}") == shown(at_betos, LIST)


def generated(asked: Request, **changed: Any) -> None:
    """Let every environment of a request be on its way in Entra, or as it is said."""
    usual = {"stage": Stage.ORDERED.value, "ordered_at": asked.requested_at, "due_at": asked.requested_at}
    for environment in changed.pop("where", None) or Environment.objects.all():
        Generation.objects.create(
            request=asked,
            provider=asked.provider,
            environment=environment,
            ordered_by=asked.requested_by,
            **{**usual, **changed},
        )


FAILED = {"stage": Stage.FAILED.value, "fault": "quota"}


@pytest.mark.parametrize(
    ("made", "says", "advises"),
    [
        ({}, "Generándose en Entra", "valen las suyas"),
        (FAILED, "Falló en Entra: vea qué hacer", "Siga el enlace para ver qué hacer"),
    ],
)
def test_what_is_generated_or_failed_is_seen_in_the_list_and_on_the_form_and_leads_to_its_page(
    at_betos: Client, waiting: Request, made: dict[str, Any], says: str, advises: str
) -> None:
    generated(waiting, **made)
    for page in (Page(at_betos.get(LIST)), Page(at_betos.get(reverse("official:assign", args=[waiting.id])))):
        (link,) = page.all("a", href=reverse("official:generate", args=[waiting.id]))
        assert text_of(link).startswith(says)
    assert advises in page.text


def test_what_is_paused_with_its_run_does_not_look_as_if_it_went_on(
    at_betos: Client, beto: Member, waiting: Request, now: datetime
) -> None:
    run = GenerationRun.objects.create(ordered_at=now, ordered_by=beto.account(now), requests=1, paused_at=now)
    generated(waiting, run=run)
    assert "Generación en pausa" in Page(at_betos.get(LIST)).text
    assert "Generándose" not in Page(at_betos.get(LIST)).text


def test_whose_other_environments_are_entered_by_hand_is_said_to_wait_for_the_official(
    at_betos: Client, waiting: Request
) -> None:
    application = EntraApplication.objects.create(
        id=UUID(int=1),
        client_id=UUID(int=2),
        provider=waiting.provider,
        environment=Environment.objects.all()[0],
        made_at=waiting.requested_at,
    )
    sealed = vault.seal("x", binding=Binding("generation", {"generation": "1"}), by=OPERATOR, at=waiting.requested_at)
    kept = {"application": application, "key_id": UUID(int=3), "client_secret": sealed}
    generated(waiting, stage=Stage.PROVED.value, where=[application.environment], **kept)
    assert "Generadas en Entra en parte" in Page(at_betos.get(LIST)).text
    assert "Registre las que faltan" in Page(at_betos.get(reverse("official:assign", args=[waiting.id]))).text


def test_what_is_being_undone_waits_like_any_other(at_betos: Client, waiting: Request) -> None:
    generated(waiting, stage=Stage.CANCELLED.value)
    assert "Entra:" not in Page(at_betos.get(LIST)).text
    assert "Generándose" not in Page(at_betos.get(LIST)).text


def test_whoever_only_looks_is_not_led_to_a_page_that_he_does_not_have(at_bertas: Client, waiting: Request) -> None:
    generated(waiting)
    page = Page(at_bertas.get(LIST))
    assert "Generándose en Entra" in page.text
    assert not page.all("a", href=reverse("official:generate", args=[waiting.id]))


@pytest.mark.parametrize("page", ["pending", "start"])
def test_thirty_rows_cost_as_many_queries_as_one(at_betos: Client, crowd: list[Request], page: str) -> None:
    address = reverse(f"official:{page}")
    for number, one in enumerate(crowd):
        generated(one, **(FAILED if number % 2 else {}))
    with CaptureQueriesContext(connection) as many:
        at_betos.get(address)
    Generation.objects.exclude(request=crowd[0]).delete()
    Request.objects.exclude(id=crowd[0].id).delete()
    with CaptureQueriesContext(connection) as one:
        at_betos.get(address)
    assert len(many) == len(one) <= 12
