"""Persons and delegations as files: what columns mean, what makes a line acceptable. Writes nothing."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from llaves.providers.documents import (
    DocumentFault,
    DocumentRule,
    parse_document,
    parse_email,
    parse_nit,
    parse_phone,
)
from llaves.providers.sources import LineRefused, Row, Source, bounded
from llaves.providers.tables import Column

NAME_LENGTH = 120
YEARS = range(1990, 2101)

_DOCUMENT = (
    Column("document_type", ("tipo_documento", "tipo_identificacion"), is_required=True),
    Column("document_number", ("numero_documento", "numero_identificacion"), is_required=True),
)
PEOPLE_COLUMNS = (
    *_DOCUMENT,
    Column("name", ("nombre", "nombre_completo"), is_required=True),
    Column("email", ("correo", "correo_electronico", "email"), is_required=True),
    Column("phone", ("telefono", "celular")),
)
DELEGATION_COLUMNS = (
    *_DOCUMENT,
    Column("nit", ("nit", "nits_nit"), is_required=True),
    Column("starts_on", ("desde", "fecha_desde"), is_required=True),
    Column("ends_on", ("hasta", "fecha_hasta")),
)

Line = TypeVar("Line")
Rules = Mapping[str, DocumentRule]
"""Document types by their codes."""
Document = tuple[str, str]
"""Type and number."""

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: 0?0:00(?::00)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PersonLine:
    """An accepted person, as stored."""

    document_type: str
    document_number: str
    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class DelegationLine:
    """An accepted delegation, as stored: person and organization by their keys in the database."""

    person_id: int
    organization_id: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a delegation may join."""

    people: Mapping[Document, int]
    organizations: Mapping[str, int]
    document_types: Rules


def person_lines(source: Source, *, document_types: Rules) -> Iterator[PersonLine]:
    """The acceptable persons of a file; the others are refused on the way, each with its reason."""
    return _accepted(
        source,
        lambda row: accepted_person(row, document_types),
        key=lambda line: (line.document_type, line.document_number),
    )


def delegation_lines(source: Source, *, known: Known) -> Iterator[DelegationLine]:
    """The acceptable delegations of a file; the others are refused on the way, each with its reason."""
    return _accepted(
        source,
        lambda row: _delegation(row, known),
        key=lambda line: (line.person_id, line.organization_id, line.starts_on),
    )


def _accepted(source: Source, read: Callable[[Row], Line], *, key: Callable[[Line], object]) -> Iterator[Line]:
    firsts: dict[object, tuple[int, int]] = {}
    for row in source.rows():
        try:
            line = read(row)
            first = _first_of_its_kind(firsts, row.line, key(line), hash(line))
        except (LineRefused, DocumentFault) as fault:
            about = f"{row.cells.get('document_type', '')}{row.cells.get('document_number', '')}"
            source.refuse(row.line, about, str(fault))
            continue
        if first == row.line:
            yield line


def _first_of_its_kind(firsts: dict[object, tuple[int, int]], number: int, key: object, said: int) -> int:
    """Where in the file this was said first: on this line, unless it is a repetition."""
    first, first_said = firsts.setdefault(key, (number, said))
    if first_said != said:
        raise LineRefused(f"Lo mismo ya está en la línea {first}, con otros datos; se conserva esa.")
    return first


def _document(row: Row, rules: Rules) -> Document:
    code = row.get("document_type").upper()
    if code not in rules:
        raise LineRefused(f"Su tipo de documento no es {', '.join(rules)}: «{code[:40]}».")
    return code, parse_document(rules[code], row.get("document_number"))


def accepted_person(row: Row, document_types: Rules) -> PersonLine:
    """A person, by the same rules wherever it comes from.

    :raises LineRefused: it is not acceptable.
    :raises DocumentFault: an identifier in it is not.
    """
    document_type, document_number = _document(row, document_types)
    phone = row.get("phone")
    return PersonLine(
        document_type=document_type,
        document_number=document_number,
        name=bounded(row.get("name"), NAME_LENGTH, "el nombre"),
        email=_email(row.get("email")),
        phone=phone and parse_phone(phone),
    )


def _email(text: str) -> str:
    if not text:
        raise LineRefused("Le falta el correo: sin él la persona no puede activar su usuario.")
    try:
        return parse_email(text)
    except DocumentFault:
        raise LineRefused(f"Su correo no es válido: «{text[:80]}».") from None


def _delegation(row: Row, known: Known) -> DelegationLine:
    document = _document(row, known.document_types)
    nit = parse_nit(row.get("nit"))
    starts_on = _day(row.get("starts_on"), "desde")
    ends_on = _day(row.get("ends_on"), "hasta") if row.get("ends_on") else None
    if ends_on and ends_on < starts_on:
        raise LineRefused("Termina antes de empezar: revise desde y hasta.")
    person_id = known.people.get(document)
    if person_id is None:
        raise LineRefused(f"No se conoce a la persona {document[0]}{document[1]}: cárguela antes con import-people.")
    organization_id = known.organizations.get(nit)
    if organization_id is None:
        raise LineRefused(f"No se conoce la entidad con NIT {nit}: cárguela antes con import-reps.")
    return DelegationLine(person_id, organization_id, starts_on, ends_on)


def _day(text: str, column: str) -> date:
    iso, day_first = _ISO.fullmatch(text), _DAY_FIRST.fullmatch(text)
    parts = iso.groups() if iso else day_first.groups()[::-1] if day_first else None
    try:
        year, month, day = map(int, parts or ())
        found = date(year, month, day)
    except ValueError:
        raise LineRefused(f"Su fecha {column} no es aaaa-mm-dd ni dd/mm/aaaa: «{text[:40]}».") from None
    if found.year not in YEARS:
        raise LineRefused(f"El año de su fecha {column} no es creíble: {found.year}.")
    return found
