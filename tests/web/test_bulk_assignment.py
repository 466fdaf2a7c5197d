"""«Asignar varias»: template, upload, what is wrong, confirmation, report; and who may."""

import csv
import io
from datetime import date, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from llaves.audit.models import Event
from llaves.credentials.bulk_assigning import check_upload
from llaves.credentials.files import read
from llaves.credentials.models import BulkUpload, Credential, Request
from llaves.identity.roles import Role
from llaves.providers.models import Delegation, Person
from llaves.vault.models import SealedSecret
from tests.crowd import Row, as_csv, as_xlsx, crowd, rows_for
from tests.people import PASSWORD, Member, assigned
from tests.web.doors import Page, everything, force, letters, text_of

UPLOAD = "/funcionario/generar-llaves/varias/"
ALICIAS = "1900100001"


@pytest.fixture
def at_bertas(beto: Member, now: datetime) -> Client:
    """A second official's browser."""
    person = Person.objects.create(
        document_type="CC", document_number="51999888", name="Berta Gil", email="berta@m.example"
    )
    Delegation.objects.create(person=person, organization=beto.organization, starts_on=date(2026, 1, 1))
    return force(Member(person, beto.organization, None, Role.OFFICIAL), now)


def table(*codes: str, seed: int = 1) -> list[Row]:
    return rows_for(codes or (ALICIAS,), timezone.localdate(), seed)


def send(client: Client, content: bytes, name: str = "llaves.csv") -> HttpResponse:
    file = io.BytesIO(content)
    file.name = name
    answer: HttpResponse = client.post(UPLOAD, {"file": file})
    return answer


def sent(client: Client, content: bytes) -> str:
    """Upload a sound file; the address of its check."""
    answer = send(client, content)
    assert answer.status_code == 302, Page(answer).text
    return answer["Location"]


def shows_no_secret(answer: HttpResponse, rows: list[Row]) -> bool:
    content = answer.content.decode("utf-8", "replace")
    return not any(row[4] in content or row[6] in content for row in rows)


def test_the_pending_list_leads_there(at_betos: Client, waiting: Request) -> None:
    page = Page(at_betos.get(reverse("official:pending")))
    assert [text_of(link) for link in page.all("a", href=UPLOAD)] == ["Asignar varias"]


def test_the_template_names_who_waits_with_a_line_for_each_environment(at_betos: Client, waiting: Request) -> None:
    text = at_betos.get(f"{UPLOAD}plantilla.csv")
    assert text["Content-Disposition"] == 'attachment; filename="llaves.csv"'
    lines = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig")), delimiter=";"))
    assert [line[:3] for line in lines[1:]] == [
        [ALICIAS, "CLÍNICA LOS ALISOS", name] for name in ("Desarrollo", "Preproducción", "Producción")
    ]
    book = load_workbook(io.BytesIO(at_betos.get(f"{UPLOAD}plantilla.xlsx").content))
    assert [list(row[:3]) for row in book["Llaves"].iter_rows(min_row=2, values_only=True)] == [
        line[:3] for line in lines[1:]
    ]


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_uploaded_shown_confirmed_and_reported(
    at_betos: Client, at_alicias: Client, waiting: Request, now: datetime, make: object
) -> None:
    rows = table()
    address = sent(at_betos, make(rows))  # type: ignore[operator]
    page = at_betos.get(address)
    for told in ("1 prestador,", "3 líneas", "CLÍNICA LOS ALISOS", rows[0][3]):
        assert told in Page(page).text
    assert shows_no_secret(page, rows)
    assert not Credential.objects.exists()
    done = at_betos.post(address)
    assert (done.status_code, done["Location"]) == (302, f"{address}registro/")
    report = at_betos.get(done["Location"])
    assert "El registro se realizó de manera correcta" in Page(report).text
    assert BulkUpload.objects.get().file_sha256 in Page(report).text
    assert shows_no_secret(report, rows)
    assert [letter.to for letter in letters(now) if "asignadas" in letter.subject] == [["alicia@hospital.example"]]
    credential = Credential.objects.get(client__environment__code="produccion")
    reveal = reverse("delegate:reveal", kwargs={"credential_id": credential.id})
    assert rows[2][4] in at_alicias.post(reveal, {"password": PASSWORD}).content.decode()


def test_the_report_can_be_taken_along(at_betos: Client, waiting: Request) -> None:
    rows = table()
    address = sent(at_betos, as_csv(rows))
    assert at_betos.get(f"{address}registro.csv").status_code == 404
    at_betos.post(address)
    answer = at_betos.get(f"{address}registro.csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [line[1] for line in lines[1:]] == [ALICIAS] * 3
    assert shows_no_secret(answer, rows)


def test_faults_are_shown_by_line_and_can_be_taken_along(at_betos: Client, waiting: Request) -> None:
    rows = table()
    rows[1][4] = "7c2fd5a0-41c9-4f0e-9a53-0d2f3e4b5a61"
    answer = send(at_betos, as_csv(rows))
    assert answer.status_code == 422
    page = Page(answer)
    assert page.title.startswith("Error:")
    cells = [text_of(cell) for cell in page.all("td")]
    assert cells == ["3", ALICIAS, "ClientSecret", "Ese es el Secret ID; copie el Value."]
    assert shows_no_secret(answer, rows)
    assert not SealedSecret.objects.exists()
    (link,) = page.all("a", href=f"{UPLOAD}{BulkUpload.objects.get().id}/errores.csv")
    lines = list(
        csv.reader(io.StringIO(at_betos.get(dict(link.attributes)["href"]).content.decode("utf-8-sig")), delimiter=";")
    )
    assert lines[1] == cells


def test_of_very_many_faults_the_first_are_shown_and_all_can_be_taken_along(at_betos: Client) -> None:
    rows = table(*(f"05{number:08}" for number in range(100)))
    answer = send(at_betos, as_csv(rows))
    assert "Hay 300 errores. Aquí se ven los primeros 200." in Page(answer).text
    lines = at_betos.get(f"{UPLOAD}{BulkUpload.objects.get().id}/errores.csv").content.splitlines()
    assert len(lines) == 301


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "vacío"),
        (b"hola", "no tiene ninguna de las columnas"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "contraseña"),
        (b"PK\x03\x04" + bytes(100), "dañado"),
    ],
)
def test_what_is_no_table_is_told_beside_the_field(at_betos: Client, content: bytes, told: str) -> None:
    before = everything()
    answer = send(at_betos, content)
    assert answer.status_code == 422
    assert told in Page(answer).error_beside("file")
    assert everything() == before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    content=st.binary(max_size=300)
    | st.binary(max_size=200).map(lambda tail: as_csv([]) + tail)
    | st.binary(max_size=200).map(lambda tail: as_csv(table()) + tail)
    | st.binary(max_size=99).map(lambda middle: as_xlsx(table())[:2000] + middle + as_xlsx(table())[2000:]),
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30),
)
def test_whatever_is_uploaded_gets_an_answer_and_assigns_nothing(
    at_betos: Client, waiting: Request, content: bytes, name: str
) -> None:
    assert send(at_betos, content, name).status_code in {302, 422}
    assert not Credential.objects.exists()
    assert Request.objects.filter(state="solicitado").count() == 1


def test_no_file_at_all_is_told(at_betos: Client) -> None:
    answer = at_betos.post(UPLOAD, {})
    assert (answer.status_code, Page(answer).error_beside("file")) == (422, "Error: Elija el archivo.")
    answer = at_betos.post(UPLOAD, {"file": "not a file"})
    assert (answer.status_code, Page(answer).error_beside("file")) == (422, "Error: Elija el archivo.")


@pytest.mark.parametrize("more", [1, 3_000_000])
def test_a_file_that_is_too_long_is_told_and_kept_nowhere(at_betos: Client, more: int) -> None:
    before = everything()
    answer = send(at_betos, bytes(5 * 1024 * 1024 + more))
    assert answer.status_code == 422
    assert "5 MB" in Page(answer).error_beside("file")
    assert everything() == before


def test_a_file_is_never_written_to_a_disk(at_betos: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a large one for a moment."""

    def written(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("tempfile.NamedTemporaryFile", written)
    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", written)
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", written)
    assert send(at_betos, bytes(4_000_000)).status_code == 422
    assert send(at_betos, bytes(9_000_000)).status_code == 422


def test_a_colleague_sees_and_confirms_nothing_of_it(at_betos: Client, at_bertas: Client, waiting: Request) -> None:
    address = sent(at_betos, as_csv(table()))
    for page in (address, f"{address}errores.csv", f"{address}registro/", f"{address}registro.csv"):
        answer = at_bertas.get(page)
        assert answer.status_code == 404
        assert "CLÍNICA" not in answer.content.decode()
    assert at_bertas.post(address).status_code == 404
    assert at_bertas.post(f"{address}descartar/").status_code == 302
    assert not Credential.objects.exists()
    assert at_betos.post(address).status_code == 302
    assert at_bertas.get(f"{address}registro/").status_code == 404


def test_what_a_colleague_attended_meanwhile_is_told_and_nothing_is_assigned(
    at_betos: Client, beto: Member, waiting: Request, now: datetime
) -> None:
    others = [provider.code for provider in crowd(2, now)]
    address = sent(at_betos, as_csv(table(*others, ALICIAS)))
    assigned(waiting, beto, now, seed=9)
    answer = at_betos.post(address)
    assert answer.status_code == 409
    page = Page(answer)
    assert "No se asignó nada: algo cambió desde la revisión" in page.text
    codes = [text_of(cell) for cell in page.all("td") if dict(cell.attributes)["data-label"] == "Código"]
    assert codes == [ALICIAS] * 3
    assert Credential.objects.count() == 3
    assert at_betos.get(address).status_code == 404


def test_discarded_it_says_that_it_is_gone(at_betos: Client, waiting: Request) -> None:
    address = sent(at_betos, as_csv(table()))
    assert at_betos.post(f"{address}descartar/")["Location"] == UPLOAD
    for answer in (at_betos.get(address), at_betos.post(address)):
        assert answer.status_code == 404
        assert "Suba el archivo otra vez" in Page(answer).text
    assert not SealedSecret.objects.exists()


def test_after_a_quarter_of_an_hour_it_says_that_it_is_gone(at_betos: Client, waiting: Request, now: datetime) -> None:
    address = sent(at_betos, as_csv(table()))
    BulkUpload.objects.update(uploaded_at=now - timedelta(minutes=16))
    assert at_betos.get(address).status_code == 404
    assert "15 minutos" in Page(at_betos.post(address)).text
    assert not Credential.objects.exists()


def test_confirmed_twice_it_shows_the_same_report(at_betos: Client, waiting: Request) -> None:
    address = sent(at_betos, as_csv(table()))
    first, again = at_betos.post(address), at_betos.post(address)
    assert first["Location"] == again["Location"] == at_betos.get(address)["Location"]
    assert Event.objects.filter(name="credentials.bulk.assigned").count() == 1


def test_many_lines_are_shown_in_pages(at_betos: Client, now: datetime) -> None:
    codes = [provider.code for provider in crowd(40, now)]
    address = sent(at_betos, as_csv(table(*codes)))
    first = Page(at_betos.get(address))
    assert len(first.all("tbody")[0].children) > 0
    assert "rel" in dict(first.one("a", href="?pagina=2").attributes)
    second = Page(at_betos.get(f"{address}?pagina=2"))
    assert text_of(second.all("td")[0]) == "92"
    assert at_betos.get(f"{address}?pagina=x'--").status_code == 200
    at_betos.post(address)
    assert "CLÍNICA 39" in Page(at_betos.get(f"{address}registro/")).text


def test_names_that_are_markup_or_formulas_do_no_harm(
    at_betos: Client, beto: Member, waiting: Request, now: datetime
) -> None:
    waiting.provider.name = "=1+1<script>alert(1)</script>"
    waiting.provider.save()
    rows = table()
    rows[0][0] = "<script>alert(2)"
    assert b"<script>alert" not in send(at_betos, as_csv(rows)).content
    faults = at_betos.get(f"{UPLOAD}{BulkUpload.objects.get().id}/errores.csv")
    assert b"script" not in faults.content
    assert b"<script>alert" not in at_betos.get(sent(at_betos, as_csv(table()))).content
    assert b";'=1+1" in at_betos.get(f"{UPLOAD}plantilla.csv").content


def test_a_session_holds_nothing_of_the_file(at_betos: Client, waiting: Request) -> None:
    at_betos.get(UPLOAD)
    before = sorted(at_betos.session.keys())
    sent(at_betos, as_csv(table()))
    assert sorted(at_betos.session.keys()) == before


def test_the_nightly_way_forgets_what_nobody_confirmed(beto: Member, waiting: Request, now: datetime) -> None:
    from llaves.jobs import forget_expired_uploads  # noqa: PLC0415 - imports settings

    made = check_upload(table=read(as_csv(table())), account=beto.account(now), by=beto.actor, at=now)
    forget_expired_uploads(timestamp=0)
    assert BulkUpload.objects.exists()
    BulkUpload.objects.filter(id=made.id).update(uploaded_at=now - timedelta(minutes=16))
    forget_expired_uploads(timestamp=0)
    assert not BulkUpload.objects.exists()
    assert not SealedSecret.objects.exists()
