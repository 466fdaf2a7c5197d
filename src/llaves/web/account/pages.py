"""Mi cuenta: what concerns whoever is logged in, whatever the role."""

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from llaves.identity import consent
from llaves.identity.actors import account_of, actor_of
from llaves.identity.agreements import AgreementKind
from llaves.identity.queries import has_accepted, last_acceptance
from llaves.web.account.forms import AgreementForm
from llaves.web.forms import answer_form, posted
from llaves.web.guards import for_any_role


@for_any_role
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    """A new version of the confidentiality agreement, asked for after the login."""
    account, kind = account_of(request), AgreementKind.CONFIDENTIALITY
    onward = get_next_redirect_url(request) or "start"
    if has_accepted(account, kind):
        return redirect(onward)
    form = AgreementForm(posted(request))
    if form.is_valid():
        consent.accept_new_version(
            account=account, agreement=form.cleaned_data["confidentiality"], by=actor_of(request), at=timezone.now()
        )
        return redirect(onward)
    return answer_form(request, "account/agreement.html", form, {"before": last_acceptance(account, kind)})
