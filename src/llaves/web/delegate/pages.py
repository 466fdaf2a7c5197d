"""Inscripción token: paso 1, paso 2 and what leads there (imagen 10–15)."""

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from llaves.credentials import actions, requesting
from llaves.credentials.actions import NotRevealed
from llaves.credentials.queries import credentials_of, find_credential, requests_of
from llaves.credentials.requesting import AlreadyRequested, KindNotOpen
from llaves.identity import actions as identity_actions
from llaves.identity.actors import account_of, actor_of
from llaves.identity.queries import has_second_factor
from llaves.identity.roles import Role
from llaves.notifications.letters import LetterName
from llaves.notifications.queries import refusals_regarding
from llaves.web.delegate.forms import ProviderForm, RequestForm
from llaves.web.forms import answer_form, posted
from llaves.web.guards import CHOSEN_PROVIDER, for_role, own_providers, with_provider
from llaves.web.proof import ProofForm, passkey_request

if TYPE_CHECKING:
    from llaves.providers.models import Provider

SHOWN_FOR_SECONDS = 60
STEPS = ("Solicitud de llaves de acceso", "Visualización de las llaves")


def steps(current: int) -> list[dict[str, object]]:
    """The «línea de avance» with its current step, counted from 1."""
    states = {-1: "done", 0: "current", 1: "todo"}
    return [
        {"number": number, "label": label, "state": states[(number > current) - (number < current)]}
        for number, label in enumerate(STEPS, start=1)
    ]


@with_provider
@require_safe
def start(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """Imagen 10 and 12."""
    protected = has_second_factor(account_of(request))
    context = {"last_request": requests_of(provider).first(), "has_second_factor": protected}
    return render(request, "delegate/start.html", context)


@for_role(Role.DELEGATE)
@require_http_methods(["GET", "HEAD", "POST"])
def choose_provider(request: HttpRequest) -> HttpResponse:
    """For the delegate of several providers: he works with one at a time."""
    providers = own_providers(request)
    form = ProviderForm(
        posted(request), providers=providers, initial={"provider": request.session.get(CHOSEN_PROVIDER)}
    )
    if form.is_valid():
        code = form.cleaned_data["provider"]
        request.session[CHOSEN_PROVIDER] = code
        identity_actions.note_chosen_provider(
            account=account_of(request), provider_code=code, by=actor_of(request), at=timezone.now()
        )
        return redirect("delegate:start")
    return answer_form(request, "delegate/choose_provider.html", form, {"providers": providers})


@with_provider
@require_safe
def token(request: HttpRequest, provider: "Provider") -> HttpResponse:  # noqa: ARG001 - the guard's signature
    """«Inscripción token»: paso 1 for whoever never asked, paso 2 afterwards."""
    return redirect("delegate:keys" if requests_of(provider).exists() else "delegate:request")


@with_provider
@require_http_methods(["GET", "HEAD", "POST"])
def request_keys(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """Paso 1 (imagen 13)."""
    if requests_of(provider).exists():
        return redirect("delegate:keys")
    form = RequestForm(posted(request))
    if form.is_valid():
        # Sent twice, or a colleague was faster: paso 2 shows the one that stands.
        with suppress(AlreadyRequested, KindNotOpen):
            requesting.make_request(
                provider=provider,
                entered=form.entered(),
                accepts=form.accepted(),
                account=account_of(request),
                by=actor_of(request),
                at=timezone.now(),
            )
        return redirect("delegate:keys")
    return answer_form(request, "delegate/request.html", form, {"steps": steps(1)})


@with_provider
@require_safe
def keys(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """The table of requests, and paso 2 once keys are assigned (imagen 14 and 15). Nothing secret is in it."""
    requests = list(requests_of(provider))
    if not requests:
        return redirect("delegate:request")
    refusals = refusals_regarding([asked.id for asked in requests], LetterName.LEAD_NAMED)
    context = {
        "requests": requests,
        "credentials": list(credentials_of(provider)),
        "steps": steps(2),
        "unreached": {asked.lead_email: refusals[asked.id].reason for asked in requests if asked.id in refusals},
    }
    return render(request, "delegate/keys.html", context)


@with_provider
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, provider: "Provider", credential_id: UUID) -> HttpResponse:
    """Ask for the password or a passkey again, then show one environment's values for a minute."""
    credential = find_credential(provider, credential_id)
    if credential is None:
        raise Http404
    form = ProofForm(posted(request), request=request)
    if form.is_valid():
        try:
            pair = actions.reveal(credential, by=actor_of(request), at=timezone.now())
        except NotRevealed:
            raise Http404 from None
        context = {"credential": credential, "pair": pair, "seconds": SHOWN_FOR_SECONDS}
        answer = render(request, "delegate/revealed.html", context)
        # The page's script hides the values on time; without scripts the browser leaves the page a little later.
        answer["Refresh"] = f"{SHOWN_FOR_SECONDS + 15}; url={reverse('delegate:keys')}"
        return answer
    context = {"credential": credential, "passkey_request": passkey_request(account_of(request))}
    return answer_form(request, "delegate/prove.html", form, context)
