"""Takes over what the live registry answered: the same rules as in `actions.py`.

What the registry no longer names is not deleted but marked, since accounts and requests hang on it, and stops counting
at that moment; named again, it counts again. Every answer is as of a moment: an older one never undoes a newer one,
in whatever order two of them arrive.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.providers.answers import OrganizationSaid, PersonSaid
from llaves.providers.models import Delegation, Organization, Person
from llaves.providers.search import refresh_search_words

# Imports lock these tables first, too; taken later, the two could wait for each other for ever.
APART_FROM_IMPORTS = """
SET LOCAL lock_timeout = '2s';
LOCK TABLE providers_organization, providers_person IN ROW EXCLUSIVE MODE;
SET LOCAL lock_timeout TO DEFAULT"""

Known = TypeVar("Known", Organization, Person)


class ImportRuns(Exception):
    """Files are being imported, which may take a while: the answer is not waited with, and not taken over."""


@transaction.atomic
def take_over(
    *, organization: OrganizationSaid | None = None, person: PersonSaid | None = None, by: Actor, at: datetime
) -> list[str]:
    """Let what the registry said count from now on, and name what that changed.

    The event tells of changes: where there are none, only the moment of the last confirmation moves.

    :raises ImportRuns: see there.
    """
    _keep_apart_from_imports()
    changes = [
        *(_organization(organization, at) if organization else ()),
        *(_person(person, at) if person else ()),
    ]
    if changes:
        details: dict[str, trail.Detail] = {
            "document": "".join(person.document) if person else None,
            "changed": changes,
        }
        subject = Subject(nit=organization.nit) if organization else trail.NOBODY
        trail.record(EventName.REGISTRY_ANSWERED, by=by, at=at, subject=subject, details=details)
    return changes


def _keep_apart_from_imports() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(APART_FROM_IMPORTS)
    except OperationalError as fault:
        if isinstance(fault.__cause__, LockNotAvailable):
            raise ImportRuns from None
        raise


def _organization(said: OrganizationSaid, at: datetime) -> Iterator[str]:
    values: dict[str, object] = {}
    if said.name:
        values = {"name": said.name, "is_natural_person": said.is_natural_person}
        _, is_new = Organization.objects.get_or_create(nit=said.nit, defaults=values)
        if is_new:
            yield "organization"
    known = Organization.objects.select_for_update(no_key=True).filter(nit=said.nit).first()
    if known is None or not _is_news(known, said.as_of):
        return
    changed = list(_confirm(known, said.as_of, values, at))
    if "organization.name" in changed:
        refresh_search_words([known.id])
    yield from changed


def _person(said: PersonSaid, at: datetime) -> Iterator[str]:
    document_type, document_number = said.document
    values: dict[str, object] = {}
    people = Person.objects.filter(document_type=document_type, document_number=document_number)
    if said.line:
        values = {"name": said.line.name, "email": said.line.email, "phone": said.line.phone}
        _, is_new = people.get_or_create(document_type=document_type, document_number=document_number, defaults=values)
        if is_new:
            yield "person"
    known = people.select_for_update(no_key=True).first()
    if known is None or not _is_news(known, said.as_of):
        return
    yield from _confirm(known, said.as_of, values, at)
    yield from _delegations(known, said, at)


def _is_news(known: Known, as_of: datetime) -> bool:
    return known.confirmed_at is None or known.confirmed_at <= as_of


def _confirm(known: Known, as_of: datetime, values: dict[str, object], at: datetime) -> Iterator[str]:
    """Write what is new of an organization or a person; without values, the registry does not know it."""
    about = type(known).__name__.lower()
    for name, value in values.items():
        if getattr(known, name) != value:
            setattr(known, name, value)
            yield f"{about}.{name}"
    if values and known.withdrawn_at:
        known.withdrawn_at = None
        yield f"{about} again"
    elif not values and not known.withdrawn_at:
        known.withdrawn_at = at
        yield f"{about} withdrawn"
    known.confirmed_at = as_of
    known.save(update_fields=["confirmed_at", "withdrawn_at", *values])


def _delegations(person: Person, said: PersonSaid, at: datetime) -> Iterator[str]:
    """Write the person's delegations. Those by organizations that the portal does not know have no one to ask for."""
    owners = Organization.objects.in_bulk({each.nit for each in said.delegations}, field_name="nit")
    named = {(owners[each.nit].id, each.starts_on): each.ends_on for each in said.delegations if each.nit in owners}
    for known in person.delegations.select_related("organization").order_by("id"):
        key = known.organization_id, known.starts_on
        is_named = key in named
        change = _reconcile(known, named.pop(key, known.ends_on), at, is_named=is_named)
        if change:
            known.save(update_fields=["ends_on", "withdrawn_at"])
            yield f"delegation {known.organization.nit} {known.starts_on} {change}"
    nits = {owner.id: nit for nit, owner in owners.items()}
    for (organization_id, starts_on), ends_on in named.items():
        person.delegations.create(organization_id=organization_id, starts_on=starts_on, ends_on=ends_on)
        yield f"delegation {nits[organization_id]} {starts_on} named"


def _reconcile(known: Delegation, ends_on: object, at: datetime, *, is_named: bool) -> str:
    """Change what the portal holds of one delegation; says how, or nothing."""
    if not is_named:
        if known.withdrawn_at:
            return ""
        known.withdrawn_at = at
        return "withdrawn"
    was = known.ends_on, known.withdrawn_at
    known.ends_on, known.withdrawn_at = ends_on, None  # type: ignore[assignment]
    if was == (ends_on, None):
        return ""
    return "named again" if was[1] else f"ends {ends_on or 'open'}"
