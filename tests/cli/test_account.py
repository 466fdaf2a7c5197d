"""Looking at a user from the terminal, and opening and closing his account."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.test import Client

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.identity.models import Account
from llaves.providers.models import Delegation, Person
from tests import people
from tests.people import PASSWORD
from tests.web.doors import log_in

pytestmark = pytest.mark.django_db

Said = pytest.CaptureFixture[str]


@pytest.fixture
def account(now: datetime) -> Account:
    return people.alicia(now).account(now)


@pytest.fixture
def unlisted(account: Account) -> str:
    return f"{account.login}0"


def test_it_shows_who_somebody_is_and_no_way_to_reach_him(account: Account, capsys: Said) -> None:
    account.last_login = datetime(2026, 11, 22, 14, 5, tzinfo=ZoneInfo("UTC"))
    account.save()
    Person.objects.update(confirmed_at=datetime(2026, 11, 22, 9, 15, tzinfo=ZoneInfo("UTC")))
    call_command("account", "show", account.login.lower())
    said = capsys.readouterr().out
    for shown in (
        account.login,
        "SECURITYADMIN - IHCE IPS",
        "CC 1020304050 · Alicia Muñoz Paz",
        "890303841-8 · CLÍNICA LOS ALISOS",
        "23/11/2026 09:00",
        "22/11/2026 09:05",
        "22/11/2026 04:15",
        "a•••@hospital.example",
    ):
        assert shown in said
    assert "alicia@" not in said
    assert not Event.objects.exists()


def test_it_shows_whether_the_delegation_stands(account: Account, capsys: Said) -> None:
    Delegation.objects.update(starts_on="2020-01-01", ends_on=None)
    call_command("account", "show", account.login)
    assert capsys.readouterr().out.count(" sí ") == 2
    Delegation.objects.all().delete()
    call_command("account", "show", account.login)
    assert capsys.readouterr().out.count(" no ") == 3, "and no second factor"


def test_what_the_registry_holds_is_not_the_terminals_markup(account: Account, capsys: Said) -> None:
    account.organization.name = "CLÍNICA [red]LOS[/] ALISOS"
    account.organization.save()
    call_command("account", "show", account.login)
    assert "[red]LOS[/]" in capsys.readouterr().out


def test_it_suspends_and_reinstates_and_each_leaves_its_event(account: Account, capsys: Said) -> None:
    call_command("account", "suspend", account.login, "--reason", "Caso 4512")
    account.refresh_from_db()
    assert account.suspended_at
    call_command("account", "reinstate", account.login.lower(), "--reason", "Caso cerrado")
    account.refresh_from_db()
    assert account.suspended_at is None
    assert "Sesiones cerradas: 0." in capsys.readouterr().out
    events = list(Event.objects.order_by("id"))
    assert [event.name for event in events] == ["identity.account.suspended", "identity.account.reinstated"]
    assert [event.actor_kind for event in events] == ["operator", "operator"]
    assert events[0].actor.endswith(" account suspend")
    assert events[0].details["reason"] == "Caso 4512"


def test_it_unlocks_who_failed_too_often(account: Account) -> None:
    for _ in range(5):
        log_in(Client(), account.login, "otra-clave-larga")
    assert log_in(Client(), account.login, PASSWORD).status_code == 422
    call_command("account", "unlock", account.login)
    assert log_in(Client(), account.login, PASSWORD).status_code == 302


@pytest.mark.parametrize("verb", [["show"], ["suspend", "--reason", "x"], ["reinstate", "--reason", "x"], ["unlock"]])
def test_an_unknown_login_is_one_line(unlisted: str, verb: list[str]) -> None:
    with pytest.raises(Error, match=f"^No hay un usuario con el login {unlisted}.$"):
        call_command("account", verb[0], unlisted, *verb[1:])
    assert not Event.objects.exists()


def test_what_is_done_already_is_one_line(account: Account) -> None:
    with pytest.raises(Error, match="no está suspendido"):
        call_command("account", "reinstate", account.login, "--reason", "x")
    with pytest.raises(Error, match="no está bloqueado"):
        call_command("account", "unlock", account.login)
    assert not Event.objects.exists()


def test_each_verb_has_a_spanish_help_with_an_example(capsys: Said) -> None:
    for verb in ("show", "suspend", "reinstate", "unlock"):
        with pytest.raises(SystemExit):
            call_command("account", verb, "--help")
        said = capsys.readouterr().out
        assert said.startswith("uso: ")
        assert said.count("uso: ") == 1
        assert f"Ejemplo: llaves account {verb}" in said
