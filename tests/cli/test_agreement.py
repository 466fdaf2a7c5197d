"""The texts that people accept, from the terminal."""

from pathlib import Path

import pytest
from django.core.management import call_command

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.identity.agreements import AgreementKind
from llaves.identity.queries import current_agreement

pytestmark = pytest.mark.django_db

Said = pytest.CaptureFixture[str]


def test_a_published_text_is_in_force_and_leaves_its_event(tmp_path: Path, capsys: Said) -> None:
    file = tmp_path / "terminos.txt"
    file.write_text("Términos nuevos", encoding="utf-8")
    call_command("agreement", "publish", "terminos", str(file))
    assert "rige la versión 2" in capsys.readouterr().out
    assert current_agreement(AgreementKind.TERMS).text == "Términos nuevos\n"
    event = Event.objects.get()
    assert (event.name, event.actor_kind) == ("identity.agreement.published", "operator")
    assert event.actor.endswith(" agreement publish")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a" * 200_000])
def test_an_unusable_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "texto"
    file.write_bytes(content)
    with pytest.raises(Error, match=r"^El "):
        call_command("agreement", "publish", "terminos", str(file))
    assert not Event.objects.exists()


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for file in (tmp_path / "nada", tmp_path):
        with pytest.raises(Error, match="No se puede leer"):
            call_command("agreement", "publish", "terminos", str(file))


def test_the_list_shows_what_is_in_force(capsys: Said) -> None:
    call_command("agreement", "list")
    said = capsys.readouterr().out
    assert all(kind in said for kind in AgreementKind.values)
    assert said.count("con el portal") == 3


def test_what_is_shown_can_be_published_as_it_is(tmp_path: Path, capsys: Said) -> None:
    call_command("agreement", "show", "terminos")
    file = tmp_path / "terminos.txt"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert file.read_text(encoding="utf-8").strip() == current_agreement(AgreementKind.TERMS).text.strip()
    with pytest.raises(Error, match="igual al de la versión 1"):
        call_command("agreement", "publish", "terminos", str(file))


def test_an_older_version_can_be_shown_and_one_that_is_not_there_cannot(capsys: Said) -> None:
    call_command("agreement", "show", "confidencialidad", "--version", "1")
    assert "Versión 1" in capsys.readouterr().out
    with pytest.raises(Error, match="No hay una versión 2 de confidencialidad"):
        call_command("agreement", "show", "confidencialidad", "--version", "2")
