"""The ministry's people, from the terminal."""

from datetime import datetime

import pytest
from django.core.management import call_command

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.identity.models import Account
from llaves.notifications.models import Notice
from llaves.providers.models import Delegation
from tests import people
from tests.people import Member

pytestmark = pytest.mark.django_db

Said = pytest.CaptureFixture[str]


@pytest.fixture
def beto(now: datetime) -> Member:
    member = people.beto(now)
    Delegation.objects.update(starts_on="2020-01-01", ends_on=None)
    return member


def test_a_delegated_person_is_registered_and_gets_the_letter(beto: Member) -> None:
    call_command("official", "add", "cc", "79.888.777")
    account = Account.objects.get(login="CC79888777")
    assert (account.role, account.activated_at) == ("official", None)
    assert Notice.objects.get().recipient == "beto@ministerio.example"
    event = Event.objects.get(name="identity.account.registered")
    assert (event.actor_kind, event.nit) == ("operator", "900474727")
    assert event.actor.endswith(" official add")


def test_who_is_not_delegated_by_the_ministry_is_refused(beto: Member) -> None:
    Delegation.objects.all().delete()
    with pytest.raises(Error, match="no lo ha delegado"):
        call_command("official", "add", "CC", "79888777")
    assert not Account.objects.exists()
    assert not Event.objects.exists()


def test_who_is_active_already_is_refused(beto: Member, now: datetime) -> None:
    beto.account(now)
    with pytest.raises(Error, match="Ya existe un usuario activo"):
        call_command("official", "add", "CC", "79888777")
    assert not Event.objects.exists()


def test_who_was_removed_is_not_added_but_reinstated(beto: Member, now: datetime) -> None:
    beto.account(now)
    Account.objects.update(suspended_at=now, activated_at=None)
    with pytest.raises(Error, match="llaves account reinstate CC79888777"):
        call_command("official", "add", "CC", "79888777")
    assert not Notice.objects.exists()


@pytest.mark.parametrize(("document", "said"), [(("NIT", "79888777"), "Use CC, CE"), (("CC", "x1"), "dígitos")])
def test_an_unusable_document_is_refused(beto: Member, document: tuple[str, str], said: str) -> None:
    with pytest.raises(Error, match=said):
        call_command("official", "add", *document)
    assert not Account.objects.exists()


def test_removing_suspends(beto: Member, now: datetime) -> None:
    account = beto.account(now)
    call_command("official", "remove", "cc79888777", "--reason", "Terminó su contrato")
    account.refresh_from_db()
    assert account.suspended_at
    event = Event.objects.get()
    assert event.name == "identity.account.suspended"
    assert event.details == {"login": "CC79888777", "reason": "Terminó su contrato", "sessions": 0}
    with pytest.raises(Error, match="ya estaba suspendido"):
        call_command("official", "remove", "CC79888777", "--reason", "Otra vez")


def test_limiting_leaves_only_the_look_and_the_list_says_so(beto: Member, now: datetime, capsys: Said) -> None:
    account = beto.account(now)
    call_command("official", "limit", "cc79888777", "--reason", "Control interno")
    account.refresh_from_db()
    assert account.only_looks
    call_command("official", "list")
    assert "(solo consulta)" in " ".join(capsys.readouterr().out.split())
    call_command("official", "unlimit", "CC79888777", "--reason", "Volvió")
    account.refresh_from_db()
    assert not account.only_looks


def test_a_delegate_is_not_removed_as_an_official(now: datetime) -> None:
    account = people.alicia(now).account(now)
    with pytest.raises(Error, match="no tiene el rol"):
        call_command("official", "remove", account.login, "--reason", "x")
    assert not Event.objects.exists()


def test_the_list_shows_officials_and_nobody_else(beto: Member, now: datetime, capsys: Said) -> None:
    call_command("official", "list")
    assert "No hay funcionarios" in capsys.readouterr().out
    beto.account(now)
    people.alicia(now).account(now)
    call_command("official", "list")
    said = capsys.readouterr().out
    line = next(line for line in said.splitlines() if "CC79888777" in line)
    assert "Beto Salas" in line
    assert "23/11/2026" in line
    assert " sí " in line
    assert "CC1020304050" not in said
