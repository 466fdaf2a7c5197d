"""Filters, exports, opening, returning, correcting, revoking, and the page of one provider."""

import csv
import html
import io
import re
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential, Request
from llaves.credentials.waiting import business_days
from llaves.notifications.models import Notice
from llaves.web.official.files import HEADINGS, harmless
from tests import people
from tests.people import PASSWORD, Member
from tests.web.doors import Page, everything, force, text_of
from tests.web.test_pending import LIST, crowd, shown  # noqa: F401 - a fixture

PROVIDER, REVOKE = "/funcionario/prestadores/1900100001/", "/funcionario/prestadores/1900100001/revocar/"
GOOD_RETURN = {"reason": "lider-tecnico", "fields_to_mend": ["lead_phone"], "note": "No contesta."}


@pytest.fixture
def at_bertas(now: datetime) -> Client:
    return force(people.berta(now), now)


def pair(seed: int = 7, code: str = "produccion", **changes: str) -> dict[str, str]:
    one = people.pairs(timezone.localdate(), seed)[code]
    values = {
        "client_id": str(one.client_id),
        "client_secret": one.client_secret,
        "expires_on": one.expires_on.isoformat(),
        "subscription_key": one.subscription_key,
    }
    return {f"{code}-{name}": value for name, value in {**values, **changes}.items()} | {"reason": "era de otro"}


# The list


@pytest.fixture
def three(alicia: Member, carla: Member, beto: Member, now: datetime) -> None:
    """Alicia in Cauca since a fortnight for a replacement, an independent since a week, Carla in Antioquia today."""
    people.assigned(people.asked(alicia, now - timedelta(days=20)), beto, now - timedelta(days=20))
    people.asked(alicia, now - timedelta(days=14), Kind.REPLACEMENT)
    people.asked(carla, now)
    diego = people.delegate("1040404040", "Diego Paz", "899999063", "1900100088", "DIEGO PAZ", now)
    assert diego.provider
    diego.provider.provider_class = 2
    diego.provider.save()
    people.asked(diego, now - timedelta(days=10))


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["1900100001", "1900100088", "0500100007"]),
        ("department=19", ["1900100001", "1900100088"]),
        ("department=05", ["0500100007"]),
        ("provider_class=2", ["1900100088"]),
        ("kind=por reposición", ["1900100001"]),
        ("waited=3", ["1900100001", "1900100088"]),
        ("waited=15", []),
        ("department=19&provider_class=1", ["1900100001"]),
        ("q=ceiba&department=19", []),
        ("department=99", []),
        ("department=' OR 1=1&provider_class=x&kind=otra&waited=-1", ["1900100001", "1900100088", "0500100007"]),
    ],
)
def test_the_list_is_narrowed(at_betos: Client, three: None, query: str, codes: list[str]) -> None:
    assert shown(at_betos, f"{LIST}?{query}") == codes


def test_waiting_is_counted_in_business_days(at_betos: Client, three: None, now: datetime) -> None:
    today = timezone.localdate(now)
    days = [business_days(today - timedelta(days=back), today) for back in (14, 10, 0)]
    cells = [cell for cell in Page(at_betos.get(LIST)).all("td") if dict(cell.attributes).get("data-label") == "Espera"]
    assert [int(text_of(cell).split()[0]) for cell in cells] == days


# Files


def exported(client: Client, form: str, **fields: str) -> Any:
    return client.post(reverse("official:export"), {"form": form, **fields})


def as_rows(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def sheet(answer: Any) -> str:
    """The XML of a workbook's only sheet, whose texts stand in its cells."""
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_the_csv_holds_the_whole_list_as_it_is_narrowed(at_betos: Client, three: None) -> None:
    lines = as_rows(exported(at_betos, "csv", department="19"))
    assert lines[0] == list(HEADINGS)
    assert [line[2] for line in lines[1:]] == ["1900100001", "1900100088"]
    event = Event.objects.get(name="credentials.requests.exported")
    assert event.details == {"form": "csv", "department": "19"}


def test_the_workbook_holds_the_same(at_betos: Client, three: None) -> None:
    lines = as_rows(exported(at_betos, "csv"))
    answer = exported(at_betos, "xlsx")
    assert answer["Content-Disposition"].endswith('.xlsx"')
    cells = re.findall(r"<t[^>]*>(.*?)</t>", sheet(answer), re.DOTALL)
    assert [html.unescape(cell) for cell in cells] == [cell for line in lines for cell in line]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(at_betos: Client, waiting: Request, text: str) -> None:
    Request.objects.update(software_name=text + '";x')
    line = as_rows(exported(at_betos, "csv"))[1]
    assert line[10] == harmless(text + '";x')
    assert line[10].startswith("'")
    xml = sheet(exported(at_betos, "xlsx"))
    assert "<f>" not in xml
    assert len(re.findall(r't="inlineStr"', xml)) == 2 * len(HEADINGS)


def test_an_unknown_form_leaves_no_trace(at_betos: Client, waiting: Request) -> None:
    before = everything()
    assert exported(at_betos, "pdf").status_code == 404
    assert everything() == before


# Opening


def test_the_second_official_is_told_who_was_first(at_betos: Client, at_bertas: Client, waiting: Request) -> None:
    opened = at_betos.post(reverse("official:claim", args=[waiting.id]))
    assert opened.url == reverse("official:assign", args=[waiting.id])
    assert "la abrió" not in Page(at_betos.get(opened.url)).text
    assert "La abrió Beto Salas Luna" in Page(at_bertas.get(LIST)).text
    second = at_bertas.post(reverse("official:claim", args=[waiting.id]), follow=True)
    assert "Beto Salas Luna la abrió hace un momento" in Page(second).text
    Request.objects.update(claimed_at=timezone.now() - timedelta(minutes=3, seconds=5))
    assert "Beto Salas Luna la abrió hace 3 minutos" in Page(at_bertas.get(opened.url)).text
    Request.objects.update(claimed_at=timezone.now() - timedelta(minutes=15))
    assert "la abrió" not in Page(at_bertas.get(opened.url)).text
    waiting.refresh_from_db()
    assert waiting.claimed_by
    assert waiting.claimed_by.login == "CC79888777"


# Returning


def test_a_request_is_returned_with_its_reason(at_betos: Client, waiting: Request) -> None:
    answer = at_betos.post(reverse("official:send_back", args=[waiting.id]), GOOD_RETURN, follow=True)
    assert "quedó devuelta" in Page(answer).text
    waiting.refresh_from_db()
    assert (waiting.state, waiting.fields_to_mend, waiting.return_note) == ("devuelto", ["lead_phone"], "No contesta.")
    again = at_betos.post(reverse("official:send_back", args=[waiting.id]), GOOD_RETURN)
    assert again.status_code == 409
    assert "Fue devuelta al delegado" in Page(again).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "inventado"}, "reason"),
        ({"fields_to_mend": []}, "fields_to_mend"),
        ({"fields_to_mend": ["state"]}, "fields_to_mend"),
        ({"reason": "otro", "note": " "}, "note"),
        ({"note": "x" * 1001}, "note"),
    ],
)
def test_a_faulty_return_says_so_beside_its_field(
    at_betos: Client, waiting: Request, changes: dict[str, Any], field: str
) -> None:
    before = everything()
    answer = at_betos.post(reverse("official:send_back", args=[waiting.id]), {**GOOD_RETURN, **changes})
    assert answer.status_code == 422
    assert Page(answer).error_beside(field)
    assert everything() == before


def test_what_the_delegate_withdrew_says_so(at_betos: Client, at_alicias: Client, waiting: Request) -> None:
    at_alicias.post(reverse("delegate:withdraw"))
    answer = at_betos.get(reverse("official:assign", args=[waiting.id]))
    assert answer.status_code == 409
    assert "El delegado la retiró" in Page(answer).text


# Correcting and revoking


def test_one_environment_is_corrected(at_betos: Client, assigned: Request) -> None:
    address = reverse("official:correct", args=[assigned.id, "produccion"])
    assert address in Page(at_betos.get(PROVIDER)).html
    answer = at_betos.post(address, pair(), follow=True)
    assert "quedaron corregidas" in Page(answer).text
    assert "Corregida: era de otro" in Page(answer).text
    assert Credential.objects.filter(standing="vigente").count() == 3
    assert Notice.objects.filter(letter="credentials_corrected").count() == 1


@pytest.mark.parametrize("changes", [{"client_secret": "00000000-0000-4000-8000-000000000001"}, {"reason": ""}])
def test_a_faulty_correction_changes_nothing_and_keeps_no_secret(
    at_betos: Client, assigned: Request, changes: dict[str, str]
) -> None:
    before = everything()
    sent = {**pair(**{key: value for key, value in changes.items() if key != "reason"})}
    sent |= {key: value for key, value in changes.items() if key == "reason"}
    answer = at_betos.post(reverse("official:correct", args=[assigned.id, "produccion"]), sent)
    assert answer.status_code == 422
    assert "zz78Q~" not in answer.content.decode()
    assert everything() == before


def test_a_client_id_of_another_environment_is_told_beside_it(at_betos: Client, assigned: Request) -> None:
    taken = str(people.pairs(timezone.localdate())["desarrollo"].client_id)
    answer = at_betos.post(reverse("official:correct", args=[assigned.id, "produccion"]), pair(client_id=taken))
    assert "es del ambiente Desarrollo" in Page(answer).error_beside("produccion-client_id")


def test_keys_are_revoked_and_the_page_says_what_is_left_to_do(at_betos: Client, assigned: Request) -> None:
    ids = [str(key) for key in assigned.credentials.values_list("id", flat=True)]
    answer = at_betos.post(REVOKE, {"credentials": ids, "reason": "Repositorio público"}, follow=True)
    assert "Por retirar en Entra" in Page(answer).text
    assert set(Credential.objects.values_list("standing", flat=True)) == {"revocada"}
    assert "No hay llaves vigentes" in Page(at_betos.get(REVOKE)).text


@pytest.mark.parametrize("field", ["credentials", "reason"])
def test_an_empty_revocation_says_what_is_missing(at_betos: Client, assigned: Request, field: str) -> None:
    before = everything()
    ids = [str(key) for key in assigned.credentials.values_list("id", flat=True)]
    sent = {"credentials": ids, "reason": "Repositorio público"}
    answer = at_betos.post(REVOKE, {**sent, field: ""})
    assert answer.status_code == 422
    assert Page(answer).error_beside(field)
    assert everything() == before


def test_n3_another_providers_key_cannot_be_revoked_through_this_one(
    at_betos: Client, assigned: Request, carla: Member, beto: Member, now: datetime
) -> None:
    theirs = people.assigned(people.asked(carla, now), beto, now, seed=5).credentials.first()
    assert theirs
    before = everything()
    answer = at_betos.post(REVOKE, {"credentials": [str(theirs.id)], "reason": "Repositorio público"})
    assert answer.status_code == 422
    assert everything() == before


# One provider


def test_the_page_of_a_provider_tells_who_saw_what(at_betos: Client, at_alicias: Client, assigned: Request) -> None:
    credential = assigned.credentials.get(environment__code="produccion")
    at_alicias.post(reverse("delegate:reveal", args=[credential.id]), {"password": PASSWORD})
    page = Page(at_betos.get(PROVIDER))
    told = [text_of(cell) for cell in page.all("td") if dict(cell.attributes).get("data-label") == "Qué"]
    assert told == ["Vio llaves: Producción", "Asignó las llaves", "Solicitó las llaves"]
    assert "CC1020304050-890303841" in page.text
    assert not any(one.client_secret[:10] in page.html for one in people.pairs(timezone.localdate()).values())


def test_a_provider_is_found_by_its_name(at_betos: Client, alicia: Member, carla: Member) -> None:
    page = Page(at_betos.get("/funcionario/prestadores/?q=alisos"))
    assert PROVIDER in page.html
    assert "CEIBA" not in page.text
    assert "Ningún prestador" in Page(at_betos.get("/funcionario/prestadores/?q=nadie")).text


def test_n21_the_page_of_a_provider_costs_the_same_with_a_long_history(
    at_betos: Client, assigned: Request, alicia: Member, beto: Member, now: datetime
) -> None:
    with CaptureQueriesContext(connection) as few:
        at_betos.get(PROVIDER)
    for seed in range(2, 6):
        people.assigned(people.asked(alicia, now, Kind.REPLACEMENT), beto, now, seed=seed)
    with CaptureQueriesContext(connection) as many:
        at_betos.get(PROVIDER)
    assert len(few) == len(many) <= 12


@pytest.mark.parametrize("query", ["", "q=jose&department=05&provider_class=1&kind=por primera vez&waited=3"])
def test_n21_a_narrowed_list_costs_as_many_queries_as_any(
    at_betos: Client,
    crowd: list[Request],  # noqa: F811
    query: str,
) -> None:
    with CaptureQueriesContext(connection) as many:
        at_betos.get(f"{LIST}?{query}")
    Request.objects.exclude(id=crowd[0].id).delete()
    with CaptureQueriesContext(connection) as one:
        at_betos.get(f"{LIST}?{query}")
    assert len(many) == len(one) <= 12


def test_n21_a_file_costs_one_query_for_its_rows(at_betos: Client, crowd: list[Request]) -> None:  # noqa: F811
    with CaptureQueriesContext(connection) as asked:
        lines = as_rows(exported(at_betos, "csv"))
    assert len(lines) == 61
    assert len(asked) <= 12
