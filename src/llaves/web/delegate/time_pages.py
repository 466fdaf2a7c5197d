"""What the delegate should know of his keys besides their values: when they expire, and who has seen them."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from llaves.credentials import calendars
from llaves.credentials.addresses import address_of
from llaves.credentials.ledger import ledger_of
from llaves.credentials.queries import credentials_of
from llaves.identity.actors import account_of, actor_of
from llaves.identity.roles import Permission
from llaves.web.guards import with_provider

if TYPE_CHECKING:
    from llaves.providers.models import Provider


@with_provider(Permission.SHARE_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """His private calendar address: to be made, shown, made anew and revoked."""
    account = account_of(request)
    if request.method == "POST":
        revokes = request.POST.get("do") == "revoke"
        change = calendars.revoke if revokes else calendars.make
        change(provider=provider, account=account, by=actor_of(request), at=timezone.now())
        messages.success(request, "La dirección ya no sirve." if revokes else "La dirección está lista. Cópiela.")
        return redirect("delegate:calendar")
    return render(request, "delegate/calendar.html", {"address": address_of(provider, account)})


@with_provider(Permission.SEE_OWN_PROVIDERS)
@require_safe
def looks(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """Who has seen which keys, and when."""
    seen = ledger_of(provider, credentials_of(provider), at=timezone.now())
    context = {"looks": seen[::-1], "marked": any(look.is_marked for look in seen)}
    return render(request, "delegate/looks.html", context)
