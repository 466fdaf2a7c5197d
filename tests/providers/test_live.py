"""The registry is asked: an answer counts, a silence is told, and nothing in between is ever half written."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llaves.audit.models import Event
from llaves.integrations.http import Answer, NoAnswer
from llaves.integrations.miseguridadsocial import MiSeguridadSocial
from llaves.providers import live
from llaves.providers.live import Silence, ask
from llaves.providers.models import Delegation, Organization, Person
from tests import people
from tests.people import VISITOR

pytestmark = pytest.mark.django_db
NIT = "890303841"
ALICIA = ("CC", "1020304050")
AS_OF = "2026-11-23T08:59:58-05:00"
PERSON: dict[str, Any] = {
    "tipo_documento": "CC", "numero_documento": "1020304050", "nombre": "Alicia Muñoz Paz",
    "correo": "alicia@hospital.example", "telefono": None, "fecha_datos": AS_OF,
    "delegaciones": [{"nit": NIT, "desde": "2026-01-15", "hasta": None}],
}  # fmt: skip
ORGANIZATION: dict[str, Any] = {
    "nit": NIT, "razon_social": "CLÍNICA LOS ALISOS", "persona_natural": False, "fecha_datos": AS_OF,
}  # fmt: skip
UNKNOWN = {"codigo": "desconocido", "mensaje": "", "fecha_datos": AS_OF}


class Line:
    """What comes over the line, without one: an answer for the organization and one for the person."""

    def __init__(self, organization: object, person: object, statuses: tuple[int, int] = (200, 200)) -> None:
        self.answers = {"organizaciones": (statuses[0], organization), "personas": (statuses[1], person)}
        self.asked: list[str] = []

    def get(self, path: str) -> Answer:
        self.asked.append(path)
        status, said = self.answers[path.split("/", maxsplit=1)[0]]
        if status == 0:
            raise NoAnswer
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return Answer(status, body, None)


def told(now: datetime, organization: object = ORGANIZATION, person: object = PERSON, *statuses: int) -> Silence | None:
    line = Line(organization, person, statuses or (200, 200))  # type: ignore[arg-type]
    return ask(MiSeguridadSocial(line), nit=NIT, document=ALICIA, by=VISITOR, at=now)  # type: ignore[arg-type]


def written() -> list[int]:
    return [table.objects.count() for table in (Organization, Person, Delegation, Event)]


def test_an_answer_is_taken_over(now: datetime) -> None:
    assert told(now) is None
    assert written() == [1, 1, 1, 1]
    assert Person.objects.get().confirmed_at == datetime(2026, 11, 23, 13, 59, 58, tzinfo=UTC)


def test_without_a_registry_there_is_nothing_to_ask(now: datetime) -> None:
    assert ask(None, nit=NIT, document=ALICIA, by=VISITOR, at=now) is None
    assert written() == [0, 0, 0, 0]


def test_both_are_asked_about_whatever_is_known(now: datetime) -> None:
    line = Line(UNKNOWN, UNKNOWN, (404, 404))
    assert ask(MiSeguridadSocial(line), nit=NIT, document=ALICIA, by=VISITOR, at=now) is None  # type: ignore[arg-type]
    assert line.asked == ["organizaciones/890303841", "personas/CC/1020304050"]
    assert written() == [0, 0, 0, 0]


def test_the_ministry_itself_is_not_asked_about(now: datetime) -> None:
    beto = people.beto(now)
    line = Line(UNKNOWN, PERSON)
    ask(MiSeguridadSocial(line), nit=beto.organization.nit, document=ALICIA, by=VISITOR, at=now)  # type: ignore[arg-type]
    assert line.asked == ["personas/CC/1020304050"]


@pytest.mark.parametrize(
    ("statuses", "said", "expected"),
    [
        ((200, 0), PERSON, Silence.UNREACHABLE),
        ((200, 401), PERSON, Silence.UNREACHABLE),
        ((200, 503), {"codigo": "cerrado"}, Silence.CLOSED),
        ((200, 503), [], Silence.UNREACHABLE),
        ((200, 404), {"detail": "Not Found"}, Silence.UNUSABLE),
        ((200, 500), PERSON, Silence.UNREACHABLE),
        ((200, 418), PERSON, Silence.UNUSABLE),
        ((200, 302), PERSON, Silence.UNUSABLE),
    ],
)
def test_a_silence_is_told_and_half_an_answer_counts_for_nothing(
    now: datetime, statuses: tuple[int, int], said: object, expected: Silence
) -> None:
    people.alicia(now)
    before = written()
    assert told(now, {**ORGANIZATION, "razon_social": "OTRA"}, said, *statuses) is expected
    assert written() == before
    assert Organization.objects.get(nit=NIT).name == "CLÍNICA LOS ALISOS"


@pytest.mark.parametrize(
    "change",
    [
        {"correo": "nadie"},
        {"correo": ""},
        {"nombre": "A" * 121},
        {"nombre": "\u200b"},
        {"telefono": "123"},
        {"telefono": 3001234567},
        {"numero_documento": "1020304051"},
        {"delegaciones": None},
        {"delegaciones": [{"nit": NIT, "desde": "15/01/2026", "hasta": None}]},
        {"delegaciones": [{"nit": NIT, "desde": "2026-01-15"}]},
        {"delegaciones": [{"nit": NIT, "desde": "2026-01-15", "hasta": "2026-01-14"}]},
        {"delegaciones": [{"nit": "8903038418", "desde": "2026-01-15", "hasta": None}]},
        {"delegaciones": [*PERSON["delegaciones"], {"nit": NIT, "desde": "2026-01-15", "hasta": "2026-02-01"}]},
        {"fecha_datos": "2026-11-23T09:00:00"},
        {"fecha_datos": "2026-11-23T09:06:00-05:00"},
        {"fecha_datos": "9999-12-31T23:59:59-05:00"},
    ],
)
def test_what_the_importer_refuses_is_refused_here_too(now: datetime, change: dict[str, object]) -> None:
    assert told(now, person={**PERSON, **change}) is Silence.UNUSABLE
    assert written() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[" * 100_000, b'{"nit": "1", "nit": "2"}', b"\xff\xfe", b"NaN", b"9" * 9999]
)
def test_what_is_no_json_object_is_no_answer(now: datetime, body: bytes) -> None:
    assert told(now, body) is Silence.UNUSABLE


def test_a_legal_nit_never_becomes_a_person_who_needs_no_delegation(now: datetime) -> None:
    told(now, {**ORGANIZATION, "persona_natural": True})
    assert not Organization.objects.get().is_natural_person


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([NIT, AS_OF, "CC", "2026-01-15"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted({*PERSON, *ORGANIZATION})), inner)
    ),
    max_leaves=8,
)


def shaken(right: dict[str, Any]) -> st.SearchStrategy[object]:
    """A right answer with some of its properties replaced by anything, or anything at all."""
    changes = st.dictionaries(st.sampled_from(sorted(right)), JSON, max_size=2)
    return st.builds(lambda changed: {**right, **changed}, changes) | JSON


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    organization=shaken(ORGANIZATION),
    person=shaken(PERSON),
    statuses=st.tuples(*[st.sampled_from([200, 200, 200, 404, 418])] * 2),
)
def test_any_answer_is_taken_over_or_unusable_and_never_half_written(
    now: datetime, organization: object, person: object, statuses: tuple[int, int]
) -> None:
    before, known = written(), set(Organization.objects.values_list("name", "confirmed_at"))
    silence = told(now, organization, person, *statuses)
    assert silence in {None, Silence.UNUSABLE}
    if silence:
        assert written() == before
        assert set(Organization.objects.values_list("name", "confirmed_at")) == known


@pytest.mark.parametrize(("hour", "days"), [(3, 1), (4, 0), (23, 0)])
def test_the_last_opening_is_the_last_four_oclock(now: datetime, hour: int, days: int) -> None:
    at = now.replace(hour=hour)
    assert live.last_opening(at) == now.replace(hour=4) - timedelta(days=days)
