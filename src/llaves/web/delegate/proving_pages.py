"""«Probar mi llave»: whether Entra accepts what the delegate was given. He is shown the answer, not the key."""

from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from llaves import clients
from llaves.credentials import proving, sayings
from llaves.credentials.proving import NotProvable
from llaves.credentials.sayings import Saying
from llaves.credentials.verdicts import Origin
from llaves.identity.actors import account_of, actor_of
from llaves.identity.roles import Permission
from llaves.web.delegate.pages import find_valid
from llaves.web.forms import answer_form, posted
from llaves.web.guards import with_provider
from llaves.web.proof import ProofForm, passkey_request

if TYPE_CHECKING:
    from llaves.credentials.models import Credential
    from llaves.providers.models import Provider


@with_provider(Permission.TAKE_CREDENTIALS)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def try_own(request: HttpRequest, provider: "Provider", credential_id: UUID) -> HttpResponse:
    """The proof that a look asks for, since a secret is opened; then Entra's answer."""
    credential = find_valid(provider, credential_id)
    if not credential.environment.is_proved:
        raise Http404
    form = ProofForm(posted(request), request=request)
    context = {"credential": credential, "passkey_request": passkey_request(account_of(request))}
    if not form.is_valid():
        return answer_form(request, "delegate/try_own.html", form, context)
    # Each refusal is a failed sign-in in Entra's own records.
    if not ratelimit.consume(request, app="allauth.account", action="try_own", user=request.user):
        return render(request, "delegate/tried.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    return render(request, "delegate/tried.html", {**context, "saying": _ask(request, credential)})


def _ask(request: HttpRequest, credential: "Credential") -> Saying:
    by = actor_of(request)
    try:
        question = proving.open_one(credential_id=credential.id, by=by, at=timezone.now())
    except NotProvable:  # it ended while its owner typed the password
        raise Http404 from None
    outcome = question.put(clients.verification)
    found = proving.record(
        credential_id=credential.id, outcome=outcome, origin=Origin.DELEGATE, by=by, at=timezone.now()
    )
    return sayings.of(found, outcome)
