"""The ministry's own values of each environment."""

import pytest
from django.core.management import call_command

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.credentials.models import Environment

pytestmark = pytest.mark.django_db


def test_it_changes_what_is_named_and_leaves_its_event() -> None:
    before = Environment.objects.get(code="produccion")
    call_command("environment", "set", "produccion", "--tenant-id", "t-1", "--scope", "api://x/.default")
    after = Environment.objects.get(code="produccion")
    assert (after.tenant_id, after.scope, after.endpoint) == ("t-1", "api://x/.default", before.endpoint)
    assert Event.objects.get().details == {"environment": "produccion", "tenant_id": "t-1", "scope": "api://x/.default"}


def test_an_environment_that_is_not_there_is_refused() -> None:
    with pytest.raises(Error, match="calidad"):
        call_command("environment", "set", "calidad", "--scope", "x")
    assert not Event.objects.exists()


def test_nothing_to_change_is_said() -> None:
    with pytest.raises(Error, match="diga qué cambia"):
        call_command("environment", "set", "produccion")


def test_it_shows_the_three_environments_of_the_manual(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("environment", "list")
    shown = capsys.readouterr().out
    assert all(code in shown for code in ("desarrollo", "preproduccion", "produccion"))


def test_where_pairs_are_proved_is_set_and_taken_back() -> None:
    assert not Environment.objects.get(code="produccion").is_proved
    authority, base = "https://login.microsoftonline.com", "https://graph.microsoft.com/v1.0"
    asked = ("environment", "set", "produccion", "--tenant-id", "t-1", "--authority", authority, "--graph-base", base)
    call_command(*asked)
    found = Environment.objects.get(code="produccion")
    assert (found.authority, found.graph_base, found.is_proved) == (authority, base, True)
    call_command("environment", "set", "produccion", "--authority", "")
    assert not Environment.objects.get(code="produccion").is_proved


@pytest.mark.parametrize("address", ["http://login.microsoftonline.com", "https://u:p@x", "login", "https://x/?a=1"])
def test_secrets_are_sent_to_plain_https_alone(address: str) -> None:
    with pytest.raises(Error, match="--authority"):
        call_command("environment", "set", "produccion", "--authority", address)
    assert not Event.objects.exists()
