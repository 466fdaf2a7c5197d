"""The only writer of organizations, providers, persons and delegations.

An import is one transaction: its lines go by COPY into a temporary table, from there only what is new or
says something new goes on, and one event tells of it. So the same file again changes nothing, and a file that
turns out unusable halfway leaves nothing. Nothing is ever deleted: accounts and requests hang on it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from operator import attrgetter

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.people import DelegationLine, PersonLine
from llaves.providers.registry import ProviderLine
from llaves.providers.search import refresh_search_words
from llaves.providers.sources import Origin

Value = str | int | bool | date | None

_provider_values = attrgetter(*(field.name for field in fields(ProviderLine)))
_person_values = attrgetter(*(field.name for field in fields(PersonLine)))
_delegation_values = attrgetter(*(field.name for field in fields(DelegationLine)))

# Of two imports at once the second waits: each must see what the other has written. Readers are not held up.
_ONE_AT_A_TIME = "LOCK TABLE providers_organization, providers_person IN SHARE ROW EXCLUSIVE MODE"


@dataclass(frozen=True, slots=True)
class Merge:
    """How the lines of a temporary table reach their table: first what they change, then what they add."""

    columns: str
    update: str
    insert: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many of the accepted lines were new, changed something, or said what was known."""

    new: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class RegistryOutcome:
    """What an import of the registry did.

    `absent` counts the providers of the file's departments that are not in the file; they stay as they are.
    """

    providers: Outcome
    organizations: Outcome
    absent: int


_REGISTRY_COLUMNS = """
    code varchar(10), nit varchar(10), organization_name varchar(200), is_natural_person boolean,
    name varchar(200), provider_class smallint, department varchar(60), municipality varchar(60),
    email varchar(254), is_enabled boolean, search_words text"""

_UPDATE_ORGANIZATIONS = """
UPDATE providers_organization AS known
SET name = said.organization_name, is_natural_person = said.is_natural_person
FROM (SELECT DISTINCT nit, organization_name, is_natural_person FROM incoming) AS said
WHERE known.nit = said.nit
  AND (known.name, known.is_natural_person) IS DISTINCT FROM (said.organization_name, said.is_natural_person)
RETURNING known.id"""

_INSERT_ORGANIZATIONS = """
INSERT INTO providers_organization (nit, name, is_natural_person)
SELECT DISTINCT nit, organization_name, is_natural_person FROM incoming
WHERE NOT EXISTS (SELECT FROM providers_organization AS known WHERE known.nit = incoming.nit)"""

# The ministry is no provider, but its officials are delegated by it.
_KNOW_THE_MINISTRY = """
INSERT INTO providers_organization (nit, name, is_natural_person)
VALUES (%s, 'MINISTERIO DE SALUD Y PROTECCIÓN SOCIAL', FALSE) ON CONFLICT (nit) DO NOTHING"""

_COUNT_ORGANIZATIONS = "SELECT count(DISTINCT nit) FROM incoming"

_UPDATE_PROVIDERS = """
UPDATE providers_provider AS known
SET organization_id = owner.id, name = said.name, provider_class = said.provider_class,
    department = said.department, municipality = said.municipality, email = said.email,
    is_enabled = said.is_enabled, search_words = said.search_words, updated_at = %s
FROM incoming AS said JOIN providers_organization AS owner ON owner.nit = said.nit
WHERE known.code = said.code
  AND (known.organization_id, known.name, known.provider_class, known.department, known.municipality,
       known.email, known.is_enabled)
      IS DISTINCT FROM
      (owner.id, said.name, said.provider_class, said.department, said.municipality,
       said.email, said.is_enabled)"""

_INSERT_PROVIDERS = """
INSERT INTO providers_provider (code, organization_id, name, provider_class, department, municipality, email,
                                is_enabled, search_words, updated_at)
SELECT said.code, owner.id, said.name, said.provider_class, said.department, said.municipality, said.email,
       said.is_enabled, said.search_words, %s
FROM incoming AS said JOIN providers_organization AS owner ON owner.nit = said.nit
WHERE NOT EXISTS (SELECT FROM providers_provider AS known WHERE known.code = said.code)"""

_COUNT_ABSENT = """
SELECT count(*) FROM providers_provider AS known
WHERE left(known.code, 2) IN (SELECT DISTINCT left(code, 2) FROM incoming)
  AND NOT EXISTS (SELECT FROM incoming WHERE incoming.code = known.code)"""

_PEOPLE = Merge(
    columns="""
    document_type varchar(2), document_number varchar(16), name varchar(120), email varchar(254),
    phone varchar(10)""",
    update="""
UPDATE providers_person AS known SET name = said.name, email = said.email, phone = said.phone
FROM incoming AS said
WHERE known.document_type = said.document_type AND known.document_number = said.document_number
  AND (known.name, known.email, known.phone) IS DISTINCT FROM (said.name, said.email, said.phone)""",
    insert="""
INSERT INTO providers_person (document_type, document_number, name, email, phone)
SELECT document_type, document_number, name, email, phone FROM incoming AS said
WHERE NOT EXISTS (SELECT FROM providers_person AS known
                  WHERE known.document_type = said.document_type
                    AND known.document_number = said.document_number)""",
)

_DELEGATIONS = Merge(
    columns="person_id bigint, organization_id bigint, starts_on date, ends_on date",
    update="""
UPDATE providers_delegation AS known SET ends_on = said.ends_on
FROM incoming AS said
WHERE known.person_id = said.person_id AND known.organization_id = said.organization_id
  AND known.starts_on = said.starts_on AND known.ends_on IS DISTINCT FROM said.ends_on""",
    insert="""
INSERT INTO providers_delegation (person_id, organization_id, starts_on, ends_on)
SELECT person_id, organization_id, starts_on, ends_on FROM incoming AS said
WHERE NOT EXISTS (SELECT FROM providers_delegation AS known
                  WHERE known.person_id = said.person_id AND known.organization_id = said.organization_id
                    AND known.starts_on = said.starts_on)""",
)


@transaction.atomic
def import_registry(*, lines: Iterable[ProviderLine], origin: Origin, by: Actor, at: datetime) -> RegistryOutcome:
    """Take over what the REPS says of providers and their organizations; the ministry is known from then on."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        total = _receive(cursor, _REGISTRY_COLUMNS, ((*_provider_values(line), line.search_words) for line in lines))
        organizations, changed_ids = _merge_organizations(cursor)
        cursor.execute(_UPDATE_PROVIDERS, [at])
        changed = cursor.rowcount
        cursor.execute(_INSERT_PROVIDERS, [at])
        providers = _outcome(total, new=cursor.rowcount, changed=changed)
        absent = _count(cursor, _COUNT_ABSENT)
        # Until the database knows how large its tables became, it would search them as if they were small.
        cursor.execute("ANALYZE providers_organization, providers_provider")
    refresh_search_words(changed_ids)
    _record(EventName.REGISTRY_IMPORTED, origin, providers, by=by, at=at, absent=absent)
    return RegistryOutcome(providers, organizations, absent)


@transaction.atomic
def import_people(*, lines: Iterable[PersonLine], origin: Origin, by: Actor, at: datetime) -> Outcome:
    """Take over persons, with the mail and telephone at which the portal reaches them."""
    outcome = _merge(_PEOPLE, map(_person_values, lines))
    _record(EventName.PEOPLE_IMPORTED, origin, outcome, by=by, at=at)
    return outcome


@transaction.atomic
def import_delegations(*, lines: Iterable[DelegationLine], origin: Origin, by: Actor, at: datetime) -> Outcome:
    """Take over who may act for which organization, until when. A delegation is known by its first day."""
    outcome = _merge(_DELEGATIONS, map(_delegation_values, lines))
    _record(EventName.DELEGATIONS_IMPORTED, origin, outcome, by=by, at=at)
    return outcome


def _merge(merge: Merge, rows: Iterable[tuple[Value, ...]]) -> Outcome:
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        total = _receive(cursor, merge.columns, rows)
        cursor.execute(merge.update)
        changed = cursor.rowcount
        cursor.execute(merge.insert)
        return _outcome(total, new=cursor.rowcount, changed=changed)


def _merge_organizations(cursor: CursorWrapper) -> tuple[Outcome, list[int]]:
    """What became of the organizations, and the keys of those that changed."""
    total = _count(cursor, _COUNT_ORGANIZATIONS)
    cursor.execute(_UPDATE_ORGANIZATIONS)
    changed_ids = [key for (key,) in cursor.fetchall()]
    cursor.execute(_INSERT_ORGANIZATIONS)
    new = cursor.rowcount
    cursor.execute(_KNOW_THE_MINISTRY, [MINISTRY_NIT])
    return _outcome(total, new=new, changed=len(changed_ids)), changed_ids


def _receive(cursor: CursorWrapper, columns: str, rows: Iterable[tuple[Value, ...]]) -> int:
    """Put the rows into the temporary table `incoming`, as they come; returns how many there were."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")
    cursor.execute(f"CREATE TEMPORARY TABLE incoming ({columns}) ON COMMIT DROP")
    count = 0
    with cursor.copy("COPY incoming FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    cursor.execute("ANALYZE incoming")
    return count


def _record(name: EventName, origin: Origin, outcome: Outcome, *, by: Actor, at: datetime, **more: int) -> None:
    read: dict[str, trail.Detail] = {"read": origin.read, "refused": origin.refused}
    file: dict[str, trail.Detail] = {"file": origin.name, "sha256": origin.sha256}
    trail.record(name, by=by, at=at, details={**file, **read, **asdict(outcome), **more})


def _outcome(total: int, *, new: int, changed: int) -> Outcome:
    return Outcome(new=new, changed=changed, same=total - new - changed)


def _count(cursor: CursorWrapper, question: str) -> int:
    cursor.execute(question)
    return int(cursor.fetchone()[0])
