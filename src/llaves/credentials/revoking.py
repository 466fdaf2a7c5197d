"""How credentials stop: revoked by an official, or by themselves when their time is over."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import lifecycle, reminding, telling
from llaves.credentials.lifecycle import End, MoveNotAllowed, Standing
from llaves.credentials.models import Credential
from llaves.credentials.queries import subject_of
from llaves.identity.models import Account
from llaves.providers.models import Provider

MOST_AT_ONCE = 500
"""So many credentials are written down as ended in one transaction."""


@transaction.atomic
def revoke(
    *, provider: Provider, credential_ids: Collection[UUID], reason: str, account: Account, by: Actor, at: datetime
) -> None:
    """Declare credentials of a provider, one or all that are valid, good for nothing, and tell its delegates why.

    :raises MoveNotAllowed: one of them ended before, or is not this provider's, or there is none; then none is revoked.
    """
    credentials = list(
        Credential.objects.select_for_update(of=("self",))
        .select_related("environment")
        .filter(provider=provider, id__in=credential_ids)
        .order_by("id")
    )
    if not credentials or len(credentials) != len(set(credential_ids)):
        raise MoveNotAllowed("not the provider's")
    end(credentials, End.REVOKE, account=account, reason=reason, at=at)
    revoked = [str(credential.id) for credential in credentials]
    details: dict[str, trail.Detail] = {"credentials": revoked, "reason": reason}
    trail.record(EventName.CREDENTIALS_REVOKED, by=by, at=at, subject=subject_of(provider), details=details)
    telling.of_revocation(provider, credentials, reason, at=at)


@transaction.atomic
def write_down_what_ended(*, by: Actor, at: datetime) -> int:
    """Turn some credentials whose expiry or overlap is over into what they are, and tell of those that expired.

    Of two that run at once, each takes what the other has not. Returns how many it took.

    Call it again until nothing is left.
    """
    today = timezone.localdate(at)
    is_over = Q(expires_on__lt=today) | Q(overlap_ends_on__lt=today)
    over = Credential.objects.filter(is_over, standing=Standing.VALID.value).order_by("provider_id", "expires_on", "id")
    held = over.select_related("provider__organization", "environment")
    credentials = list(held.select_for_update(of=("self",), skip_locked=True)[:MOST_AT_ONCE])
    for credential in credentials:
        _write_down(credential, by=by, at=at)
    reminding.of_expiry(credentials, at=at)
    return len(credentials)


def _write_down(credential: Credential, *, by: Actor, at: datetime) -> None:
    how = {Standing.REPLACED: End.REPLACE, Standing.EXPIRED: End.EXPIRE}[credential.seen(on=timezone.localdate(at))]
    end([credential], how, account=None, reason="", at=at)
    details: dict[str, trail.Detail] = {
        "credential": str(credential.id),
        "environment": credential.environment.code,
        "standing": credential.standing,
    }
    trail.record(EventName.CREDENTIALS_ENDED, by=by, at=at, subject=subject_of(credential.provider), details=details)


def end(credentials: Sequence[Credential], how: End, *, account: Account | None, reason: str, at: datetime) -> None:
    """Write down that credentials ended, by one query. The calling action has locked them; its event tells of it.

    :raises MoveNotAllowed: one ended before.
    """
    for credential in credentials:
        credential.standing = lifecycle.ended(Standing(credential.standing), how).value
        credential.ended_at, credential.ended_by, credential.end_reason = at, account, reason
    changed = ["standing", "ended_at", "ended_by", "end_reason"]
    Credential.objects.bulk_update(credentials, changed, batch_size=MOST_AT_ONCE)
