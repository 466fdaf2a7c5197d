"""Mail comes from the registry, and may change there at any time: then the old and the new address are told, once."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.identity.models import Account
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName
from llaves.notifications.queries import masked

AT_ONCE = 500
"""Accounts of one transaction."""


@transaction.atomic
def tell_of_changed_mail(*, by: Actor, at: datetime) -> int:
    """Tell both addresses of accounts whose mail is no longer the one they were last told at.

    Of two that run at once, each takes what the other has not: a change is told once.

    :returns: how many accounts were dealt with; 0 when there is nothing left for this run.
    """
    changed = Account.objects.exclude(notice_email=F("person__email")).select_related("person", "organization")
    accounts = list(changed.select_for_update(of=("self",), skip_locked=True).order_by("id")[:AT_ONCE])
    for account in accounts:
        old, new = account.notice_email, account.person.email
        account.notice_email = new
        # Another case is the same mailbox; without an old address nobody was ever told anything.
        if old and old.casefold() != new.casefold():
            _tell(account, old, new, by=by, at=at)
    Account.objects.bulk_update(accounts, ["notice_email"])
    return len(accounts)


def _tell(account: Account, old: str, new: str, *, by: Actor, at: datetime) -> None:
    about = {"name": account.person.name, "login": account.login}
    addresses = {"old": masked(old), "new": masked(new)}
    outbox.post(LetterName.MAIL_LEFT, to=old, about={**about, "new": addresses["new"]}, at=at)
    outbox.post(LetterName.MAIL_ARRIVED, to=new, about={**about, "old": addresses["old"]}, at=at)
    details: dict[str, trail.Detail] = {"login": account.login, **addresses}
    trail.record(EventName.MAIL_CHANGED, by=by, at=at, subject=Subject(nit=account.organization.nit), details=details)
