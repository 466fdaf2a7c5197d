"""The imports as an operator types them."""

import csv
from pathlib import Path

import pytest
from django.core.management import call_command

from llaves.audit.models import Event
from llaves.cli.reports import harmless
from llaves.cli.terminal import Error
from llaves.providers.models import Delegation, Person, Provider
from tests.providers.files import line, table, write

pytestmark = pytest.mark.django_db


def test_the_report_says_how_many_lines_were_taken_and_why_others_were_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import-reps", str(write(tmp_path, table(line(), line(codigo_habilitacion="[red]12")))))
    said = capsys.readouterr().out
    assert "archivo.csv: 2 líneas leídas, 1 rechazadas." in said
    assert "[red]12" in said
    assert "diez dígitos" in said
    assert Provider.objects.count() == 1


def test_the_event_names_the_operator_and_the_command(tmp_path: Path) -> None:
    call_command("import-reps", str(write(tmp_path, table(line()))))
    event = Event.objects.get()
    assert (event.actor_kind, event.actor.split()[-1]) == ("operator", "import-reps")
    assert event.details["file"] == "archivo.csv"


def test_fifty_refusals_are_shown_and_all_are_in_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = [line(codigo_habilitacion=f"=SUM({number})") for number in range(60)]
    report = tmp_path / "informe.csv"
    call_command("import-reps", str(write(tmp_path, table(*bad))), report=report)
    said = capsys.readouterr().out
    assert said.count("=SUM") == 50
    assert "10 más en el informe" in said
    rows = list(csv.reader(report.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0] == ["linea", "codigo", "resultado", "motivo"]
    assert rows[1][:3] == ["2", "'=SUM(0)", "rechazada"]
    assert len(rows) == 61


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1"])
def test_no_cell_of_the_report_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_an_unusable_file_is_one_line_and_status_1(tmp_path: Path) -> None:
    with pytest.raises(Error, match=r"^archivo\.csv: Está vacío\. No se cargó nada\.$") as refused:
        call_command("import-reps", str(write(tmp_path, "")))
    assert refused.value.returncode == 1
    assert not Event.objects.exists()


def test_the_report_never_overwrites_the_file_itself(tmp_path: Path) -> None:
    file = write(tmp_path, table(line()))
    with pytest.raises(Error, match="mismo archivo"):
        call_command("import-reps", str(file), report=file)
    assert file.read_text(encoding="utf-8").startswith("depa_nombre")


def test_a_report_that_cannot_be_written_stops_the_import_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(Error, match="No se puede escribir"):
        call_command("import-reps", str(write(tmp_path, table(line()))), report=tmp_path / "no" / "informe.csv")
    assert not Provider.objects.exists()


def test_people_and_then_delegations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import-reps", str(write(tmp_path, table(line()))))
    people = "tipo_documento,numero_documento,nombre,correo,telefono\nCC,1020304050,Alicia,alicia@example.co,\n"
    call_command("import-people", str(write(tmp_path, people)))
    delegations = (
        "tipo_documento,numero_documento,nit,desde,hasta\n"
        "CC,1020304050,950000001,2026-01-15,\nCC,1020304050,900474727,2026-01-15,\nCC,1,950000001,2026-01-15,\n"
    )
    call_command("import-delegations", str(write(tmp_path, delegations)))
    assert (Person.objects.count(), Delegation.objects.count()) == (1, 2)
    assert "Delegaciones" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["import-reps", "import-people", "import-delegations", "demo"])
def test_the_help_is_spanish(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command(command, "--help")
    said = capsys.readouterr().out
    assert "uso: " in said
    assert "opciones:" in said
    assert "show this help" not in said
