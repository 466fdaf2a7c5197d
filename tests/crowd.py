"""Many who wait for their keys, and the tables that an official fills for them."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID

from openpyxl import Workbook

from llaves.credentials.models import Request
from llaves.identity.models import Account
from llaves.identity.roles import Role
from llaves.providers.models import Delegation, Organization, Person, Provider
from tests.people import ENTERED

NAMES = ("Desarrollo", "Preproducción", "Producción")
HEADER = (
    "Código de habilitación",
    "Prestador",
    "Ambiente",
    "ClientID",
    "ClientSecret",
    "Fecha de expiración",
    "APIM subscription key",
)
Row = list[str]


def crowd(count: int, at: datetime) -> list[Provider]:
    """So many providers of as many entities, each with a delegate who has asked for keys."""
    entities = Organization.objects.bulk_create(
        Organization(nit=str(800_000_000 + number), name=f"ENTIDAD {number}") for number in range(count)
    )
    providers = Provider.objects.bulk_create(
        Provider(
            code=f"05{number:08}",
            organization=entity,
            name=f"CLÍNICA {number}",
            provider_class=1,
            department="Antioquia",
            municipality="MEDELLÍN",
            updated_at=at,
            search_words="clinica",
        )
        for number, entity in enumerate(entities)
    )
    people = Person.objects.bulk_create(
        Person(
            document_type="CC", document_number=str(10_000_000 + number), name=f"Ana {number}", email=f"a{number}@x.co"
        )
        for number in range(count)
    )
    since = at.date() - timedelta(days=30)
    Delegation.objects.bulk_create(
        Delegation(person=person, organization=entity, starts_on=since)
        for person, entity in zip(people, entities, strict=True)
    )
    accounts = Account.objects.bulk_create(
        Account(
            login=f"CC{person.document_number}-{entity.nit}",
            role=Role.DELEGATE.value,
            person=person,
            organization=entity,
            registered_at=at,
            activated_at=at,
            password="!",
        )
        for person, entity in zip(people, entities, strict=True)
    )
    Request.objects.bulk_create(
        Request(
            provider=provider,
            kind="por primera vez",
            state="solicitado",
            requested_at=at - timedelta(days=1) + timedelta(seconds=number),
            requested_by=account,
            **asdict(ENTERED),
        )
        for number, (provider, account) in enumerate(zip(providers, accounts, strict=True))
    )
    return providers


def rows_for(codes: Iterable[str], today: date, seed: int = 1) -> list[Row]:
    """A line for each environment of each provider, all values different."""
    expires = (today + timedelta(days=300)).strftime("%d/%m/%Y")
    return [
        [
            code,
            "CLÍNICA",
            name,
            str(UUID(int=seed * 10_000_000 + number * 10 + place)),
            f"zz{seed}8Q~{number:05}.{place}.secret_value",
            expires,
            f"{seed * 10_000_000 + number * 10 + place:032x}",
        ]
        for number, code in enumerate(codes)
        for place, name in enumerate(NAMES)
    ]


def as_csv(
    rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER, separator: str = ";", encoding: str = "utf-8"
) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([header, *rows])
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in (header, *rows):
        book.active.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
