"""The REPS as its exports are, and as people make of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import DataError

from llaves.audit.events import Actor, ActorKind, EventName
from llaves.audit.models import Event
from llaves.providers import registry
from llaves.providers.actions import Outcome, RegistryOutcome, import_registry
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.models import Organization, Provider
from llaves.providers.queries import names_by_nit, search_query
from llaves.providers.tables import UnusableFile
from tests.providers.files import FULL_HEADER, HEADER, OPEN_DATA_HEADER, Opened, line, table, write

pytestmark = pytest.mark.django_db
ANA = Actor(kind=ActorKind.OPERATOR, name="ana import-reps")


class Imported:
    def __init__(self, opened: Opened, outcome: RegistryOutcome) -> None:
        self.refusals = opened.refusals
        self.notes = opened.source.notes
        self.read, self.refused = opened.source.read, opened.source.refused
        self.outcome = outcome


Load = Callable[..., Imported]


@pytest.fixture
def load(tmp_path: Path, now: datetime) -> Load:
    """Imports a file with this content."""

    def load_it(content: str | bytes, *, encoding: str = "utf-8", by: Actor = ANA, at: datetime = now) -> Imported:
        opened = Opened(write(tmp_path, content, encoding), registry.COLUMNS)
        with opened.source as source:
            known = {} if "organization" in source else names_by_nit()
            lines = registry.provider_lines(source, known_names=known)
            outcome = import_registry(lines=lines, origin=source, by=by, at=at)
        return Imported(opened, outcome)

    return load_it


def test_it_keeps_what_the_registry_says(load: Load, now: datetime) -> None:
    load(table(line()))
    provider = Provider.objects.select_related("organization").get()
    assert provider.label == "0500170001 - CLÍNICA LOS ALISOS : Antioquia-MEDELLÍN"
    assert (provider.organization.nit, provider.organization.name) == ("950000001", "CLÍNICA LOS ALISOS S.A.S.")
    assert (provider.provider_class, provider.is_enabled, provider.updated_at) == (1, True, now)
    assert not provider.organization.is_natural_person


def test_it_leaves_one_event_that_names_file_and_counts(load: Load) -> None:
    load(table(line(), line(codigo_habilitacion="x")))
    event = Event.objects.get(name=EventName.REGISTRY_IMPORTED.value)
    assert (event.actor_kind, event.actor) == ("operator", "ana import-reps")
    assert event.details.items() >= {"file": "archivo.csv", "read": 2, "new": 1, "same": 0, "refused": 1}.items()
    assert len(event.details["sha256"]) == 64


def test_nothing_is_written_when_the_event_cannot_be(load: Load) -> None:
    with pytest.raises(DataError):
        load(table(line()), by=Actor(kind=ActorKind.OPERATOR, name="x" * 500))
    assert not Provider.objects.exists()
    assert not Organization.objects.exists()


def test_the_same_again_changes_nothing(load: Load, now: datetime) -> None:
    content = table(line(), line(codigo_habilitacion="0500170002"))
    load(content)
    again = load(content, at=now + timedelta(days=1))
    assert again.outcome == RegistryOutcome(Outcome(0, 0, 2), Outcome(0, 0, 1), absent=0)
    assert set(Provider.objects.values_list("updated_at", flat=True)) == {now}


def test_a_changed_line_updates_just_that(load: Load, now: datetime) -> None:
    load(table(line(), line(codigo_habilitacion="0500170002")))
    later = now + timedelta(days=1)
    changed = load(table(line(), line(codigo_habilitacion="0500170002", nombre_prestador="OTRO")), at=later)
    assert changed.outcome.providers == Outcome(new=0, changed=1, same=1)
    assert dict(Provider.objects.values_list("code", "updated_at")) == {"0500170001": now, "0500170002": later}


def test_a_provider_absent_from_a_newer_file_stays_and_is_counted(load: Load) -> None:
    load(table(line(), line(codigo_habilitacion="7600170001", depa_nombre="Cali", muni_nombre="CALI")))
    newer = load(table(line(codigo_habilitacion="0500170002")))
    assert newer.outcome.absent == 1  # the one of Cali is in no department of this file
    assert Provider.objects.count() == 3


def test_a_new_razon_social_makes_all_providers_of_the_organization_findable_by_it(load: Load, now: datetime) -> None:
    load(table(line(), line(codigo_habilitacion="0500170002")))
    load(table(line(razon_social="GUADUALES & CÍA")), at=now + timedelta(days=1))
    assert Provider.objects.filter(search=search_query("guaduales cia")).count() == 2
    assert Provider.objects.get(code="0500170002").updated_at == now


def test_of_two_razones_sociales_of_one_nit_the_first_is_kept_and_the_second_noted(load: Load) -> None:
    imported = load(table(line(), line(codigo_habilitacion="0500170002", razon_social="OTRA")))
    assert Organization.objects.get(nit="950000001").name == "CLÍNICA LOS ALISOS S.A.S."
    assert imported.refused == 0
    assert imported.notes[registry.OTHER_ORGANIZATION] == 1


def test_leading_zeros_survive(load: Load) -> None:
    load(table(line(), line(codigo_habilitacion="0800170001", depa_nombre="Atlántico")))
    assert set(Provider.objects.values_list("code", flat=True)) == {"0500170001", "0800170001"}


@pytest.mark.parametrize(
    ("code", "department"),
    [
        ("500170001", "Antioquia"),
        ("500170001", "ANTIOQUIA "),
        ("800170001", "Atlantico"),
        ("800170001", "Barranquilla"),
    ],
)
def test_a_zero_lost_in_a_spreadsheet_is_put_back_where_the_department_leaves_no_doubt(
    load: Load, code: str, department: str
) -> None:
    imported = load(table(line(codigo_habilitacion=code, depa_nombre=department)))
    assert Provider.objects.get().code == f"0{code}"
    assert imported.notes[registry.REPAIRED] == 1


@pytest.mark.parametrize(
    ("code", "department"), [("500170001", "Meta"), ("520010001", "Nariño"), ("190010001", "Cauca")]
)
def test_a_code_of_nine_digits_is_refused_elsewhere(load: Load, code: str, department: str) -> None:
    assert "nueve dígitos" in load(table(line(codigo_habilitacion=code, depa_nombre=department))).refusals[2]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"codigo_habilitacion": "5,00E+08"}, "diez dígitos"),
        ({"codigo_habilitacion": "٠٥٠٠١٧٠٠٠١"}, "diez dígitos"),
        ({"codigo_habilitacion": ""}, "diez dígitos"),
        ({"nits_nit": "ABC"}, "NIT"),
        ({"nits_nit": "950000001.0"}, "decimales"),
        ({"nits_nit": "8903038418"}, "sin el dígito de verificación: 890303841"),
        ({"dv": "9"}, "dígito de verificación del NIT 950000001"),
        ({"clpr_codigo": "5"}, "clase"),
        ({"clpr_codigo": ""}, "clase"),
        ({"muni_nombre": " "}, "el municipio"),
        ({"depa_nombre": ""}, "el departamento"),
        ({"nombre_prestador": ""}, "el nombre"),
        ({"nombre_prestador": "X" * 201}, "201 caracteres"),
        ({"habilitado": "TAL VEZ"}, "SI ni NO"),
        ({"nombre_prestador": "CL\ufffdNICA"}, "ilegible"),
        ({"fecha_corte_REPS": "x,y"}, "21 columnas"),
        ({"nombre_prestador": '"SIN CERRAR'}, "comilla"),
    ],
)
def test_one_bad_line_is_refused_with_its_reason_and_never_costs_the_others(
    load: Load, wrong: dict[str, str], reason: str
) -> None:
    good = [line(codigo_habilitacion=f"05001700{number:02}") for number in range(10, 14)]
    header = table(*good[:2], line(**wrong), *good[2:])
    if "codigo_habilitacion" in wrong and "," in wrong["codigo_habilitacion"]:
        header = header.replace("5,00E+08", '"5,00E+08"')
    imported = load(header)
    assert list(imported.refusals) == [4]
    assert reason in imported.refusals[4]
    assert Provider.objects.count() == 4


def test_a_check_digit_that_agrees_is_accepted(load: Load) -> None:
    assert load(table(line(nits_nit="890303841", dv="8"))).refused == 0


def test_the_same_code_with_other_data_is_refused_and_names_the_first_line(load: Load) -> None:
    imported = load(table(line(), line(nombre_prestador="OTRO")))
    assert "línea 2" in imported.refusals[3]
    assert Provider.objects.get().name == "CLÍNICA LOS ALISOS"


def test_whatever_the_registry_no_longer_enables_is_kept_as_not_enabled(load: Load) -> None:
    load(table(line(header=FULL_HEADER, fecha_cierre="20260101"), header=FULL_HEADER))
    assert not Provider.objects.get().is_enabled
    load(table(line(header=FULL_HEADER), header=FULL_HEADER))
    assert Provider.objects.get().is_enabled
    load(table(line(habilitado="NO")))
    assert not Provider.objects.get().is_enabled


@pytest.mark.parametrize(
    ("said", "is_natural_person"),
    [
        ({"nits_nit": "1900000001", "clase_persona": "NATURAL", "clpr_codigo": "2"}, True),
        ({"nits_nit": "1900000001", "clase_persona": "", "tido_codigo": "", "clpr_codigo": "2"}, True),
        ({"nits_nit": "1900000001", "clase_persona": "", "tido_codigo": "CC", "clpr_codigo": "1"}, True),
        ({"nits_nit": "1900000001", "clase_persona": "JURIDICO", "clpr_codigo": "2"}, False),
        ({"nits_nit": "950000001", "clase_persona": "NATURAL", "clpr_codigo": "2"}, False),
    ],
)
def test_a_natural_person_is_one_whose_nit_can_be_a_cedula(
    load: Load,
    said: dict[str, str],
    is_natural_person: bool,  # noqa: FBT001 - a case's expectation
) -> None:
    load(table(line(header=FULL_HEADER, **said), header=FULL_HEADER))
    assert Organization.objects.exclude(nit=MINISTRY_NIT).get().is_natural_person is is_natural_person


def test_the_first_valid_address_is_kept_and_no_address_is_noted(load: Load) -> None:
    imported = load(
        table(
            line(header=FULL_HEADER, email="no tiene; gerencia@alisos.example / otra@alisos.example"),
            line(header=FULL_HEADER, codigo_habilitacion="0500170002", email="NO TIENE"),
            header=FULL_HEADER,
        )
    )
    assert list(Provider.objects.order_by("code").values_list("email", flat=True)) == ["gerencia@alisos.example", ""]
    assert imported.notes[registry.EMAIL_DROPPED] == 1


def test_names_are_cleaned_of_what_cannot_be_seen(load: Load) -> None:
    load(table(line(nombre_prestador=" CLI\u0301NICA \t LOS\u200b\u00a0 ALI\x00SOS  ")))
    assert Provider.objects.get().name == "CLÍNICA LOS ALI SOS"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_separator_and_encoding_gives_the_same(load: Load, separator: str, encoding: str) -> None:
    content = table(line(separator=separator, nombre_prestador='"ÑANDÚ, ; |\tS.A."'), separator=separator)
    load(content, encoding=encoding)
    assert Provider.objects.get().name == "ÑANDÚ, ; | S.A."
    assert Provider.objects.get().municipality == "MEDELLÍN"


def test_a_stray_byte_spoils_nothing_around_it(load: Load) -> None:
    content = table(line(), line(codigo_habilitacion="0500170002", nombre_prestador="CL@NICA")).encode()
    imported = load(content.replace(b"CL@NICA", b"CL\x81NICA").replace(b"ALISOS,", b"ALISOS \xd1,"))
    assert "ilegible" in imported.refusals[3]
    assert Provider.objects.get().municipality == "MEDELLÍN"
    assert Provider.objects.get().name == "CLÍNICA LOS ALISOS Ñ"


def test_a_name_on_two_lines_is_one_name(load: Load) -> None:
    imported = load(table(line(nombre_prestador='"CLÍNICA\r\n""LOS"" ALISOS"'), line(codigo_habilitacion="x")))
    assert Provider.objects.get().name == 'CLÍNICA "LOS" ALISOS'
    assert list(imported.refusals) == [4]


def test_two_stray_quotation_marks_do_not_swallow_the_lines_between_them(load: Load) -> None:
    first = line(nombre_prestador='"ABRE')
    last = line(codigo_habilitacion="0500170009", nombre_prestador='CIERRA"').replace("Antioquia", '"')
    imported = load(table(first, line(codigo_habilitacion="0500170002"), last))
    assert 2 in imported.refusals
    assert Provider.objects.filter(code="0500170002").exists()


def test_empty_lines_and_a_separator_too_many_do_no_harm(load: Load) -> None:
    imported = load("sep=,\r\n\r\n" + table(line() + ",,", "", ",,,,", line(codigo_habilitacion="0500170002")))
    assert (imported.read, imported.refused) == (2, 0)


def test_headers_are_known_whatever_their_case_accents_and_separators(load: Load) -> None:
    load(table(line(), header=HEADER.upper().replace("_", " ").replace("RAZON", "Razón")))
    assert Provider.objects.count() == 1


def test_the_open_data_have_a_line_per_site_and_no_razon_social(load: Load) -> None:
    load(table(line()))
    site = (
        "{code},{name},{code}0{site},SEDE,{kind},{nit},Privada,NO,05001,Antioquia,MEDELLÍN,,,,"
        "05001,Antioquia,MEDELLÍN,,,,{class_},corte"
    )
    known = {"code": "0500170001", "name": "CLÍNICA LOS ALISOS", "kind": "NI", "nit": "950000001"}
    ips = "Instituciones Prestadoras de Servicios de Salud - IPS"
    other = {"code": "0500170009", "name": "INÉS DÍAZ", "kind": "CC", "nit": "1900000001"}
    imported = load(
        table(
            site.format(**known, site=1, class_=ips),
            site.format(**known, site=2, class_=ips),
            site.format(**other, site=1, class_="Profesional Independiente"),
            header=OPEN_DATA_HEADER,
        )
    )
    assert (imported.read, imported.refused) == (3, 0)
    assert imported.outcome.providers == Outcome(new=1, changed=0, same=1)
    assert Organization.objects.get(nit="950000001").name == "CLÍNICA LOS ALISOS S.A.S."
    assert Organization.objects.get(nit="1900000001").is_natural_person


def test_the_ministry_is_known_after_the_first_import(load: Load) -> None:
    load(table(line()))
    assert Organization.objects.filter(nit=MINISTRY_NIT, is_natural_person=False).exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "vacío"),
        (b"\r\n\r\n", "vacío"),
        (b"PK\x03\x04 xl/workbook.xml", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (b"<html><table>", "página web"),
        (b"\x7fELF\x02\x00\x00", "texto"),
        (b"hola,mundo\n1,2\n", "ninguna de las columnas codigo_habilitacion"),
        (HEADER.replace("nits_nit", "otra").encode(), "le falta: nits_nit."),
    ],
)
def test_a_file_that_is_no_such_table_says_what_is_wrong_and_writes_nothing(
    load: Load, content: bytes, reason: str
) -> None:
    with pytest.raises(UnusableFile, match=reason):
        load(content)
    assert not Event.objects.exists()


def test_a_file_that_turns_out_unusable_halfway_leaves_nothing(load: Load) -> None:
    with pytest.raises(UnusableFile, match="millón"):
        load(table(line(), "x" * 1_100_000))
    assert not Provider.objects.exists()
    assert not Event.objects.exists()


def test_a_folder_or_a_missing_file_is_no_table(tmp_path: Path) -> None:
    for path, reason in ((tmp_path, "carpeta"), (tmp_path / "no.csv", "No existe")):
        with pytest.raises(UnusableFile, match=reason), Opened(path, registry.COLUMNS).source:
            pass
