"""What time brings to the officials: what expires when, and what has to leave Entra."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from llaves.credentials import removing
from llaves.credentials.agenda import expiring_by_week, to_be_removed
from llaves.credentials.removing import NothingToRemove
from llaves.credentials.sayings import STILL_ACCEPTED
from llaves.identity.roles import Permission
from llaves.web.guards import acting, needs
from llaves.web.official import proving
from llaves.web.official.paging import first_page, next_page, place_in
from llaves.web.official.proving import Gone

_NOT_TICKED_OFF = {
    Gone.NO: f"{STILL_ACCEPTED.happened} {STILL_ACCEPTED.official}",
    Gone.NOT_ASKED: (
        "Marcó muchas llaves en poco tiempo y esta no se comprobó. Espere unos minutos y márquela otra vez."
    ),
}


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def expiries(request: HttpRequest) -> HttpResponse:
    """How many keys expire in each of the next 52 weeks."""
    weeks = expiring_by_week(on=timezone.localdate())
    numbers = [week.credentials for week in weeks]
    return render(request, "official/expiries.html", {"weeks": weeks, "most": max(numbers), "total": sum(numbers)})


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def removals(request: HttpRequest) -> HttpResponse:
    """«Por retirar en Entra»: what was replaced or revoked here and would still be accepted there."""
    after = place_in(request)
    page = to_be_removed(after=after)
    context = {
        "credentials": page.credentials,
        "first_url": first_page("official:removals", after),
        "next_url": next_page("official:removals", page.next),
    }
    return render(request, "official/removals.html", context)


@needs(Permission.TICK_OFF)
@require_POST
def tick_off(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """An official has taken one out of Entra, which is asked whether it is so."""
    gone = proving.is_gone(request, credential_id)
    if gone in _NOT_TICKED_OFF:
        messages.error(request, _NOT_TICKED_OFF[gone])
        return redirect("official:removals")
    try:
        removing.tick_off(credential_id=credential_id, **acting(request))
    except NothingToRemove:
        messages.warning(request, "Esas llaves ya no están por retirar: alguien las marcó antes.")
    else:
        _tell_ticked_off(request, is_proved=gone is Gone.YES)
    return redirect("official:removals")


def _tell_ticked_off(request: HttpRequest, *, is_proved: bool) -> None:
    if is_proved:
        messages.success(request, "Quedó registrado que se retiraron de Entra, que ya no las acepta.")
    else:
        messages.warning(request, "Quedó registrado, sin comprobar: no se pudo consultar a Entra.")
