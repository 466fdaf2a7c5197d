"""Letters, from the terminal: how they look, which did not arrive, and what mail servers report."""

import io
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.notifications import bounces, outbox
from llaves.notifications.examples import EXAMPLES
from llaves.notifications.letters import LetterName, write
from llaves.notifications.models import Notice
from tests.notifications.test_bounces import ID, POSTFIX

Said = pytest.CaptureFixture[str]
Bring = Callable[[bytes], io.BytesIO]


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Call the command as the mail server does, with a message on its standard input."""

    def run(message: bytes) -> io.BytesIO:
        given = io.BytesIO(message)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(given))
        call_command("letters", "bounce")
        return given

    return run


def notice(**values: object) -> Notice:
    told = {"letter": "lead_named", "recipient": "lina@hospital.example", "about": EXAMPLES[LetterName.LEAD_NAMED]}
    return Notice.objects.create(**{**told, "posted_at": timezone.now(), **values})


def test_the_list_has_every_letter(capsys: Said) -> None:
    call_command("letters", "list")
    said = capsys.readouterr().out
    for name in LetterName:
        assert name.value in said


@pytest.mark.parametrize("name", list(LetterName))
def test_a_letter_is_shown_as_it_is_sent_and_asks_no_database(name: LetterName, tmp_path: Path, capsys: Said) -> None:
    expected = write(name, EXAMPLES[name])
    call_command("letters", "preview", name.value)
    assert capsys.readouterr().out == f"{expected.subject}\n\n{expected.text}"
    call_command("letters", "preview", name.value, "--html", "--out", str(tmp_path / "carta.html"))
    assert (tmp_path / "carta.html").read_text(encoding="utf-8") == expected.html
    assert capsys.readouterr().out == ""


def test_all_letters_are_shown_at_once(capsys: Said) -> None:
    call_command("letters", "preview")
    said = capsys.readouterr().out
    assert said.count("\n== ") == len(LetterName) - 1
    assert all(write(name, EXAMPLES[name]).text in said for name in LetterName)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "No hay una carta nope"),
        (["ACTIVATION"], "No hay una carta ACTIVATION"),
        (["--html"], "Diga qué carta"),
        (["activation", "--out", "/nonexistent/carta.txt"], "No se puede escribir"),
    ],
)
def test_what_cannot_be_shown_is_one_line(arguments: list[str], said: str) -> None:
    with pytest.raises(Error, match=said):
        call_command("letters", "preview", *arguments)


@pytest.mark.django_db
def test_what_was_not_delivered_is_listed_and_nobodys_address(capsys: Said) -> None:
    call_command("letters", "failed")
    assert "No hay avisos sin entregar." in capsys.readouterr().out
    now = timezone.now()
    notice(refused_at=now, refusal="no_mailbox", recipient="uno@hospital.example")
    notice(posted_at=now - timedelta(hours=3, minutes=5), recipient="dos@clinica.example")
    notice(sent_at=now, recipient="tres@ips.example")
    notice(recipient="cuatro@ips.example")
    call_command("letters", "failed")
    said = capsys.readouterr().out
    words = " ".join(said.split())
    assert "u•••@" in words
    assert "d•••@" in words
    assert "t•••@" not in words
    assert "c•••@" not in words
    assert "uno@" not in words
    assert words.index("u•••@") < words.index("d•••@")


@pytest.mark.django_db
def test_a_report_marks_its_letter_and_says_nothing(bring: Bring, capsys: Said) -> None:
    letter = notice(id=ID, sent_at=timezone.now())
    bring(POSTFIX.encode())
    letter.refresh_from_db()
    assert letter.refusal == "no_mailbox"
    assert Event.objects.get().actor.endswith(" letters bounce")
    bring(POSTFIX.encode())
    assert Event.objects.count() == 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.django_db
def test_a_report_of_a_letter_that_never_was_is_answered_alike(bring: Bring, capsys: Said) -> None:
    letter = notice(sent_at=timezone.now())
    for message in (POSTFIX.encode(), b"Subject: Hola\r\n\r\nQue tal", b""):
        bring(message)
    letter.refresh_from_db()
    assert letter.refused_at is None
    assert not Event.objects.exists()
    assert capsys.readouterr() == ("", "")


def test_of_a_hundred_megabytes_one_is_read(bring: Bring) -> None:
    assert bring(b"x" * 100_000_000).tell() <= bounces.MOST_BYTES + io.DEFAULT_BUFFER_SIZE


def test_while_the_database_is_down_the_mail_server_is_asked_to_come_again(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(outbox, "take_back", fail)
    with pytest.raises(Error, match="La base de datos no responde") as refused:
        bring(POSTFIX.encode())
    assert refused.value.returncode == 75


def test_each_verb_has_a_spanish_help_with_an_example(capsys: Said) -> None:
    for verb in ("list", "preview", "failed", "bounce"):
        with pytest.raises(SystemExit):
            call_command("letters", verb, "--help")
        said = capsys.readouterr().out
        assert said.startswith("uso: ")
        assert f"Ejemplo: llaves letters {verb}" in said
