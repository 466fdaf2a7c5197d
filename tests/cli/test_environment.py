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
    with pytest.raises(Error, match="--endpoint"):
        call_command("environment", "set", "produccion")


def test_it_shows_the_three_environments_of_the_manual(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("environment", "list")
    shown = capsys.readouterr().out
    assert all(code in shown for code in ("desarrollo", "preproduccion", "produccion"))
