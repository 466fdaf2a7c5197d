"""Telling in time that credentials expire. A writer, like `actions`."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import lifecycle, reminding
from llaves.credentials.lifecycle import NOTICE_DAYS, Standing
from llaves.credentials.models import Credential, ExpiryTold, OwnExpiryTold
from llaves.credentials.queries import subject_of
from llaves.providers.models import Provider

PROVIDERS_AT_ONCE = 100
"""Whose credentials are told of in one transaction."""


@transaction.atomic
def tell_of_coming_expiry(*, after: int = 0, by: Actor, at: datetime) -> int | None:
    """Tell of the expiry of some providers' credentials, as far as the last notice that has come was not told yet.

    Of several notices that a stop has swallowed the last alone is told: the earlier ones say nothing that it does not.
    Of two that run at once, each takes the providers that the other has not.

    :param after: only providers whose key is greater.
    :returns: the provider after which the next batch begins, None when there was none left.
    """
    today = timezone.localdate(at)
    providers = Provider.objects.filter(id__in=_untold(today).values("provider"), id__gt=after).order_by("id")
    # The whole provider is held, so that its environments come in one letter.
    held = list(providers.select_for_update(no_key=True, skip_locked=True)[:PROVIDERS_AT_ONCE])
    # Asked again: another run may have told of them before they were held.
    untold = _untold(today).filter(provider__in=held).order_by("provider_id", "expires_on", "id")
    related = untold.select_related("provider__organization", "environment")
    credentials = list(related.select_for_update(of=("self",), no_key=True))
    for credential in credentials:
        _remember(credential, by=by, at=at)
    reminding.of_coming_expiry(credentials, at=at)
    return held[-1].id if held else None


@transaction.atomic
def tell_of_own_expiry(*, tenant: str, expires_on: date, by: Actor, at: datetime) -> None:
    """Tell the officials that the portal's own credential in a tenant expires, as far as that was not told yet."""
    days = lifecycle.due_notice(expires_on, on=timezone.localdate(at))
    told = OwnExpiryTold.objects.filter(tenant_id=tenant, expires_on=expires_on)
    if days is None or told.filter(days__lte=days).exists():
        return
    _, is_new = told.get_or_create(tenant_id=tenant, expires_on=expires_on, days=days, defaults={"told_at": at})
    if not is_new:
        return
    details: dict[str, trail.Detail] = {"tenant": tenant, "expires_on": expires_on.isoformat(), "days": days}
    trail.record(EventName.OWN_EXPIRY_TOLD, by=by, at=at, details=details)
    reminding.of_own_expiry(tenant, expires_on, at=at)


def _untold(today: date) -> QuerySet[Credential]:
    """The current credentials of which neither the last notice that has come nor a later one was told."""
    come = [When(expires_on__lte=today + timedelta(days=days), then=Value(days)) for days in sorted(NOTICE_DAYS)]
    until = today + timedelta(days=max(NOTICE_DAYS))
    current = Credential.objects.filter(standing=Standing.VALID.value, overlap_ends_on__isnull=True)
    told = ExpiryTold.objects.filter(credential=OuterRef("pk"), days__lte=OuterRef("come"))
    return current.filter(expires_on__range=(today, until)).annotate(come=Case(*come)).filter(~Exists(told))


def _remember(credential: Credential, *, by: Actor, at: datetime) -> None:
    days = lifecycle.due_notice(credential.expires_on, on=timezone.localdate(at))
    assert days is not None  # noqa: S101 - `_untold` found it by the same days
    ExpiryTold.objects.create(credential=credential, days=days, told_at=at)
    details: dict[str, trail.Detail] = {
        "credential": str(credential.id),
        "environment": credential.environment.code,
        "days": days,
    }
    trail.record(EventName.EXPIRY_TOLD, by=by, at=at, subject=subject_of(credential.provider), details=details)
