"""Fills a database with the invented country, and opens the accounts of the people whom a newcomer meets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from secrets import token_hex
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.audit.queries import holds_demo_data
from llaves.cli.demo_country import SEED, Household, households
from llaves.cli.demo_people import ACQUAINTANCES, PASSWORD, Acquaintance, first_households
from llaves.credentials.actions import set_environment, set_subscription_key
from llaves.credentials.queries import environments
from llaves.identity import actions as identity
from llaves.identity import factors
from llaves.identity.agreements import AgreementKind
from llaves.identity.queries import current_agreement, find_account_by_login, must_add_second_factor
from llaves.identity.roles import Role
from llaves.providers import actions as providers
from llaves.providers.people import DelegationLine
from llaves.providers.queries import count_providers, names_by_nit, organizations_by_nit, people_by_document

if TYPE_CHECKING:
    from llaves.identity.models import Account


_TENANT_OF_OLD = "00000000-0000-4000-8000-0000000000de"
"""Of demos that knew no emulator of Entra, and are kept."""


class RealDataHere(Exception):
    """The database holds organizations that no demo has put there."""


@dataclass(frozen=True, slots=True)
class Invention:
    """Where the demo's lines come from: no file."""

    read: int
    name: str = "datos de demostración"
    refused: int = 0
    sha256: str = ""


@transaction.atomic
def load(number: int, *, by: Actor, at: datetime) -> int:
    """Make sure that there are at least so many providers, and return how many were added.

    :raises RealDataHere: see there; nothing is added then.
    """
    before = count_providers()
    if not holds_demo_data() and names_by_nit():
        raise RealDataHere
    if before >= number:
        return 0
    found = list(up_to(number))
    _write(found, by=by, at=at)
    added = count_providers() - before
    trail.record(EventName.DEMO_LOADED, by=by, at=at, details={"providers": added, "seed": SEED})
    return added


def up_to(number: int) -> Iterator[Household]:
    """The beginning of the country: the first households that together have exactly so many providers."""
    left = number
    for household in chain(first_households(), households()):
        kept = household.providers[:left]
        yield replace(household, providers=kept)
        left -= len(kept)
        if left <= 0:
            return


def _write(found: list[Household], *, by: Actor, at: datetime) -> None:
    lines = [line for household in found for line in household.providers]
    people = [line for household in found for line in household.people]
    delegations = [line for household in found for line in household.delegations]
    providers.import_registry(lines=lines, origin=Invention(len(lines)), by=by, at=at)
    providers.import_people(lines=people, origin=Invention(len(people)), by=by, at=at)
    known_people, known_organizations = people_by_document(), organizations_by_nit()
    resolved = [
        DelegationLine(known_people[line.document], known_organizations[line.nit], line.starts_on, line.ends_on)
        for line in delegations
    ]
    providers.import_delegations(lines=resolved, origin=Invention(len(resolved)), by=by, at=at)


@transaction.atomic
def fill_environments(*, by: Actor, at: datetime) -> None:
    """Give the environments, which a new database knows by name, a tenant and a scope nobody has.

    The emulator of Entra knows both; its address may be another at every start.
    """
    for number, environment in enumerate(environments(), start=1):
        wanted = _entra_of(number)
        if not environment.tenant_id:
            wanted |= {
                "endpoint": environment.endpoint or "https://desarrollo.ihce.example/ihce",
                "scope": f"api://00000000-0000-4000-8000-00000000000{number}/.default",
            }
        elif environment.tenant_id not in {wanted["tenant_id"], _TENANT_OF_OLD}:
            continue  # somebody tries it with a tenant of his own
        if any(getattr(environment, name) != value for name, value in wanted.items()):
            set_environment(code=environment.code, values=wanted, by=by, at=at)
        if wanted.get("is_automatic") and not environment.is_automatic:
            set_subscription_key(code=environment.code, key=token_hex(16), by=by, at=at)


def _entra_of(number: int) -> dict[str, str | bool]:
    tenant: dict[str, str | bool] = {"tenant_id": f"00000000-0000-4000-8000-0000000000d{number}"}
    url = settings.DEMO_ENTRA_URL
    return tenant | ({"authority": url, "graph_base": f"{url}/v1.0", "is_automatic": True} if url else {})


def open_accounts(*, by: Actor, at: datetime) -> None:
    """Register and activate whoever is to have a ready account and has none yet."""
    for acquaintance in ACQUAINTANCES:
        if acquaintance.is_ready:
            account = open_account(acquaintance, by=by, at=at)
            _add_application(account, by=by, at=at)


def _add_application(account: "Account", *, by: Actor, at: datetime) -> None:
    """Give an official the second factor that he must have; the mailbox shows its codes."""
    secret = settings.DEMO_TOTP_SECRET
    if secret and must_add_second_factor(account):
        before = at - timedelta(minutes=2)  # so that the code of this moment is still unused
        code = factors.code_at(secret, before)
        factors.add_totp(account=account, secret=secret, code=code, by=by, at=before)


@transaction.atomic
def open_account(who: Acquaintance, *, by: Actor, at: datetime) -> "Account":
    """Register somebody and activate the account with the demo's password, unless that was done before."""
    if known := find_account_by_login(who.login):
        return known
    document_type, document_number = who.document
    account = identity.register(
        role=who.role,
        document_type=document_type,
        document_number=document_number,
        nit=who.nit,
        entity_type="PSS" if who.role is Role.DELEGATE else "",
        accepts=[current_agreement(AgreementKind.CONFIDENTIALITY)],
        by=by,
        at=at,
    )
    link = account.links.get(spent_at__isnull=True)
    return identity.activate(link_id=link.id, password=PASSWORD, by=by, at=at)
