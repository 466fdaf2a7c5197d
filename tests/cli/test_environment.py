"""The ministry's own values of each environment."""

import io
import logging
import sys
from datetime import datetime
from uuid import uuid4

import pytest
from django.core.management import call_command

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.credentials.generation import Stage
from llaves.credentials.models import EntraApplication, Environment, Generation, SharedSubscriptionKey
from tests import people
from tests.generation import order_everything

pytestmark = pytest.mark.django_db
KEY = "fedcba9876543210fedcba9876543210"


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


ENTRA = ("--tenant-id", "t-1", "--authority", "https://x", "--graph-base", "https://x/v1.0")


def test_an_environment_becomes_automatic_and_renews_by_itself_and_ceases_to() -> None:
    call_command("environment", "set", "produccion", *ENTRA, "--is-automatic", "sí", "--renews-by-itself", "sí")
    found = Environment.objects.get(code="produccion")
    assert (found.is_automatic, found.renews_by_itself) == (True, True)
    call_command("environment", "set", "produccion", "--is-automatic", "no", "--renews-by-itself", "no")
    found.refresh_from_db()
    assert (found.is_automatic, found.renews_by_itself) == (False, False)
    assert Event.objects.order_by("-id")[0].details == {
        "environment": "produccion",
        "is_automatic": False,
        "renews_by_itself": False,
    }


@pytest.mark.parametrize("switches", [("--is-automatic", "sí"), (*ENTRA, "--renews-by-itself", "sí")])
def test_an_environment_is_not_automatic_without_what_that_needs(switches: tuple[str, ...]) -> None:
    with pytest.raises(Error, match="--graph-base"):
        call_command("environment", "set", "produccion", *switches)
    assert not Event.objects.exists()


def test_n23_the_key_for_everybody_is_read_from_the_input_and_never_shown_or_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
    call_command("environment", "subscription-key", "produccion")
    assert SharedSubscriptionKey.objects.get().environment.code == "produccion"
    call_command("environment", "list")
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err + caplog.text + str(list(Event.objects.values()))
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    call_command("environment", "subscription-key", "produccion")
    assert not SharedSubscriptionKey.objects.exists()


@pytest.mark.parametrize(
    ("code", "typed", "said"), [("produccion", "corta", "incompleta"), ("calidad", KEY, "calidad")]
)
def test_a_faulty_key_or_environment_is_refused_without_repeating_the_key(
    monkeypatch: pytest.MonkeyPatch, code: str, typed: str, said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    with pytest.raises(Error, match=said) as refused:
        call_command("environment", "subscription-key", code)
    assert typed not in str(refused.value)
    assert not SharedSubscriptionKey.objects.exists()


def test_an_environment_in_which_pairs_were_generated_keeps_its_tenant(now: datetime) -> None:
    """Those would stay in the other one, valid, and nobody would renew or remove them."""
    people.asked(people.alicia(now), now)
    order_everything(people.beto(now), now)
    call_command("environment", "set", "produccion", "--tenant-id", "t-1")  # nothing is made yet
    made = Generation.objects.get(environment__code="produccion")
    for stage, attempts in ((Stage.ORDERED, 1), (Stage.FAILED, 0)):
        Generation.objects.filter(id=made.id).update(stage=stage.value, attempts=attempts)
        refuses_to_move()
    Generation.objects.update(stage=Stage.UNDONE.value, ended_at=now)
    application = EntraApplication.objects.create(
        id=uuid4(),
        client_id=uuid4(),
        provider=made.provider,
        environment=made.environment,
        tenant_id="t-1",
        made_at=now,
    )
    refuses_to_move()
    call_command("environment", "set", "produccion", "--tenant-id", "t-1", "--scope", "api://x/.default")
    application.removed_at = now
    application.save()
    call_command("environment", "set", "produccion", "--tenant-id", "t-2")


def refuses_to_move() -> None:
    events = Event.objects.count()
    with pytest.raises(Error, match="t-1 hay aplicaciones que creó el portal"):
        call_command("environment", "set", "produccion", "--tenant-id", "t-2")
    assert Environment.objects.get(code="produccion").tenant_id == "t-1"
    assert Event.objects.count() == events
