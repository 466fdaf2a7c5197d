"""Entity types and document types, from the terminal."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.providers.queries import reference

pytestmark = pytest.mark.django_db

Said = pytest.CaptureFixture[str]


def test_what_is_exported_is_edited_and_published(tmp_path: Path, capsys: Said) -> None:
    call_command("table", "export", "tipos-de-entidad")
    entries = json.loads(capsys.readouterr().out)
    file = tmp_path / "tipos.json"
    file.write_text(json.dumps([*entries, {"code": "EAPB", "label": "Aseguradoras"}]), encoding="utf-8")
    call_command("table", "publish", "tipos-de-entidad", str(file))
    assert "rige la versión 2, con 2 entradas" in capsys.readouterr().out
    assert list(reference().entity_types) == ["PSS", "EAPB"]
    event = Event.objects.get()
    assert (event.name, event.actor_kind) == ("providers.table.published", "operator")


def test_an_unchanged_or_unusable_file_is_one_line(tmp_path: Path, capsys: Said) -> None:
    call_command("table", "export", "tipos-de-documento")
    file = tmp_path / "tipos.json"
    for content, said in ((capsys.readouterr().out, "igual a la versión 1"), ("[", "no es JSON")):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(Error, match=said):
            call_command("table", "publish", "tipos-de-documento", str(file))
    with pytest.raises(Error, match="No se puede leer"):
        call_command("table", "publish", "tipos-de-documento", str(tmp_path))
    assert not Event.objects.exists()


def test_the_tables_and_their_entries_are_shown(capsys: Said) -> None:
    call_command("table", "list")
    call_command("table", "show", "tipos-de-documento", "--version", "1")
    said = capsys.readouterr().out
    assert said.count("con el portal") == 2
    assert "Carné diplomático" in said
    with pytest.raises(Error, match="No hay una versión 9"):
        call_command("table", "show", "tipos-de-documento", "--version", "9")
