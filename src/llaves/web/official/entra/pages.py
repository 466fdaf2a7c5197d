"""«Generar en Entra»: ordering it for one request or many, and looking at how far it is."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from llaves.credentials import generating
from llaves.credentials.generated import SubscriptionKeyMissing
from llaves.credentials.generating import NothingToGenerate
from llaves.credentials.generation import StepNotAllowed
from llaves.credentials.generation_queries import (
    MOST_CHOSEN,
    failures_of,
    find_generation,
    find_run,
    newest_reports,
    not_being_generated,
    places_of,
    progress_of,
    refused_upkeep,
    runs,
    what_to_do,
)
from llaves.credentials.lifecycle import Move, MoveNotAllowed, State, allows
from llaves.credentials.queries import EVERYBODY, environments, find_request
from llaves.credentials.suspended import ProviderSuspended, is_suspended
from llaves.identity.actors import actor_of
from llaves.identity.roles import Permission
from llaves.web.forms import answer_form, posted
from llaves.web.guards import acting, needs
from llaves.web.official.entra.forms import ManyForm, SubscriptionKeysForm
from llaves.web.official.entra.shown import PAUSED, ShownPlace, ShownProgress, ShownReport, ShownUpkeep

if TYPE_CHECKING:
    from llaves.credentials.models import GenerationRun, Request

DONE = {
    "reintentar": "El portal lo intenta de nuevo.",
    "cancelar": "Quedó cancelada.",
    "pausar": "Quedó en pausa.",
    "reanudar": "La generación se reanudó.",
}
TOO_LATE = "Eso ya no es posible: cambió entre tanto. Revise la página."


@needs(Permission.GENERATE)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def generate(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: each environment and how far it is; when it is sent, what is missing is ordered."""
    asked = _find(request_id)
    places = places_of(asked)
    lacking = [one.environment for one in places if one.may_be_ordered and one.needs_subscription_key]
    form = SubscriptionKeysForm(posted(request), environments=lacking)
    if form.is_valid():
        try:
            generating.order(request_id=asked.id, subscription_keys=form.keys(), **acting(request))
        except (NothingToGenerate, MoveNotAllowed, ProviderSuspended, SubscriptionKeyMissing):
            messages.warning(request, TOO_LATE)
        else:
            messages.success(request, "El portal genera las llaves. Cuando Entra las acepte, quedan asignadas.")
        return redirect("official:generate", request_id=asked.id)
    waits, suspended = allows(State(asked.state), Move.ASSIGN), is_suspended(asked, at=timezone.now())
    context = {
        "asked": asked,
        "places": [ShownPlace(one) for one in places],
        "suspended": waits and suspended,
        "may_order": waits and not suspended and any(one.may_be_ordered for one in places),
        "is_automatic": any(one.environment.is_automatic for one in places),
    }
    return answer_form(request, "official/entra/generate.html", form, context)


@needs(Permission.GENERATE)
@require_POST
def change(request: HttpRequest, request_id: UUID, generation_id: UUID) -> HttpResponse:
    """«Reintentar» and «Cancelar»."""
    held = find_generation(_find(request_id), generation_id)
    chosen = request.POST.get("que", "")
    what = {"reintentar": generating.retry, "cancelar": generating.cancel}.get(chosen)
    if held is None or what is None:
        raise Http404
    waits = chosen == "reintentar" and held.run is not None and held.run.paused_at is not None
    tell = partial(messages.warning, request, PAUSED) if waits else partial(messages.success, request, DONE[chosen])
    _attempt(request, lambda by, at: what(generation_id=held.id, by=by, at=at), tell)
    return redirect("official:generate", request_id=request_id)


@needs(Permission.GENERATE)
@require_http_methods(["GET", "HEAD", "POST"])
def generate_many(request: HttpRequest) -> HttpResponse:
    """A selection, or all who wait, which is asked twice: it may be everybody."""
    waiting = not_being_generated(at=timezone.now())
    form = ManyForm(posted(request), waiting=waiting[:MOST_CHOSEN])
    context = {
        "count": waiting.order_by().count(),
        "most": MOST_CHOSEN,
        "runs": runs(),
        "automatic": [one for one in environments() if one.is_automatic],
    }
    if form.is_valid() and form.only() is None and context["count"] and "confirmed" not in request.POST:
        return render(request, "official/entra/confirm_many.html", context)
    if form.is_valid():
        try:
            run = generating.order_many(wanted=EVERYBODY, only=form.only(), **acting(request))
        except NothingToGenerate:
            form.add_error(None, "Ya se están generando, o alguien las atendió. Vea abajo «Lo último que se generó».")
        except SubscriptionKeyMissing as missing:
            form.add_error(None, _lacks_key(missing.environment))
        else:
            return redirect("official:generation_run", run_id=run.id)
    return answer_form(request, "official/entra/many.html", form, context)


def _lacks_key(code: str) -> str:
    return (
        f"El ambiente {code} no tiene una APIM subscription key para todos. Pida a soporte que la guarde con "
        "«llaves environment subscription-key», o genere cada solicitud por aparte."
    )


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far a run is."""
    found = _find_run(run_id)
    failed = [ShownPlace.of(one) for one in failures_of(found)]
    context = {
        "run": found,
        "progress": ShownProgress(progress_of(found, at=timezone.now())),
        "failed": failed,
        "stopped_by": what_to_do(found.fault),
    }
    return render(request, "official/entra/run.html", context)


@needs(Permission.GENERATE)
@require_POST
def change_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """«Pausar», «Reanudar», «Cancelar» and «Reintentar» of all that failed."""
    found = _find_run(run_id)
    chosen = request.POST.get("que", "")
    what = {
        "pausar": generating.pause,
        "reanudar": generating.resume,
        "cancelar": generating.cancel_run,
        "reintentar": generating.retry_run,
    }.get(chosen)
    if what is None:
        raise Http404
    tell = partial(messages.success, request, DONE[chosen])
    _attempt(request, lambda by, at: what(run_id=found.id, by=by, at=at), tell)
    return redirect("official:generation_run", run_id=run_id)


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def reconciliation(request: HttpRequest) -> HttpResponse:
    """What did not fit when the portal and Entra were last compared, and what Entra does not do now."""
    known = environments()
    reports = [
        ShownReport(one, tuple(each.name for each in known if each.tenant_id == one.tenant_id))
        for one in newest_reports()
    ]
    refused = [ShownUpkeep(one) for one in refused_upkeep(at=timezone.now())]
    return render(request, "official/entra/reconciliation.html", {"reports": reports, "refused": refused})


def _attempt(request: HttpRequest, act: Callable[..., None], tell: Callable[[], None]) -> None:
    try:
        act(actor_of(request), timezone.now())
    except StepNotAllowed:
        messages.warning(request, TOO_LATE)
    else:
        tell()


def _find(request_id: UUID) -> "Request":
    asked = find_request(request_id)
    if asked is None:
        raise Http404
    return asked


def _find_run(run_id: UUID) -> "GenerationRun":
    found = find_run(run_id)
    if found is None:
        raise Http404
    return found
