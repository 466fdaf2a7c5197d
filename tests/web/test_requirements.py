"""6.1 Verificación de requisitos: what is missing, for whoever asks, and nothing of anybody."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from llaves.identity.models import Account
from llaves.providers.models import Delegation, Person
from tests import people
from tests.people import Member
from tests.web.doors import proof_of_work

pytestmark = pytest.mark.django_db
ADDRESS = "/requisitos/"


@pytest.fixture
def alicia(now: datetime) -> Member:
    alicia = people.alicia(now)
    alicia.account(now)
    return alicia


def ask(client: Client, **changes: str) -> str:
    fields = {"nit": "890303841", "document_type": "CC", "document_number": "1020304050"} | changes
    solved = proof_of_work(client.get(ADDRESS))
    return client.post(ADDRESS, {"proof_of_work": solved} | fields).content.decode()


def met(page: str) -> list[bool]:
    return [state == "met" for state in re.findall(r"checklist__item--(met|unmet)", page)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda: None, [True, True, True, True]),
        (lambda: Account.objects.update(activated_at=None), [True, True, True, False]),
        (lambda: Delegation.objects.update(starts_on="2020-01-01", ends_on="2020-02-01"), [True, False, True, True]),
        (lambda: Person.objects.update(document_number="1"), [True, False, False, False]),
    ],
)
def test_each_requirement_is_met_or_not(
    alicia: Member, client: Client, change: Callable[[], object], expected: list[bool]
) -> None:
    change()
    assert met(ask(client)) == expected


def test_an_entity_that_is_not_there_leaves_the_person_met(alicia: Member, client: Client) -> None:
    assert met(ask(client, nit="900111222")) == [False, False, True, False]


def test_it_names_nobody(alicia: Member, client: Client) -> None:
    page = ask(client)
    for told in (alicia.person.name, alicia.person.email, alicia.organization.name, alicia.login):
        assert told not in page


def test_it_wants_the_image_code_or_its_alternative(alicia: Member, client: Client) -> None:
    page = ask(client, proof_of_work="")
    assert met(page) == []
    assert "Escriba el código de la imagen" in page


@pytest.mark.usefixtures("unhurried")
def test_a_search_is_slowed_down(alicia: Member, client: Client) -> None:
    answers = [client.post(ADDRESS, {}).status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]
