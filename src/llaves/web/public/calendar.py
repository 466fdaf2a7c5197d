"""A provider's expiries for calendar programs, at a private address and without a login."""

from uuid import UUID

from allauth.decorators import rate_limit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from llaves.credentials import ical
from llaves.credentials.addresses import find_calendar
from llaves.credentials.agenda import expiries_of


@login_not_required
@require_safe
@rate_limit(action="calendar", limit_get=True)
def calendar(request: HttpRequest, calendar_id: UUID, token: str) -> HttpResponse:  # noqa: ARG001
    """Days and environments alone: whoever gets hold of the address learns no more than when something expires."""
    found = find_calendar(calendar_id, token, at=timezone.now())
    if found is None:
        raise Http404
    text = ical.write(f"Llaves IHCE – {found.provider.name}", expiries_of(found.provider))
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")
