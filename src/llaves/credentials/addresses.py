"""Questions about private calendar addresses. Their secret part is computed when it is needed, and stored nowhere."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from llaves.credentials.models import Calendar
from llaves.identity.models import Account
from llaves.identity.queries import is_standing
from llaves.notifications.links import absolute
from llaves.providers.models import Provider


def calendar_of(provider: Provider, account: Account) -> Calendar | None:
    """The address that a delegate has."""
    return Calendar.objects.filter(provider=provider, account=account, revoked_at__isnull=True).first()


def address_of(provider: Provider, account: Account) -> str:
    """The address for calendar programs, empty where there is none. It can be shown again as it is computed."""
    calendar = calendar_of(provider, account)
    if calendar is None:
        return ""
    place = {"calendar_id": calendar.id, "token": token_for(calendar.id)}
    return absolute(reverse("public:calendar", kwargs=place))


def token_for(calendar_id: UUID) -> str:
    """The part of the address that only its owner can know: a MAC over the calendar's id."""
    return salted_hmac("llaves.credentials.calendars", str(calendar_id), algorithm="sha256").hexdigest()


def find_calendar(calendar_id: UUID, token: str, *, at: datetime) -> Calendar | None:
    """The calendar of an address, if its token is right, it was not revoked, and its owner may still act."""
    if not constant_time_compare(token, token_for(calendar_id)):
        return None
    related = Calendar.objects.select_related("provider", "account__person", "account__organization")
    calendar = related.filter(id=calendar_id, revoked_at__isnull=True).first()
    if calendar is None or not is_standing(calendar.account, at=at) or _is_elsewhere(calendar):
        return None
    return calendar


def _is_elsewhere(calendar: Calendar) -> bool:
    """Whether the provider now belongs to another organization, or is no longer enabled."""
    provider = calendar.provider
    return provider.organization_id != calendar.account.organization_id or not provider.is_enabled
