"""When a session ends by itself, and what the person reads."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.identity.actors import OPENED_AT
from llaves.identity.models import Account
from llaves.providers.models import Delegation
from tests import people
from tests.web.doors import force

pytestmark = pytest.mark.django_db


@pytest.fixture
def alicia(now: datetime) -> Client:
    return force(people.alicia(now), now)


def opened(client: Client, ago: timedelta) -> None:
    session = client.session
    session[OPENED_AT] = (timezone.now() - ago).timestamp()
    session.save()


def next_click(client: Client) -> str:
    return client.get(reverse("delegate:start"), follow=True).content.decode()


def test_it_lasts_eight_hours_at_most_however_busy(alicia: Client) -> None:
    opened(alicia, timedelta(hours=7, minutes=59))
    assert "pasaron ocho horas" not in next_click(alicia)
    opened(alicia, timedelta(hours=8, minutes=1))
    page = next_click(alicia)
    assert "pasaron ocho horas" in page
    assert "Contraseña" in page


def test_when_the_delegation_ends_the_next_click_says_so(alicia: Client) -> None:
    Delegation.objects.all().delete()
    assert "su delegación terminó" in next_click(alicia)
    assert "su delegación terminó" not in next_click(alicia)


def test_a_suspended_account_is_out_at_the_next_click(alicia: Client) -> None:
    Account.objects.update(suspended_at=timezone.now())
    assert "su usuario fue suspendido" in next_click(alicia)


def test_one_that_was_ended_from_elsewhere_says_so_once(alicia: Client) -> None:
    Session.objects.all().delete()  # as a suspension, a new password and «Cerrar las demás sesiones» do
    page = next_click(alicia)
    assert "Su sesión se cerró desde otro navegador" in page
    assert "su usuario fue suspendido" in page
    assert "se cerró" not in next_click(alicia)


def test_a_visitor_is_told_nothing_of_sessions(client: Client) -> None:
    assert "La sesión se cerró" not in next_click(client)
