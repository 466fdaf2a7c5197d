"""Generar llaves de acceso: who waits, the assignment (imagen 16–19), and the letters that did not arrive."""

from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from llaves.credentials import actions
from llaves.credentials.actions import PairRefused
from llaves.credentials.lifecycle import MoveNotAllowed, State
from llaves.credentials.queries import Place, awaiting_assignment, count_awaiting, environments, find_request
from llaves.identity.actors import account_of, actor_of
from llaves.identity.roles import Role
from llaves.notifications.queries import count_undelivered
from llaves.notifications.queries import undelivered as undelivered_letters
from llaves.web.forms import posted
from llaves.web.guards import for_role
from llaves.web.official.forms import AssignmentForm, SearchForm

if TYPE_CHECKING:
    from llaves.credentials.models import Request

MOST_COUNTED = 1000


@for_role(Role.OFFICIAL)
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Imagen 16: the ministry is told on its own start page too what waits."""
    count = count_awaiting(most=MOST_COUNTED)
    oldest = awaiting_assignment(length=1).requests
    context = {
        "count": count,
        "most": MOST_COUNTED,
        "oldest": oldest[0] if oldest else None,
        "undelivered": count_undelivered(at=timezone.now(), most=MOST_COUNTED),
    }
    return render(request, "official/start.html", context)


@for_role(Role.OFFICIAL)
@require_safe
def pending(request: HttpRequest) -> HttpResponse:
    """Imagen 17: the entities that wait, oldest first."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    after = _place(request)
    page = awaiting_assignment(text=text, after=after)
    return render(
        request,
        "official/pending.html",
        {
            "form": form,
            "text": text,
            "requests": page.requests,
            "first_url": _list_address("pending", text, None) if after else "",
            "next_url": _list_address("pending", text, page.next) if page.next else "",
        },
    )


@for_role(Role.OFFICIAL)
@require_safe
def undelivered(request: HttpRequest) -> HttpResponse:
    """«Avisos no entregados»: the letters that were refused or wait for long, the newest first."""
    place = _place(request)
    page = undelivered_letters(at=timezone.now(), after=(place.at, place.id) if place else None)
    context = {
        "letters": page.letters,
        "first_url": _list_address("undelivered", "", None) if place else "",
        "next_url": _list_address("undelivered", "", Place(*page.next)) if page.next else "",
    }
    return render(request, "official/undelivered.html", context)


def _place(request: HttpRequest) -> Place | None:
    """Where the page begins, from its address; an address that was tampered with begins at the start."""
    try:
        at, request_id = parse_datetime(request.GET["desde"]), UUID(request.GET["tras"])
        # In UTC: the database knows no offset beyond sixteen hours.
        return Place(at=at.astimezone(UTC), id=request_id) if at and timezone.is_aware(at) else None
    except (KeyError, ValueError, OverflowError):
        return None


def _list_address(page: str, text: str, place: Place | None) -> str:
    query = {"q": text} if text else {}
    if place:
        query |= {"desde": place.at.isoformat(), "tras": str(place.id)}
    return f"{reverse(f'official:{page}')}?{urlencode(query)}"


@for_role(Role.OFFICIAL)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """«Ingresar Info» (imagen 18)."""
    asked = _find(request_id)
    if asked.state != State.REQUESTED:
        return render(request, "official/attended.html", {"asked": asked}, status=409)
    form = AssignmentForm(posted(request), environments())
    if form.is_valid():
        try:
            actions.assign(
                request_id=asked.id,
                values=form.values(),
                account=account_of(request),
                by=actor_of(request),
                at=timezone.now(),
            )
        except PairRefused as refused:
            form.add_error(refused.environment, refused.field, str(refused))
        except MoveNotAllowed:
            return render(request, "official/attended.html", {"asked": _find(request_id)}, status=409)
        else:
            return redirect("official:assigned", request_id=asked.id)
    return render(request, "official/assign.html", {"asked": asked, "form": form}, status=422 if form.is_bound else 200)


@for_role(Role.OFFICIAL)
@require_safe
def assigned(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Imagen 19."""
    asked = _find(request_id)
    if asked.state != State.ASSIGNED:
        return redirect("official:assign", request_id=asked.id)
    return render(request, "official/assigned.html", {"asked": asked})


def _find(request_id: UUID) -> "Request":
    asked = find_request(request_id)
    if asked is None:
        raise Http404
    return asked
