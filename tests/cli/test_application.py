"""The catalogue of applications, from the terminal."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from llaves.audit.models import Event
from llaves.cli.terminal import Error
from llaves.identity.models import Application

pytestmark = pytest.mark.django_db

VALUES = ("--name", "PISIS", "--summary", "Envíe sus archivos.", "--address", "https://web.sispro.gov.co")


def test_an_added_application_is_in_the_catalogue_and_leaves_its_event(client: Client) -> None:
    call_command("application", "add", "pisis", *VALUES)
    assert 'href="https://web.sispro.gov.co"' in client.get(reverse("public:applications")).content.decode()
    event = Event.objects.get()
    assert (event.name, event.actor_kind) == ("identity.application.added", "operator")
    assert event.details["application"] == "pisis"


def test_a_code_serves_once() -> None:
    call_command("application", "add", "pisis", *VALUES)
    with pytest.raises(Error, match="Ya hay una aplicación con el código pisis"):
        call_command("application", "add", "PISIS", *VALUES)
    assert Event.objects.count() == 1


def test_an_address_without_tls_is_refused() -> None:
    with pytest.raises(Error, match="https://"):
        call_command("application", "add", "pisis", *VALUES[:-1], "http://web.sispro.gov.co")
    assert not Application.objects.filter(code="pisis").exists()


def test_the_list_shows_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("application", "list")
    said = capsys.readouterr().out
    assert "este portal" in said
    assert all(code in said for code in Application.objects.values_list("code", flat=True))
