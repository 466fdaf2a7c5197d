"""When a delegate who has seen secrets may not act any more, or may again. A writer, like `actions`.

Files, the live registry, the end of a delegation and an operator all end it; so nobody has to say so, it is looked for.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, OuterRef

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.audit.queries import have_opened
from llaves.credentials.ledger import Look, seen_by
from llaves.credentials.models import Departure
from llaves.identity.models import Account
from llaves.identity.queries import addresses_of_delegates, addresses_of_officials, standing
from llaves.identity.roles import Role
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName

AT_ONCE = 50
"""Departures of one transaction."""


@transaction.atomic
def notice_departures(*, by: Actor, at: datetime) -> int:
    """Remember the delegates who may not act any more and have seen secrets; tell the officials which are in force.

    Of two that run at once, each takes what the other has not. Returns how many were found; call it until there is
    none.
    """
    gone = Departure.objects.filter(account=OuterRef("pk"), returned_at__isnull=True)
    delegates = Account.objects.filter(~standing(at), ~Exists(gone), role=Role.DELEGATE.value)
    left = delegates.filter(Exists(have_opened(OuterRef("login")))).order_by("id")
    held = list(left.select_for_update(of=("self",), no_key=True, skip_locked=True)[:AT_ONCE])
    # Asked again: another run may have noticed them before they were held.
    noticed = set(
        Departure.objects.filter(account__in=held, returned_at__isnull=True).values_list("account", flat=True)
    )
    for account in held:
        if account.id not in noticed:
            _notice(account, by=by, at=at)
    return len(held)


def _notice(account: Account, *, by: Actor, at: datetime) -> None:
    Departure.objects.create(account=account, noticed_at=at)
    looks = _in_force(account, at=at)
    details: dict[str, trail.Detail] = {
        "login": account.login,
        "credentials": sorted(str(look.credential.id) for look in looks),
    }
    _record(EventName.DELEGATE_LEFT, account, details, by=by, at=at)
    _tell(LetterName.SEEN_BY_FORMER_OFFICIALS, addresses_of_officials(at=at), account, looks, at=at)


@transaction.atomic
def tell_successors(*, by: Actor, at: datetime) -> int:
    """Tell who is delegate now what those who left have seen; where nobody is, it waits until somebody is.

    Returns how many departures it dealt with; call it until there is none.
    """
    organization = OuterRef("account__organization")
    delegates = Account.objects.filter(standing(at), organization=organization, role=Role.DELEGATE.value)
    untold = Departure.objects.filter(Exists(delegates), told_at__isnull=True, returned_at__isnull=True)
    related = untold.select_related("account__person", "account__organization").order_by("id")
    held = list(related.select_for_update(of=("self",), skip_locked=True)[:AT_ONCE])
    for departure in held:
        looks = _in_force(departure.account, at=at)
        departure.told_at = at
        departure.save(update_fields=["told_at"])
        addresses = addresses_of_delegates(departure.account.organization, at=at)
        _tell(LetterName.SEEN_BY_FORMER, addresses, departure.account, looks, at=at)
        details: dict[str, trail.Detail] = {"login": departure.account.login, "credentials": len(looks)}
        _record(EventName.SUCCESSION_TOLD, departure.account, details, by=by, at=at)
    return len(held)


@transaction.atomic
def notice_returns(*, by: Actor, at: datetime) -> int:
    """Close the departures of those who may act again; the next one is told anew. Call it until it returns 0."""
    may_act = Account.objects.filter(standing(at), id=OuterRef("account"))
    back = Departure.objects.filter(Exists(may_act), returned_at__isnull=True).order_by("id")
    related = back.select_related("account__organization")
    held = list(related.select_for_update(of=("self",), skip_locked=True)[:AT_ONCE])
    for departure in held:
        departure.returned_at = at
        departure.save(update_fields=["returned_at"])
        details: dict[str, trail.Detail] = {"login": departure.account.login}
        _record(EventName.DELEGATE_RETURNED, departure.account, details, by=by, at=at)
    return len(held)


def _in_force(account: Account, *, at: datetime) -> list[Look]:
    looks = [look for look in seen_by(account, at=at) if look.is_valid]
    return sorted(looks, key=lambda look: (look.credential.provider_id, look.credential.environment.position))


def _tell(letter: LetterName, to: Iterable[str], account: Account, looks: list[Look], *, at: datetime) -> None:
    addresses = list(to)
    for provider, group in groupby(looks, key=lambda look: look.credential.provider):
        names = dict.fromkeys(look.credential.environment.name for look in group)
        about = {"provider": provider.label, "environments": ", ".join(names), "former": account.person.name}
        for address in addresses:
            outbox.post(letter, to=address, about=about, at=at)


def _record(name: EventName, account: Account, details: dict[str, trail.Detail], *, by: Actor, at: datetime) -> None:
    trail.record(name, by=by, at=at, subject=Subject(nit=account.organization.nit), details=details)
