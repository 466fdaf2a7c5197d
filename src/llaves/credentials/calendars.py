"""Private calendar addresses with a provider's expiries: making and revoking. A writer, like `actions`."""

from datetime import datetime

from django.db import transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials.models import Calendar
from llaves.credentials.queries import subject_of
from llaves.identity.models import Account
from llaves.providers.models import Provider


@transaction.atomic
def make(*, provider: Provider, account: Account, by: Actor, at: datetime) -> Calendar:
    """Give a delegate a new address of a provider's calendar; the one that he had leads nowhere from now on."""
    Account.objects.select_for_update(no_key=True).get(id=account.id)  # of two at once the second revokes the first's
    _revoke(provider, account, at=at)
    calendar = Calendar.objects.create(provider=provider, account=account, made_at=at)
    trail.record(
        EventName.CALENDAR_MADE,
        by=by,
        at=at,
        subject=subject_of(provider),
        details={"calendar": str(calendar.id)},
    )
    return calendar


@transaction.atomic
def revoke(*, provider: Provider, account: Account, by: Actor, at: datetime) -> bool:
    """Let a delegate's address lead nowhere; whether there was one."""
    Account.objects.select_for_update(no_key=True).get(id=account.id)
    if not _revoke(provider, account, at=at):
        return False
    trail.record(EventName.CALENDAR_REVOKED, by=by, at=at, subject=subject_of(provider))
    return True


def _revoke(provider: Provider, account: Account, *, at: datetime) -> int:
    return Calendar.objects.filter(provider=provider, account=account, revoked_at__isnull=True).update(revoked_at=at)
