"""Generar llaves de acceso: who waits, the assignment (imagen 16–19), and the letters that did not arrive."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from llaves.credentials import attending, generation_outcomes
from llaves.credentials.actions import PairRefused
from llaves.credentials.attending import ClaimedByAnother
from llaves.credentials.generated import SubscriptionKeyMissing
from llaves.credentials.generation_queries import to_be_entered
from llaves.credentials.lifecycle import Move, MoveNotAllowed, State, allows
from llaves.credentials.queries import (
    Place,
    all_awaiting,
    awaiting_assignment,
    count_awaiting,
    environments,
    find_request,
    was_assigned_by_the_portal,
)
from llaves.credentials.waiting import business_days
from llaves.identity.actors import account_of, actor_of
from llaves.identity.roles import Permission
from llaves.notifications.queries import count_undelivered
from llaves.notifications.queries import undelivered as undelivered_letters
from llaves.web.forms import answer_form, posted
from llaves.web.guards import acting, needs
from llaves.web.official import proving
from llaves.web.official.assignment import AssignmentForm
from llaves.web.official.entra.shown import ShownGoing, shown_going
from llaves.web.official.files import as_csv, as_xlsx, rows
from llaves.web.official.forms import PendingForm, ReturnForm
from llaves.web.official.paging import first_page, next_page, place_in

if TYPE_CHECKING:
    from llaves.credentials.models import Request

MOST_COUNTED = 1000


@needs(Permission.SEE_ALL_PROVIDERS)
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


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def pending(request: HttpRequest) -> HttpResponse:
    """Imagen 17: the entities that wait, oldest first."""
    form, now = PendingForm(request.GET), timezone.now()
    wanted = form.wanted(today=timezone.localdate())
    after = place_in(request)
    page = awaiting_assignment(wanted=wanted, after=after)
    going = shown_going(page.requests)
    return render(
        request,
        "official/pending.html",
        {
            "form": form,
            "narrowed": form.address(),
            "waiting": [Waiting(asked, now, going.get(asked.id)) for asked in page.requests],
            "first_url": first_page("official:pending", after, form.address()),
            "next_url": next_page("official:pending", page.next, form.address()),
        },
    )


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def undelivered(request: HttpRequest) -> HttpResponse:
    """«Avisos no entregados»: the letters that were refused or wait for long, the newest first."""
    place = place_in(request)
    page = undelivered_letters(at=timezone.now(), after=(place.at, place.id) if place else None)
    context = {
        "letters": page.letters,
        "first_url": first_page("official:undelivered", place),
        "next_url": next_page("official:undelivered", Place(*page.next) if page.next else None),
    }
    return render(request, "official/undelivered.html", context)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits, as the list tells of it."""

    asked: "Request"
    now: datetime
    going: ShownGoing | None

    @property
    def days(self) -> int:
        """Business days since it was made."""
        return business_days(timezone.localdate(self.asked.requested_at), timezone.localdate(self.now))

    @property
    def is_claimed(self) -> bool:
        """Whether an official has it open."""
        return self.asked.is_claimed(at=self.now)


@needs(Permission.EXPORT)
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """The whole list, narrowed as on the page, as a file. It leaves an event, so looking is not enough."""
    form, chosen = PendingForm(request.POST), request.POST.get("form", "")
    wanted, today = form.wanted(today=timezone.localdate()), timezone.localdate()
    if chosen not in {"csv", "xlsx"}:
        raise Http404
    attending.note_export(form=chosen, filters=form.address(), by=actor_of(request), at=timezone.now())
    lines, name = rows(all_awaiting(wanted).iterator(), today=today), f"solicitudes-pendientes-{today}.{chosen}"
    if chosen == "xlsx":
        return FileResponse(as_xlsx(lines), as_attachment=True, filename=name)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(as_csv(lines), content_type="text/csv; charset=utf-8", headers=disposition)


@needs(Permission.ASSIGN)
@require_POST
def claim(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """«Ingresar Info»: the others are told that one is at it. Looking at the form alone tells them nothing."""
    asked = _find(request_id)
    # Whoever is second reads on the form who was first.
    with suppress(ClaimedByAnother, MoveNotAllowed):
        attending.claim(request_id=asked.id, **acting(request))
    return redirect("official:assign", request_id=asked.id)


@needs(Permission.ASSIGN)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """«Ingresar Info» (imagen 18)."""
    asked = _find(request_id)
    if not allows(State(asked.state), Move.ASSIGN):
        return _attended(request, asked)
    form = AssignmentForm(posted(request), to_be_entered(asked))
    if form.chosen:
        proving.tell(request, asked, form)
    elif form.pairs and form.is_valid() and proving.stands(request, asked, form):
        try:
            generation_outcomes.assign_generated(request_id=asked.id, entered=form.values(), **acting(request))
        except PairRefused as refused:
            form.add_error(refused.environment, refused.field, str(refused))
        except SubscriptionKeyMissing:
            messages.warning(request, "Falta una APIM subscription key. Escríbala aquí y vuelva a la solicitud.")
            return redirect("official:generate", request_id=asked.id)
        except MoveNotAllowed:
            return _attended(request, _find(request_id))
        else:
            proving.warn_of_unproved(request, form)
            return redirect("official:assigned", request_id=asked.id)
    return _to_be_assigned(request, asked, form)


def _to_be_assigned(request: HttpRequest, asked: "Request", form: AssignmentForm) -> HttpResponse:
    context = {
        "asked": asked,
        "form": form,
        "busy": _busy(request, asked),
        "automatic": any(one.is_automatic for one in environments()),
        "going": shown_going([asked]).get(asked.id),
    }
    return render(request, "official/assign.html", context, status=proving.status_of(form))


def _attended(request: HttpRequest, asked: "Request") -> HttpResponse:
    context = {"asked": asked, "by_the_portal": was_assigned_by_the_portal(asked)}
    return render(request, "official/attended.html", context, status=409)


def _busy(request: HttpRequest, asked: "Request") -> str:
    """Who else has the request open, and since when; empty where nobody has."""
    now = timezone.now()
    if asked.claimed_by is None or asked.claimed_by == account_of(request) or not asked.is_claimed(at=now):
        return ""
    minutes = int((now - asked.claimed_at).total_seconds() // 60) if asked.claimed_at else 0
    since = {0: "hace un momento", 1: "hace un minuto"}.get(minutes, f"hace {minutes} minutos")
    return f"{asked.claimed_by.person.name} la abrió {since}"


@needs(Permission.RETURN)
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Return a request to its delegate."""
    asked = _find(request_id)
    if not allows(State(asked.state), Move.RETURN):
        return _attended(request, asked)
    form = ReturnForm(posted(request))
    if form.is_valid():
        try:
            attending.send_back(
                request_id=asked.id,
                reason=form.cleaned_data["reason"],
                note=form.cleaned_data["note"],
                fields=form.cleaned_data["fields_to_mend"],
                **acting(request),
            )
        except MoveNotAllowed:
            return _attended(request, _find(request_id))
        messages.success(request, f"La solicitud de {asked.provider.name} quedó devuelta. El delegado recibe un aviso.")
        return redirect("official:pending")
    return answer_form(request, "official/send_back.html", form, {"asked": asked, "busy": _busy(request, asked)})


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def assigned(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Imagen 19."""
    asked = _find(request_id)
    if not asked.assigned_at:
        return redirect("official:assign", request_id=asked.id)
    context = {"asked": asked, "by_the_portal": was_assigned_by_the_portal(asked)}
    return render(request, "official/assigned.html", context)


def _find(request_id: UUID) -> "Request":
    asked = find_request(request_id)
    if asked is None:
        raise Http404
    return asked
