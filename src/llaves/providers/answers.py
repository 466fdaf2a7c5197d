"""What the live registry says, by the rules for files: acceptable as a whole, or unusable. Writes nothing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from llaves.integrations.miseguridadsocial import (
    DelegationTold,
    NobodyTold,
    OrganizationTold,
    PersonTold,
    RegistryUnusable,
)
from llaves.providers.documents import DocumentFault, parse_nit
from llaves.providers.people import Document, PersonLine, Rules, accepted_person
from llaves.providers.registry import NAME_LENGTH, is_legal
from llaves.providers.sources import LineRefused, Row, bounded, clean

CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class OrganizationSaid:
    """An organization as it is stored; without a name, the registry does not know it."""

    nit: str
    as_of: datetime
    name: str = ""
    is_natural_person: bool = False


@dataclass(frozen=True, slots=True)
class DelegationSaid:
    nit: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class PersonSaid:
    """A person as stored, with all delegations; without a line, the registry does not know him."""

    document: Document
    as_of: datetime
    line: PersonLine | None = None
    delegations: tuple[DelegationSaid, ...] = ()


def organization_said(nit: str, told: OrganizationTold | NobodyTold, *, at: datetime) -> OrganizationSaid:
    """What was told of a NIT.

    :raises RegistryUnusable: it is not acceptable.
    """
    as_of = _as_of(told.as_of, at)
    if isinstance(told, NobodyTold):
        return OrganizationSaid(nit, as_of)
    try:
        name = bounded(clean(told.name), NAME_LENGTH, "la razón social")
    except LineRefused:
        raise RegistryUnusable("property razon_social") from None
    # A natural person acts without a delegation, so a legal NIT never passes for one.
    return OrganizationSaid(nit, as_of, name, told.is_natural_person and not is_legal(nit))


def person_said(
    document: Document, told: PersonTold | NobodyTold, *, document_types: Rules, at: datetime
) -> PersonSaid:
    """What was told of a person.

    :raises RegistryUnusable: it is not acceptable.
    """
    as_of = _as_of(told.as_of, at)
    if isinstance(told, NobodyTold):
        return PersonSaid(document, as_of)
    try:
        line = accepted_person(_row(told), document_types)
    except (LineRefused, DocumentFault):
        raise RegistryUnusable("a property of the person") from None
    return PersonSaid(document, as_of, line, _delegations(told.delegations))


def _delegations(told: tuple[DelegationTold, ...]) -> tuple[DelegationSaid, ...]:
    found: dict[tuple[str, date], DelegationSaid] = {}
    for delegation in told:
        try:
            said = DelegationSaid(parse_nit(delegation.nit), delegation.starts_on, delegation.ends_on)
        except DocumentFault:
            raise RegistryUnusable("property nit of a delegation") from None
        if found.setdefault((said.nit, said.starts_on), said) != said:
            raise RegistryUnusable("two ends of one delegation")
    return tuple(found.values())


def _row(told: PersonTold) -> Row:
    cells = {
        "document_type": told.document_type,
        "document_number": told.document_number,
        "name": clean(told.name),
        "email": clean(told.email),
        "phone": clean(told.phone),
    }
    return Row(line=0, cells=cells)


def _as_of(told: datetime, at: datetime) -> datetime:
    """The moment of the data; one from the future would keep every later answer out."""
    if told > at + CLOCKS_DIFFER:
        raise RegistryUnusable("property fecha_datos")
    return min(told, at)
