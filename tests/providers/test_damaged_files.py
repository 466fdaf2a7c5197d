"""Files that were whole once, damaged on their way: refused as a whole, or line by line; never half-written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.providers import registry
from llaves.providers.actions import Outcome, import_delegations, import_people, import_registry
from llaves.providers.models import Organization, Person
from llaves.providers.people import DELEGATION_COLUMNS, PEOPLE_COLUMNS, Known, delegation_lines, person_lines
from llaves.providers.queries import organizations_by_nit, people_by_document
from llaves.providers.sources import LONGEST_LINE, Source
from llaves.providers.tables import Column, UnusableFile
from tests.documents import RULES
from tests.providers.files import HEADER, Opened, line, write
from tests.web.doors import everything

pytestmark = pytest.mark.django_db
ANA = Actor(kind=ActorKind.OPERATOR, name="ana import")
patiently = settings(
    max_examples=60,
    deadline=None,
    database=None,
    # Each example ends in a rollback, so it finds the fixtures as they were.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def load_registry(source: Source, at: datetime) -> Outcome:
    lines = registry.provider_lines(source, known_names={})
    return import_registry(lines=lines, origin=source, by=ANA, at=at).providers


def load_people(source: Source, at: datetime) -> Outcome:
    lines = person_lines(source, document_types=RULES)
    return import_people(lines=lines, origin=source, by=ANA, at=at)


def load_delegations(source: Source, at: datetime) -> Outcome:
    known = Known(people=people_by_document(), organizations=organizations_by_nit(), document_types=RULES)
    return import_delegations(lines=delegation_lines(source, known=known), origin=source, by=ANA, at=at)


@dataclass(frozen=True)
class Kind:
    """One of the three imports, with a file that it takes whole."""

    load: Callable[[Source, datetime], Outcome]
    columns: Sequence[Column]
    whole: Sequence[str]


NUMBERS = range(1000, 1012)
KINDS = {
    "registry": Kind(
        load_registry,
        registry.COLUMNS,
        [HEADER, *(line(codigo_habilitacion=f"050017{n}", nombre_prestador=f"CLÍNICA Ñ {n}") for n in NUMBERS)],
    ),
    "people": Kind(
        load_people,
        PEOPLE_COLUMNS,
        [
            "tipo_documento,numero_documento,nombre,correo,telefono",
            *(f'CC,{n},"Muñoz Paz, Ana {n}",ana{n}@example.co,300123{n}' for n in NUMBERS),
        ],
    ),
    "delegations": Kind(
        load_delegations,
        DELEGATION_COLUMNS,
        [
            "tipo_documento,numero_documento,nit,desde,hasta",
            *(f"CC,{n},950000001,2026-01-15,31/12/2027" for n in NUMBERS),
        ],
    ),
}


@pytest.fixture(autouse=True)
def _known(db: None) -> None:
    """Whom the delegations speak of."""
    Organization.objects.create(nit="950000001", name="HOSPITAL")
    Person.objects.bulk_create(
        Person(document_type="CC", document_number=str(n), name=f"Ana {n}", email="a@example.co") for n in NUMBERS
    )


def flip(content: bytes, place: int, number: int) -> bytes:
    return content[:place] + bytes([content[place] ^ (1 << number % 8)]) + content[place + 1 :]


DAMAGES: dict[str, Callable[[bytes, int, int], bytes]] = {
    "a bit flipped": flip,
    "cut": lambda content, place, _: content[:place],
    "beheaded": lambda content, place, _: content[place:],
    "a piece lost": lambda content, place, number: content[:place] + content[place + number :],
    "a piece twice": lambda content, place, number: content[: place + number] + content[place:],
    "a quotation mark": lambda content, place, _: content[:place] + b'"' + content[place:],
    "a line end": lambda content, place, _: content[:place] + b"\r" + content[place:],
    "a NUL": lambda content, place, _: content[:place] + b"\0" + content[place:],
    "no UTF-8": lambda content, place, _: content[:place] + b"\xff\xfe\xed\xa0\x80" + content[place:],
    "another encoding from here on": lambda content, place, _: (
        content[:place] + content[place:].decode("utf-8", "replace").encode("cp1252", "replace")
    ),
    "UTF-16 from here on": lambda content, place, _: (
        content[:place] + content[place:].decode("utf-8", "replace").encode("utf-16")
    ),
    "a huge cell": lambda content, place, number: content[:place] + b"9" * (number * 3000) + content[place:],
    "the header again": lambda content, place, _: content[:place] + content.split(b"\n")[0] + b"\n" + content[place:],
    "a column twice": lambda content, *_: content.split(b",")[0] + b"," + content,
}
TWICE = {"a piece twice", "the header again"}
damages = st.lists(st.tuples(st.sampled_from(sorted(DAMAGES)), st.integers(0, 10**6), st.integers(1, 60)), max_size=4)


def encoded(kind: Kind, encoding: str) -> bytes:
    return "\r\n".join((*kind.whole, "")).encode(encoding)


def load(kind: Kind, folder: Path, content: bytes, at: datetime) -> tuple[Opened, Outcome]:
    opened = Opened(write(folder, content), tuple(kind.columns))
    with opened.source as source:
        return opened, kind.load(source, at)


@pytest.mark.parametrize("name", KINDS)
@patiently
@given(encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]), harm=damages)
def test_a_damaged_file_is_refused_whole_or_accounted_for_line_by_line(
    name: str, encoding: str, harm: list[tuple[str, int, int]], tmp_path: Path, now: datetime
) -> None:
    content = encoded(KINDS[name], encoding)
    for damage, place, number in harm:
        content = DAMAGES[damage](content, place % len(content), number) or b"\n"
    with transaction.atomic():
        before = everything()
        try:
            opened, outcome = load(KINDS[name], tmp_path, content, now)
        except UnusableFile:
            assert everything() == before
        else:
            accepted = outcome.new + outcome.changed + outcome.same
            assert opened.source.refused == len(opened.refusals)
            assert accepted + opened.source.refused <= opened.source.read
            if TWICE.isdisjoint(damage for damage, *_ in harm):
                assert accepted + opened.source.refused == opened.source.read
            assert Event.objects.count() == 1
            assert harm or accepted == len(NUMBERS)
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", KINDS)
def test_what_turns_out_to_be_no_table_halfway_leaves_nothing(name: str, tmp_path: Path, now: datetime) -> None:
    before = everything()
    content = encoded(KINDS[name], "utf-8") + b"x" * (LONGEST_LINE + 1)
    with pytest.raises(UnusableFile, match="más de un millón"):
        load(KINDS[name], tmp_path, content, now)
    assert everything() == before


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_left_when_the_event_cannot_be_written(
    name: str, tmp_path: Path, now: datetime, broken_trail: None
) -> None:
    before = everything()
    with pytest.raises(RuntimeError):
        load(KINDS[name], tmp_path, encoded(KINDS[name], "utf-8"), now)
    assert everything() == before
