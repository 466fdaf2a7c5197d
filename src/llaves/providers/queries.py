"""Questions to the registry."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from llaves.providers.documents import CITIZEN_CARD, MINISTRY_NIT, DocumentRule
from llaves.providers.models import Delegation, Organization, Person, Provider, ReferenceTable
from llaves.providers.reference import EntityType, Reference, TableName


def find_person(document_type: str, document_number: str) -> Person | None:
    """A person of the registry; nobody who has been withdrawn from it."""
    known = Person.objects.filter(withdrawn_at__isnull=True)
    return known.filter(document_type=document_type, document_number=document_number).first()


def find_organization(nit: str) -> Organization | None:
    """An organization of the registry; none that has been withdrawn from it."""
    return Organization.objects.filter(nit=nit, withdrawn_at__isnull=True).first()


def standing_on(day: date) -> Q:
    """The condition that a delegation stands on `day`: the registry has taken back neither it nor the person."""
    named = Q(withdrawn_at__isnull=True) & Q(person__withdrawn_at__isnull=True)
    return named & Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gte=day))


def may_act_for(person: Person, organization: Organization, *, on: date) -> bool:
    """Whether a delegation stands. An independent professional is his own delegate: his NIT is his cédula."""
    is_himself = person.document_type == CITIZEN_CARD and person.document_number == organization.nit
    if organization.is_natural_person and is_himself:
        return person.withdrawn_at is None and organization.withdrawn_at is None
    return Delegation.objects.filter(standing_on(on), person=person, organization=organization).exists()


def tables_in_force() -> list[ReferenceTable]:
    """The newest version of every reference table."""
    return list(ReferenceTable.objects.order_by("name", "-version").distinct("name"))


def table_in_force(name: TableName) -> ReferenceTable:
    """The newest version of a reference table."""
    return ReferenceTable.objects.filter(name=name.value).latest("version")


def find_table(name: TableName, version: int) -> ReferenceTable | None:
    """A version of a reference table, in force or not."""
    return ReferenceTable.objects.filter(name=name.value, version=version).first()


def reference() -> Reference:
    """What the tables in force say, by one query."""
    tables = {TableName(table.name): table for table in tables_in_force()}
    entities, documents = tables[TableName.ENTITY_TYPES].entries, tables[TableName.DOCUMENT_TYPES].entries
    return Reference(
        entity_types={entry["code"]: EntityType(**entry) for entry in entities},
        document_types={entry["code"]: DocumentRule(**entry) for entry in documents},
        versions={name: table.version for name, table in tables.items()},
    )


def known_document_types() -> dict[str, DocumentRule]:
    """Every document type that some version knew, as the newest of them has it.

    For the imports: whoever has a type that was withdrawn still changes his mail, and his delegation still ends.
    """
    versions = ReferenceTable.objects.filter(name=TableName.DOCUMENT_TYPES.value).order_by("version")
    return {entry["code"]: DocumentRule(**entry) for table in versions for entry in table.entries}


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What the portal holds of a question; as of the older of two moments, if both were ever confirmed."""

    is_known: bool
    as_of: datetime | None


def last_known(nit: str, document_type: str, document_number: str) -> LastKnown:
    """What there is to go by where the live registry cannot be asked."""
    found = find_organization(nit), find_person(document_type, document_number)
    # The ministry's own organization is never asked about.
    moments = [known.confirmed_at for known in found if known and not is_never_asked(known)]
    confirmed = [moment for moment in moments if moment]
    return LastKnown(None not in found, min(confirmed) if len(confirmed) == len(moments) and confirmed else None)


def is_never_asked(known: Organization | Person) -> bool:
    return isinstance(known, Organization) and known.nit == MINISTRY_NIT


def count_withdrawn(*, since: datetime) -> int:
    """How many organizations, persons and delegations the registry has withdrawn since a moment."""
    return sum(model.objects.filter(withdrawn_at__gte=since).count() for model in (Organization, Person, Delegation))


def providers_of(organization: Organization) -> QuerySet[Provider]:
    """The enabled providers of an organization, by code."""
    return Provider.objects.filter(organization=organization, is_enabled=True).order_by("code")


def find_provider(code: str) -> Provider | None:
    """A provider by its código de habilitación; what cannot be one is not looked for."""
    if not re.fullmatch(r"\d{10}", code, re.ASCII):
        return None
    return Provider.objects.select_related("organization").filter(code=code).first()


def search_providers(text: str, *, most: int) -> list[Provider]:
    """Some providers by code, NIT or name, in the order of their codes; none without a text."""
    query = search_query(text)
    if query is None:
        return []
    return list(Provider.objects.select_related("organization").filter(search=query).order_by("code")[:most])


def count_providers() -> int:
    """How many providers are known."""
    return Provider.objects.count()


def names_by_nit() -> dict[str, str]:
    """The name of every organization."""
    return dict(Organization.objects.values_list("nit", "name"))


def organizations_by_nit() -> dict[str, int]:
    """The key of every organization."""
    return dict(Organization.objects.values_list("nit", "id"))


def people_by_document() -> dict[tuple[str, str], int]:
    """The key of every person, by type and number of the document."""
    found = Person.objects.values_list("document_type", "document_number", "id")
    return {(document_type, number): key for document_type, number, key in found}


def all_organizations() -> Iterator[tuple[str, str, str]]:
    """NIT, name and SI or NO for a natural person, of every organization."""
    for nit, name, is_person in Organization.objects.values_list("nit", "name", "is_natural_person").iterator():
        yield nit, name, "SI" if is_person else "NO"


def all_people() -> Iterator[tuple[str, ...]]:
    """Type and number of the document, name, mail and telephone, of everybody."""
    fields = "document_type", "document_number", "name", "email", "phone"
    return Person.objects.values_list(*fields).iterator()


def all_delegations() -> Iterator[tuple[str, str, str, date, date | None]]:
    """Type and number of the document, NIT, first and last day, of every delegation that was not withdrawn."""
    fields = "person__document_type", "person__document_number", "organization__nit", "starts_on", "ends_on"
    return Delegation.objects.filter(withdrawn_at__isnull=True).values_list(*fields).iterator()


def words(text: str) -> list[str]:
    """The words of a text as they are indexed and searched: lower case, without accents or punctuation."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", plain)


def search_query(text: str) -> SearchQuery | None:
    """What matches providers in which every word typed begins some word of code, NIT or name; None when empty."""
    # A NIT as people write it, 890.303.841-8, is indexed as 890303841.
    plain = re.sub(r"(?<=\d)\.(?=\d{3})", "", text)
    typed = words(re.sub(r"\b(\d{5,10})-\d\b", r"\1", plain))
    if not typed:
        return None
    return SearchQuery(" & ".join(f"{word}:*" for word in typed), config="simple", search_type="raw")
