"""What time brings to the officials: what expires when, what has to leave Entra, who has seen a provider's keys."""

from datetime import UTC
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from llaves.credentials import removing
from llaves.credentials.agenda import expiring_by_week, to_be_removed
from llaves.credentials.ledger import ledger_of
from llaves.credentials.queries import Place
from llaves.credentials.removing import NothingToRemove
from llaves.credentials.sayings import STILL_ACCEPTED
from llaves.identity.actors import account_of, actor_of
from llaves.identity.roles import Role
from llaves.providers.queries import find_provider
from llaves.web.guards import for_role
from llaves.web.official import proving


@for_role(Role.OFFICIAL)
@require_safe
def expiries(request: HttpRequest) -> HttpResponse:
    """How many keys expire in each of the next 52 weeks."""
    weeks = expiring_by_week(on=timezone.localdate())
    numbers = [week.credentials for week in weeks]
    return render(request, "official/expiries.html", {"weeks": weeks, "most": max(numbers), "total": sum(numbers)})


@for_role(Role.OFFICIAL)
@require_safe
def removals(request: HttpRequest) -> HttpResponse:
    """«Por retirar en Entra»: what was replaced or revoked here and would still be accepted there."""
    after = _place(request)
    page = to_be_removed(after=after)
    here = reverse("official:removals")
    following = {"desde": page.next.at.isoformat(), "tras": str(page.next.id)} if page.next else {}
    context = {
        "credentials": page.credentials,
        "first_url": here if after else "",
        "next_url": f"{here}?{urlencode(following)}" if following else "",
    }
    return render(request, "official/removals.html", context)


def _place(request: HttpRequest) -> Place | None:
    """Where the page begins, from its address; an address that was tampered with begins at the start."""
    try:
        at, credential_id = parse_datetime(request.GET["desde"]), UUID(request.GET["tras"])
        return Place(at=at.astimezone(UTC), id=credential_id) if at and timezone.is_aware(at) else None
    except (KeyError, ValueError, OverflowError):
        return None


@for_role(Role.OFFICIAL)
@require_POST
def tick_off(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """An official has taken one out of Entra, which is asked whether it is so."""
    if proving.still_accepts(request, credential_id):
        messages.error(request, f"{STILL_ACCEPTED.happened} {STILL_ACCEPTED.official}")
        return redirect("official:removals")
    try:
        removing.tick_off(
            credential_id=credential_id, account=account_of(request), by=actor_of(request), at=timezone.now()
        )
    except NothingToRemove:
        messages.warning(request, "Esas llaves ya no están por retirar: alguien las marcó antes.")
    else:
        messages.success(request, "Quedó registrado que se retiraron de Entra.")
    return redirect("official:removals")


@for_role(Role.OFFICIAL)
@require_safe
def looks(request: HttpRequest, code: str) -> HttpResponse:
    """Who has seen a provider's keys, and when."""
    provider = find_provider(code)
    if provider is None:
        raise Http404
    return render(
        request, "official/looks.html", {"provider": provider, "looks": ledger_of(provider, at=timezone.now())[::-1]}
    )
