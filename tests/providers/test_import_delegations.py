"""Delegations, as MiSeguridadSocial tells of them."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from django.db import DataError

from llaves.audit.events import Actor, ActorKind, EventName
from llaves.audit.models import Event
from llaves.providers.actions import Outcome, import_delegations
from llaves.providers.models import Delegation, Organization, Person
from llaves.providers.people import DELEGATION_COLUMNS, Known, delegation_lines
from llaves.providers.queries import known_document_types, organizations_by_nit, people_by_document
from tests.providers.files import Opened, write

pytestmark = pytest.mark.django_db
ANA = Actor(kind=ActorKind.OPERATOR, name="ana import-delegations")
HEADER = "tipo_documento,numero_documento,nit,desde,hasta"
ALICIA = "CC,1020304050,950000001,2026-01-15,"

Load = Callable[..., tuple[Opened, Outcome]]


@pytest.fixture
def load(tmp_path: Path, now: datetime) -> Load:
    """Imports a file with these lines, where Alicia and her hospital are known."""
    Organization.objects.create(nit="950000001", name="HOSPITAL")
    Person.objects.create(document_type="CC", document_number="1020304050", name="Alicia", email="alicia@example.co")

    def load_it(*lines: str, by: Actor = ANA) -> tuple[Opened, Outcome]:
        opened = Opened(write(tmp_path, "\n".join((HEADER, *lines))), DELEGATION_COLUMNS)
        known = Known(people_by_document(), organizations_by_nit(), known_document_types())
        with opened.source as source:
            lines_ = delegation_lines(source, known=known)
            outcome = import_delegations(lines=lines_, origin=source, by=by, at=now)
        return opened, outcome

    return load_it


@pytest.mark.parametrize("first_day", ["2026-01-15", "15/01/2026", "2026-01-15 00:00:00", "2026-1-15"])
def test_a_delegation_is_kept_whatever_way_its_days_are_written(load: Load, first_day: str) -> None:
    load(f"cc,1.020.304.050,950.000.001,{first_day},31/12/2026")
    delegation = Delegation.objects.get()
    assert (delegation.starts_on, delegation.ends_on) == (date(2026, 1, 15), date(2026, 12, 31))
    assert delegation.person.document_number == "1020304050"


def test_it_leaves_one_event(load: Load) -> None:
    load(ALICIA)
    assert Event.objects.get(name=EventName.DELEGATIONS_IMPORTED.value).details["new"] == 1


def test_nothing_is_written_when_the_event_cannot_be(load: Load) -> None:
    with pytest.raises(DataError):
        load(ALICIA, by=Actor(kind=ActorKind.OPERATOR, name="x" * 500))
    assert not Delegation.objects.exists()


def test_the_same_again_changes_nothing_and_a_changed_end_updates(load: Load) -> None:
    load(ALICIA)
    assert load(ALICIA)[1] == Outcome(new=0, changed=0, same=1)
    assert load(ALICIA + "2026-11-30")[1] == Outcome(new=0, changed=1, same=0)
    assert Delegation.objects.get().ends_on == date(2026, 11, 30)
    assert load(ALICIA)[1] == Outcome(new=0, changed=1, same=0)
    assert Delegation.objects.get().ends_on is None


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("CC,99999,950000001,2026-01-15,", "import-people"),
        ("CC,1020304050,950000002,2026-01-15,", "import-reps"),
        ("CC,1020304050,950000001,,", "desde"),
        ("CC,1020304050,950000001,2026-02-30,", "desde"),
        ("CC,1020304050,950000001,01/13/2026,", "desde"),
        ("CC,1020304050,950000001,0026-01-15,", "creíble"),
        ("CC,1020304050,950000001,2026-01-16,mañana", "hasta"),
        ("CC,1020304050,950000001,2026-01-16,2026-01-15", "Termina antes"),
        ("CC,1020304050,950000001,2026-01-15,2026-02-01", "línea 2"),
        ("CC,1020304050,nit,2026-01-15,", "NIT"),
    ],
)
def test_one_bad_line_never_costs_the_others(load: Load, wrong: str, reason: str) -> None:
    opened, outcome = load(ALICIA, wrong, ALICIA.replace("2026-01-15", "2027-01-15"))
    assert list(opened.refusals) == [3]
    assert reason in opened.refusals[3]
    assert outcome.new == 2
