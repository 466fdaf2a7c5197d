"""Questions to the registry."""

import re
import unicodedata
from datetime import date

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from llaves.providers.documents import DocumentType
from llaves.providers.models import Delegation, Organization, Person, Provider


def find_person(document_type: str, document_number: str) -> Person | None:
    return Person.objects.filter(document_type=document_type, document_number=document_number).first()


def find_organization(nit: str) -> Organization | None:
    return Organization.objects.filter(nit=nit).first()


def standing_on(day: date) -> Q:
    """The condition that a delegation stands on `day`."""
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gte=day))


def may_act_for(person: Person, organization: Organization, *, on: date) -> bool:
    """Whether a delegation stands. An independent professional is his own delegate: his NIT is his cédula."""
    is_himself = person.document_type == DocumentType.CC and person.document_number == organization.nit
    if organization.is_natural_person and is_himself:
        return True
    return Delegation.objects.filter(standing_on(on), person=person, organization=organization).exists()


def providers_of(organization: Organization) -> QuerySet[Provider]:
    """The enabled providers of an organization, by code."""
    return Provider.objects.filter(organization=organization, is_enabled=True).order_by("code")


def find_provider(code: str) -> Provider | None:
    """A provider by its código de habilitación, enabled or not."""
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
