"""Inscripción token: paso 1, paso 2 and what leads there (imagen 10–15)."""

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from llaves.credentials import actions, requesting
from llaves.credentials.actions import NotRevealed
from llaves.credentials.generation_queries import going_of
from llaves.credentials.ledger import ledger_of
from llaves.credentials.lifecycle import OPEN_STATES, Kind, Move, MoveNotAllowed, State, allows, may_be_seen
from llaves.credentials.pairs import PairEntered
from llaves.credentials.queries import (
    credentials_of,
    draft_of,
    environments,
    find_credential,
    kinds_open_after,
    kinds_open_to,
    newest_of_each_environment,
    open_request_of,
    renewals_need_no_official,
    requests_of,
)
from llaves.credentials.requesting import AlreadyRequested, KindNotOpen
from llaves.identity import actions as identity_actions
from llaves.identity.actors import account_of, actor_of
from llaves.identity.queries import has_second_factor
from llaves.identity.roles import Permission
from llaves.notifications.letters import LetterName
from llaves.notifications.queries import refusals_regarding
from llaves.web.delegate.files import as_file, values_of
from llaves.web.delegate.forms import DownloadForm, ProviderForm, RequestForm, filled_in
from llaves.web.delegate.refusals import REFUSALS
from llaves.web.forms import answer_form, posted
from llaves.web.guards import CHOSEN_PROVIDER, acting, needs, own_providers, with_provider
from llaves.web.proof import ProofForm, passkey_request
from llaves.web.standing import Shown, last_look_at, names_of_those_made_by_hand

if TYPE_CHECKING:
    from llaves.credentials.models import Credential
    from llaves.providers.models import Provider

DRAFTED = {"request", "renew", "replace", "mend"}
"""The pages on which a draft is typed."""
SHOWN_FOR_SECONDS = 60
STEPS = ("Solicitud de llaves de acceso", "Visualización de las llaves")


def steps(current: int) -> list[dict[str, object]]:
    """The «línea de avance» with its current step, counted from 1."""
    states = {-1: "done", 0: "current", 1: "todo"}
    return [
        {"number": number, "label": label, "state": states[(number > current) - (number < current)]}
        for number, label in enumerate(STEPS, start=1)
    ]


@with_provider(Permission.SEE_OWN_PROVIDERS)
@require_safe
def start(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """Imagen 10 and 12."""
    protected = has_second_factor(account_of(request))
    expiring = [one for one in newest_of_each_environment(provider) if Shown(one, timezone.localdate()).is_expiring]
    last = requests_of(provider).first()
    context = {
        "last_request": last,
        "is_returned": last and allows(State(last.state), Move.MEND),
        "expiring": min((one.expires_on for one in expiring), default=None),
        "has_second_factor": protected,
    }
    return render(request, "delegate/start.html", context)


@needs(Permission.CHOOSE_PROVIDER)
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
        identity_actions.note_chosen_provider(provider_code=code, **acting(request))
        return redirect("delegate:start")
    return answer_form(request, "delegate/choose_provider.html", form, {"providers": providers})


@with_provider(Permission.SEE_OWN_PROVIDERS)
@require_safe
def token(request: HttpRequest, provider: "Provider") -> HttpResponse:  # noqa: ARG001 - the guard's signature
    """«Inscripción token»: paso 1 for whoever never asked, paso 2 afterwards."""
    return redirect("delegate:keys" if requests_of(provider).exists() else "delegate:request")


@with_provider(Permission.REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def request_keys(request: HttpRequest, provider: "Provider", kind: Kind) -> HttpResponse:
    """Paso 1 (imagen 13), for the first time or another."""
    if open_request_of(provider) or kind not in kinds_open_to(provider, on=timezone.localdate()):
        return redirect("delegate:keys")
    draft = draft_of(provider, account_of(request))
    form = RequestForm(posted(request), initial=filled_in(draft, requests_of(provider).first()))
    if form.is_valid():
        # Sent twice, or a colleague was faster: paso 2 shows the one that stands.
        with suppress(AlreadyRequested, KindNotOpen):
            requesting.make_request(
                provider=provider,
                kind=kind,
                entered=form.entered(),
                accepts=form.accepted(),
                **acting(request),
            )
        return redirect("delegate:keys")
    by_itself = kind is not Kind.FIRST and renewals_need_no_official(environments())
    context = {"kind": kind, "draft": draft, "steps": steps(1), "by_itself": by_itself}
    return answer_form(request, "delegate/request.html", form, context)


@with_provider(Permission.REQUEST)
@require_POST
def save_draft(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """What is typed so far: sent by the page's script as one types, or by its button."""
    requesting.save_draft(provider=provider, entered=request.POST, **acting(request))
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    messages.success(request, "El borrador quedó guardado. Puede seguir más tarde.")
    page = request.POST.get("page")
    return redirect(f"delegate:{page}" if page in DRAFTED else "delegate:token")


@with_provider(Permission.REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def mend(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """A request that the ministry returned: its data with the reason beside them."""
    asked = open_request_of(provider)
    if asked is None or not allows(State(asked.state), Move.MEND):
        return redirect("delegate:keys")
    draft = draft_of(provider, account_of(request))
    form = RequestForm(posted(request), initial=filled_in(draft, asked))
    form.mark(asked)
    if form.is_valid():
        # A colleague was faster: paso 2 shows what stands.
        with suppress(MoveNotAllowed):
            requesting.mend(
                request_id=asked.id,
                entered=form.entered(),
                accepts=form.accepted(),
                **acting(request),
            )
        return redirect("delegate:keys")
    context = {"asked": asked, "draft": draft, "steps": steps(1)}
    return answer_form(request, "delegate/request.html", form, context)


@with_provider(Permission.REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """Take the open request back, after a question."""
    asked = open_request_of(provider)
    if asked is None:
        return redirect("delegate:keys")
    if request.method != "POST":
        return render(request, "delegate/withdraw.html", {"asked": asked})
    try:
        requesting.withdraw(request_id=asked.id, **acting(request))
    except MoveNotAllowed:
        messages.warning(request, "La solicitud ya no se puede retirar: el Ministerio la atendió. Revise su estado.")
    else:
        messages.success(request, "La solicitud quedó retirada.")
    return redirect("delegate:keys")


@with_provider(Permission.SEE_OWN_PROVIDERS)
@require_safe
def keys(request: HttpRequest, provider: "Provider") -> HttpResponse:
    """The table of requests, and paso 2 once keys are assigned (imagen 14 and 15). Nothing secret is in it."""
    requests = list(requests_of(provider))
    if not requests:
        return redirect("delegate:request")
    refusals = refusals_regarding([asked.id for asked in requests], LetterName.LEAD_NAMED)
    today, credentials = timezone.localdate(), list(credentials_of(provider))
    looks = ledger_of(provider, credentials, at=timezone.now())
    shown = [Shown(one, today, last_look_at(one, looks)) for one in credentials]
    asked = next((one for one in requests if one.state in OPEN_STATES), None)
    context = {
        "requests": requests,
        "asked": asked,
        "is_returned": asked and allows(State(asked.state), Move.MEND),
        "going": going_of([asked]).get(asked.id) if asked else None,
        "kinds": () if asked else kinds_open_after(credentials, on=today),
        "by_itself": bool(credentials) and renewals_need_no_official(one.environment for one in credentials),
        "valid": [one for one in shown if one.may_be_seen],
        "ended": [one for one in shown if not one.may_be_seen],
        "by_hand": names_of_those_made_by_hand(shown),
        "steps": steps(2),
        "unreached": {asked.lead_email: refusals[asked.id].reason for asked in requests if asked.id in refusals},
    }
    return render(request, "delegate/keys.html", context)


@with_provider(Permission.TAKE_CREDENTIALS)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, provider: "Provider", credential_id: UUID) -> HttpResponse:
    """Ask for the password or a passkey again, then show one environment's values for a minute."""
    credential = find_valid(provider, credential_id)
    form = ProofForm(posted(request), request=request)
    if form.is_valid():
        context = {"credential": credential, "pair": _open(request, credential), "seconds": SHOWN_FOR_SECONDS}
        answer = render(request, "delegate/revealed.html", context)
        # The page's script hides the values on time; without scripts the browser leaves the page a little later.
        answer["Refresh"] = f"{SHOWN_FOR_SECONDS + 15}; url={reverse('delegate:keys')}"
        return answer
    context = {"credential": credential, "passkey_request": passkey_request(account_of(request))}
    return answer_form(request, "delegate/prove.html", form, context)


@with_provider(Permission.TAKE_CREDENTIALS)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest, provider: "Provider", credential_id: UUID) -> HttpResponse:
    """The same proof, and one environment's values as a file."""
    credential = find_valid(provider, credential_id)
    form = DownloadForm(posted(request), request=request)
    if form.is_valid():
        values = values_of(credential, _open(request, credential))
        return as_file(form.cleaned_data["form"], values)
    context = {"credential": credential, "passkey_request": passkey_request(account_of(request))}
    return answer_form(request, "delegate/download.html", form, context)


def find_valid(provider: "Provider", credential_id: UUID) -> "Credential":
    credential = find_credential(provider, credential_id)
    if credential is None or not may_be_seen(credential.seen(on=timezone.localdate())):
        raise Http404
    return credential


def _open(request: HttpRequest, credential: "Credential") -> PairEntered:
    try:
        return actions.reveal(credential, by=actor_of(request), at=timezone.now())
    except NotRevealed:  # it ended while its owner typed the password
        raise Http404 from None


@with_provider(Permission.SEE_OWN_PROVIDERS)
@require_safe
def what_next(request: HttpRequest, provider: "Provider") -> HttpResponse:  # noqa: ARG001 - the guard's signature
    """The first call to the mechanism, and what its refusals mean."""
    context = {"environments": environments(), "refusals": REFUSALS}
    return render(request, "delegate/what_next.html", context)
