"""One provider and all that it ever had; correcting and revoking its credentials."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from llaves.audit.events import ActorKind, EventName
from llaves.audit.queries import events_of_provider
from llaves.credentials import actions, revoking
from llaves.credentials.actions import NothingToCorrect, PairRefused
from llaves.credentials.ledger import ledger_of
from llaves.credentials.lifecycle import Move, MoveNotAllowed, State, allows
from llaves.credentials.queries import credentials_of, environments, find_request, requests_of
from llaves.credentials.sayings import SAYINGS
from llaves.credentials.verdicts import Finding
from llaves.identity.roles import Permission
from llaves.providers.queries import find_provider, search_providers
from llaves.web.forms import INVALID, answer_form, posted
from llaves.web.guards import acting, needs
from llaves.web.official import proving
from llaves.web.official.assignment import AssignmentForm
from llaves.web.official.forms import ReasonForm, RevocationForm, SearchForm
from llaves.web.standing import Shown, last_look_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llaves.audit.models import Event
    from llaves.credentials.models import Environment, Request
    from llaves.providers.models import Provider

MOST_FOUND, MOST_EVENTS = 25, 50
HAPPENED = {
    EventName.REQUEST_MADE: "Solicitó las llaves",
    EventName.REQUEST_MENDED: "Corrigió la solicitud",
    EventName.REQUEST_WITHDRAWN: "Retiró la solicitud",
    EventName.REQUEST_RETURNED: "Devolvió la solicitud",
    EventName.REQUEST_ASSIGNED: "Asignó las llaves",
    EventName.GENERATION_ORDERED: "Pidió generar las llaves en Entra",
    EventName.GENERATION_FAILED: "No pudo generar las llaves en Entra",
    EventName.GENERATION_RETRIED: "Volvió a intentar generarlas en Entra",
    EventName.GENERATION_CANCELLED: "Canceló la generación en Entra",
    EventName.APPLICATION_DISABLED: "Suspendió las llaves en Entra",
    EventName.APPLICATION_ENABLED: "Habilitó de nuevo las llaves en Entra",
    EventName.ASSIGNMENT_CORRECTED: "Corrigió las llaves",
    EventName.CREDENTIALS_REVOKED: "Revocó llaves",
    EventName.CREDENTIAL_PROVED: "Comprobó llaves",
    EventName.SECRET_OPENED: "Vio llaves",
}
"""What the page tells of the trail."""


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Any provider, whether or not it waits."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = search_providers(text, most=MOST_FOUND + 1)
    context = {"form": form, "text": text, "found": found[:MOST_FOUND], "are_more": len(found) > MOST_FOUND}
    return render(request, "official/find.html", context)


@dataclass(frozen=True, slots=True)
class Line:
    """An event of the trail, in words."""

    event: "Event"
    names: "Mapping[str, str]"
    """Of environments, by code."""

    @property
    def who(self) -> str:
        """By login; a job is the portal itself."""
        return "El portal" if self.event.actor_kind == ActorKind.SYSTEM.value else self.event.actor

    @property
    def what(self) -> str:
        """What was done; for a secret that was seen or proved, in which environment and with which answer."""
        words, details = HAPPENED[EventName(self.event.name)], self.event.details
        code = details.get("environment")
        told = f"{words}: {self.names.get(code, code)}" if code else words
        return f"{told} ({SAYINGS[Finding(details['finding'])].tag})" if "finding" in details else told


@needs(Permission.SEE_ALL_PROVIDERS)
@require_safe
def provider(request: HttpRequest, code: str) -> HttpResponse:
    """All that a provider ever had, and who has seen it."""
    owner = _find(code)
    events = events_of_provider(owner.code, HAPPENED, most=MOST_EVENTS)
    # Whoever has environment's values shown opens two secrets at once: one line tells of both.
    names = {one.code: one.name for one in environments()}
    lines = [Line(event, names) for event in events if event.details.get("content") != "subscription_key"]
    credentials = list(credentials_of(owner))
    looks = ledger_of(owner, credentials, at=timezone.now())
    shown = [Shown(one, timezone.localdate(), last_look_at(one, looks)) for one in credentials]
    context = {
        "provider": owner,
        "requests": requests_of(owner),
        "shown": shown,
        "any_valid": any(one.may_be_seen for one in shown),
        "looks": looks[::-1],
        "lines": lines,
    }
    return render(request, "official/provider.html", context)


@needs(Permission.REVOKE)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """One credential, or all that are in force."""
    owner, today = _find(code), timezone.localdate()
    valid = [one for credential in credentials_of(owner) if (one := Shown(credential, today)).may_be_seen]
    choices = [(str(one.credential.id), _described(one)) for one in valid]
    form = RevocationForm(posted(request), choices=choices, initial={"credentials": request.GET.getlist("llave")})
    if form.is_valid():
        ids = [UUID(text) for text in form.cleaned_data["credentials"]]
        try:
            revoking.revoke(provider=owner, credential_ids=ids, reason=form.cleaned_data["reason"], **acting(request))
        except MoveNotAllowed:
            form.add_error("credentials", "Una de las llaves terminó entre tanto. Revise la lista.")
        else:
            messages.success(
                request, "Las llaves quedaron revocadas. El delegado recibe un aviso. Vea «Por retirar en Entra»."
            )
            return redirect("official:provider", code=owner.code)
    return answer_form(request, "official/revoke.html", form, {"provider": owner, "any_valid": bool(valid)})


def _described(one: Shown) -> str:
    expires_on = one.credential.expires_on.strftime("%d/%m/%Y")
    return f"{one.credential.environment.name}, {one.label.lower()}, expira el {expires_on}"


@needs(Permission.CORRECT)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, request_id: UUID, environment: str) -> HttpResponse:
    """Other values for one environment of a request that was assigned."""
    asked, place = _find_assigned(request_id), _find_environment(environment)
    form, why = AssignmentForm(posted(request), [place]), ReasonForm(posted(request))
    if form.chosen:
        proving.tell(request, asked, form)
        why = ReasonForm(initial=request.POST.dict())
    elif all([form.is_valid(), why.is_valid()]) and proving.stands(request, asked, form):
        try:
            actions.correct(
                request_id=asked.id, values=form.values(), reason=why.cleaned_data["reason"], **acting(request)
            )
        except PairRefused as refused:
            form.add_error(refused.environment, refused.field, str(refused))
        except NothingToCorrect:
            why.add_error("reason", "Estas llaves ya no están vigentes: no hay qué corregir.")
        else:
            messages.success(request, "Las llaves quedaron corregidas. El delegado recibe un aviso.")
            proving.warn_of_unproved(request, form)
            return redirect("official:provider", code=asked.provider.code)
    context = {"asked": asked, "environment": place, "form": form, "why": why}
    return render(request, "official/correct.html", context, status=INVALID if why.errors else proving.status_of(form))


def _find(code: str) -> "Provider":
    owner = find_provider(code)
    if owner is None:
        raise Http404
    return owner


def _find_assigned(request_id: UUID) -> "Request":
    asked = find_request(request_id)
    if asked is None or not allows(State(asked.state), Move.CORRECT):
        raise Http404
    return asked


def _find_environment(code: str) -> "Environment":
    for environment in environments():
        if environment.code == code:
            return environment
    raise Http404
