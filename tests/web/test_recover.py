"""A forgotten password, as the visitor sees it: «¿Olvidó su contraseña?»."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from llaves.identity.models import SingleUseLink
from llaves.jobs import recover
from llaves.notifications.links import token_for
from tests import people
from tests.people import PASSWORD
from tests.web.doors import Page, log_in, proof_of_work

pytestmark = pytest.mark.django_db
NEW = "otra-orilla-del-Patía-9"


@pytest.fixture
def login(now: datetime) -> str:
    return people.alicia(now).account(now).login


def ask(client: Client, login: str) -> str:
    address = reverse("public:recover")
    solved = proof_of_work(client.get(address))
    answer = client.post(address, {"login": login, "proof_of_work": solved}, follow=True)
    return Page(answer).text


def test_every_login_gets_the_same_answer(client: Client, login: str) -> None:
    said = ask(client, login)
    assert "Revise su correo" in said
    assert ask(client, "CC999-999999") == said


def test_the_image_code_or_its_alternative_is_wanted(client: Client, login: str) -> None:
    answer = client.post(reverse("public:recover"), {"login": login})
    assert answer.status_code == 422
    assert "Escriba el código de la imagen" in Page(answer).error_beside("image_code")


def test_the_new_password_opens_and_the_old_sessions_are_closed(client: Client, login: str, now: datetime) -> None:
    elsewhere = Client()
    assert log_in(elsewhere, login).status_code == 302
    recover(login, "127.0.0.1")
    link = SingleUseLink.objects.get()
    address = reverse("public:activate", args=[link.id, token_for(link.id)])
    assert "Guardar contraseña" in client.get(address).content.decode()
    assert client.post(address, {"password": NEW, "repeated": NEW}).status_code == 302
    assert elsewhere.get(reverse("delegate:start")).status_code == 302
    assert log_in(Client(), login, PASSWORD).status_code == 422
    assert log_in(Client(), login, NEW).status_code == 302
