"""Entity types and document types: published in versions, checked to the letter, never changed."""

import json
import re
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.providers.documents import DocumentFault, DocumentRule, parse_document
from llaves.providers.models import ReferenceTable
from llaves.providers.publishing import publish_table
from llaves.providers.queries import known_document_types, reference, table_in_force
from llaves.providers.reference import TableFault, TableName, read_table
from tests.races import who_wins

pytestmark = pytest.mark.django_db

ANA = Actor(kind=ActorKind.OPERATOR, name="ana table publish")
CC = {
    "code": "CC",
    "label": "Cédula de ciudadanía",
    "alphabet": "digits",
    "shortest": 3,
    "longest": 10,
    "leading_zero": False,
    "shape": "entre 3 y 10 dígitos",
}
XX = {**CC, "code": "XX", "label": "Otro", "alphabet": "letters-and-digits", "leading_zero": True}
PSS = {"code": "PSS", "label": "Prestadores"}


def written(*entries: object) -> bytes:
    return json.dumps(entries).encode()


def publish(now: datetime, *entries: object, name: TableName = TableName.DOCUMENT_TYPES) -> ReferenceTable:
    return publish_table(name=name, content=written(*entries), by=ANA, at=now)


def test_the_first_version_is_what_the_portal_came_with() -> None:
    tables = reference()
    assert list(tables.document_types) == ["CC", "CE", "PA", "PT", "PE", "CD", "SC"]
    assert tables.document_label("CC") == "Cédula de ciudadanía"
    assert tables.entity_label("PSS") == "Entidades Prestadoras de Servicios de Salud PSS"
    assert set(tables.versions.values()) == {1}


def test_what_is_in_force_is_read_by_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        reference()


def test_a_new_version_is_in_force_and_the_imports_still_know_what_it_withdrew(now: datetime) -> None:
    table = publish(now, CC, {**XX, "longest": 12})
    assert (table.version, table.published_at) == (2, now)
    assert list(reference().document_types) == ["CC", "XX"]
    assert reference().document_label("PA") == "PA"
    known = known_document_types()
    assert known["PA"].longest == 16
    assert known["XX"].longest == 12


def test_publishing_leaves_its_event(now: datetime) -> None:
    table = publish(now, CC, XX)
    event = Event.objects.get()
    assert (event.name, event.actor) == ("providers.table.published", ANA.name)
    assert event.details == {
        "table": "tipos-de-documento",
        "version": 2,
        "sha256": table.sha256,
        "codes": ["CC", "XX"],
        "withdrawn": ["CD", "CE", "PA", "PE", "PT", "SC"],
    }


def test_without_its_event_nothing_is_published(now: datetime, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        publish(now, CC, XX)
    assert table_in_force(TableName.DOCUMENT_TYPES).version == 1


def test_the_same_entries_however_spaced_are_not_published_again(now: datetime) -> None:
    for name in TableName:
        same = json.dumps(table_in_force(name).entries, indent=7).encode()
        with pytest.raises(TableFault, match="igual a la versión 1"):
            publish_table(name=name, content=b"\xef\xbb\xbf" + same, by=ANA, at=now)


@pytest.mark.django_db(transaction=True)
def test_of_several_who_publish_at_once_each_version_is_one_persons(now: datetime) -> None:
    def attempt(number: int) -> None:
        publish(now, CC, {**XX, "longest": 10 + number})

    wins = who_wins(attempt, range(4), loses_with=TableFault).count(True)
    tables = ReferenceTable.objects.filter(name=TableName.DOCUMENT_TYPES).order_by("version")
    assert list(tables.values_list("version", flat=True)) == list(range(1, wins + 2))
    assert Event.objects.count() == wins >= 1


@pytest.mark.parametrize(
    "statement", ["UPDATE providers_referencetable SET version = 3", "DELETE FROM providers_referencetable", "TRUNCATE"]
)
def test_the_database_refuses_to_change_what_was_published(statement: str) -> None:
    statement = statement.replace("TRUNCATE", "TRUNCATE providers_referencetable")
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"code": "xx"}, "code"),
        ({"code": "XXX"}, "code"),
        ({"code": "Ñ1"}, "code"),
        ({"code": 7}, "code"),
        ({"code": "CC"}, "dos entradas"),
        ({"label": ""}, "label"),
        ({"label": " Otro"}, "label"),
        ({"label": "O\u200btro"}, "no se ven"),
        ({"label": "x" * 81}, "label"),
        ({"label": "Cédula de ciudadanía"}, "dos entradas"),
        ({"shape": None}, "shape"),
        ({"shape": "una\nlínea"}, "shape"),
        ({"alphabet": r"(a+)+$"}, "alphabet"),
        ({"alphabet": ["digits"]}, "alphabet"),
        ({"shortest": 2}, "van de 3 a 16"),
        ({"longest": 17}, "van de 3 a 16"),
        ({"shortest": 9, "longest": 8}, "van de 3 a 16"),
        ({"shortest": True}, "enteros"),
        ({"longest": 9.0}, "enteros"),
        ({"leading_zero": 0}, "true o false"),
        ({"pattern": ".*"}, "exactamente"),
    ],
)
def test_an_entry_that_is_not_to_the_letter_is_refused(now: datetime, changed: dict[str, object], said: str) -> None:
    with pytest.raises(TableFault, match=said):
        publish(now, CC, {**XX, **changed})
    assert table_in_force(TableName.DOCUMENT_TYPES).version == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "JSON"),
        (b"\xff\xfe[", "JSON"),
        (b"[" * 90_000, "JSON"),
        (b"{}", "lista"),
        (b"[]", "lista"),
        (b"[1]", "exactamente"),
        (b" " * 100_001, "100 kB"),
        (b'[{"code":"AA","code":"BB","label":"x"}]', "dos veces"),
        (written(*({"code": "A" * (n + 2), "label": str(n)} for n in range(51))), "lista"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(TableFault, match=said):
        read_table(TableName.ENTITY_TYPES, content)


@pytest.mark.parametrize("entries", [[XX], [{**CC, "alphabet": "letters-and-digits"}, XX]])
def test_the_cedula_is_always_there(now: datetime, entries: list[object]) -> None:
    with pytest.raises(TableFault, match="Falta CC"):
        publish(now, *entries)


def test_entity_types_have_a_code_and_a_label(now: datetime) -> None:
    publish(now, PSS, {"code": "EAPB", "label": "Aseguradoras"}, name=TableName.ENTITY_TYPES)
    assert list(reference().entity_types) == ["PSS", "EAPB"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=80) | json_values.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_in_a_file_it_is_a_table_or_is_refused(content: bytes) -> None:
    for name in TableName:
        with suppress(TableFault):
            assert read_table(name, content)


@pytest.mark.parametrize(
    ("number", "fits"),
    [("123", True), ("12", False), ("1234567890", True), ("12345678901", False), ("0123", False), ("12A", False)],
)
def test_a_rule_is_a_length_and_an_alphabet(number: str, *, fits: bool) -> None:
    assert DocumentRule(**CC).fits(number) is fits  # type: ignore[arg-type]


def test_a_number_that_does_not_fit_is_refused_with_the_rules_own_sentence() -> None:
    with pytest.raises(DocumentFault, match="Un documento de tipo Cédula de ciudadanía tiene entre 3 y 10 dígitos"):
        parse_document(DocumentRule(**CC), "٣٠٠١٢")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("CC", r"[1-9]\d{2,9}"),
        ("CE", r"[1-9]\d{2,6}"),
        ("PA", r"[A-Z0-9]{3,16}"),
        ("PT", r"\d{6,8}"),
        ("PE", r"\d{15}"),
        ("CD", r"[A-Z0-9]{3,11}"),
        ("SC", r"[A-Z0-9]{9,16}"),
    ],
)
def test_version_1_says_what_the_patterns_in_code_said(code: str, pattern: str) -> None:
    rule = reference().document_types[code]
    for length in range(1, 19):
        for number in ("1" * length, "0" * length, "A" * length, "٣" * length, "1" * (length - 1) + "-"):
            assert rule.fits(number) == bool(re.fullmatch(pattern, number, re.ASCII)), number
