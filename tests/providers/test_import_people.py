"""Persons, as MiSeguridadSocial tells of them."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.db import DataError

from llaves.audit.events import Actor, ActorKind, EventName
from llaves.audit.models import Event
from llaves.providers.actions import Outcome, import_people
from llaves.providers.models import Person
from llaves.providers.people import PEOPLE_COLUMNS, person_lines
from llaves.providers.publishing import publish_table
from llaves.providers.queries import known_document_types, table_in_force
from llaves.providers.reference import TableName
from tests.providers.files import Opened, write

pytestmark = pytest.mark.django_db
ANA = Actor(kind=ActorKind.OPERATOR, name="ana import-people")
HEADER = "Tipo Documento;Número Documento;Nombre;Correo;Teléfono"
ALICIA = "CC;1.020.304.050;Alicia  Ordóñez;alicia@example.co;+57 399 000 0001"

Load = Callable[..., tuple[Opened, Outcome]]


@pytest.fixture
def load(tmp_path: Path, now: datetime) -> Load:
    """Imports a file with these lines."""

    def load_it(*lines: str, by: Actor = ANA) -> tuple[Opened, Outcome]:
        opened = Opened(write(tmp_path, "\n".join((HEADER, *lines))), PEOPLE_COLUMNS)
        with opened.source as source:
            outcome = import_people(
                lines=person_lines(source, document_types=known_document_types()), origin=source, by=by, at=now
            )
        return opened, outcome

    return load_it


def test_a_person_is_kept_as_written_in_the_standard_way(load: Load) -> None:
    load(ALICIA)
    person = Person.objects.get()
    assert (person.document_type, person.document_number) == ("CC", "1020304050")
    assert (person.name, person.email, person.phone) == ("Alicia Ordóñez", "alicia@example.co", "3990000001")


def test_it_leaves_one_event(load: Load) -> None:
    load(ALICIA, "CC;x;;;")
    event = Event.objects.get(name=EventName.PEOPLE_IMPORTED.value)
    assert event.details.items() >= {"file": "archivo.csv", "read": 2, "new": 1, "refused": 1}.items()


def test_nothing_is_written_when_the_event_cannot_be(load: Load) -> None:
    with pytest.raises(DataError):
        load(ALICIA, by=Actor(kind=ActorKind.OPERATOR, name="x" * 500))
    assert not Person.objects.exists()


def test_the_same_again_changes_nothing_and_a_new_mail_changes_that_person(load: Load) -> None:
    beto = "PA;AX123;Beto;beto@example.co;"
    load(ALICIA, beto)
    assert load(ALICIA, beto)[1] == Outcome(new=0, changed=0, same=2)
    assert load(ALICIA.replace("alicia@", "a@"), beto)[1] == Outcome(new=0, changed=1, same=1)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("XX;123;A;a@example.co;", "tipo de documento"),
        ("CC;12;A;a@example.co;", "entre 3 y 10 dígitos"),
        ("CC;12٣45;A;a@example.co;", "entre 3 y 10 dígitos"),
        ("CC;12345;;a@example.co;", "el nombre"),
        (f"CC;12345;{'A' * 121};a@example.co;", "121 caracteres"),
        ("CC;12345;A;;", "correo"),
        ("CC;12345;A;nadie;", "correo no es válido"),
        ("CC;12345;A;a@example.co;123", "diez dígitos"),
        ("CC;1020304050;Otra;o@example.co;", "línea 2"),
        ("CC;12345", "columnas"),
    ],
)
def test_one_bad_line_never_costs_the_others(load: Load, wrong: str, reason: str) -> None:
    opened, outcome = load(ALICIA, wrong, "CE;1234567;Carla;carla@example.co;")
    assert list(opened.refusals) == [3]
    assert reason in opened.refusals[3]
    assert outcome.new == 2


def test_a_person_of_a_withdrawn_type_still_changes_his_mail(load: Load, now: datetime) -> None:
    passport = "PA;AX123;Beto;beto@example.co;"
    load(passport)
    card = table_in_force(TableName.DOCUMENT_TYPES).entries[:1]
    publish_table(name=TableName.DOCUMENT_TYPES, content=json.dumps(card).encode(), by=ANA, at=now)
    assert load(passport.replace("beto@", "b@"))[1] == Outcome(new=0, changed=1, same=0)
