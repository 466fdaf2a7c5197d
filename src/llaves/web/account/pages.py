"""Mi cuenta: the own password, second factor, open sessions, and the agreement that is asked for after the login."""

import json

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from llaves.identity import actions, consent, factors, passkeys, sessions
from llaves.identity.actors import account_of, actor_of
from llaves.identity.agreements import AgreementKind
from llaves.identity.factors import CodeRefused, FactorKept
from llaves.identity.queries import factors_of, has_accepted, last_acceptance, must_add_second_factor
from llaves.identity.roles import Permission
from llaves.web.account.forms import AgreementForm, ApplicationForm, OwnProofForm, PasskeyForm, PasswordChangeForm
from llaves.web.account.qr import drawing
from llaves.web.forms import answer_form, posted
from llaves.web.guards import needs

FORM = ["GET", "HEAD", "POST"]


@needs(Permission.KEEP_OWN_ACCOUNT)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    opened = sessions.open_sessions(account, current=request.session.session_key, at=timezone.now())
    context = {"account": account, "factors": factors_of(account), "sessions": opened}
    return render(request, "account/overview.html", context)


@needs(Permission.KEEP_OWN_ACCOUNT)
@sensitive_post_parameters()
@require_http_methods(FORM)
def change_password(request: HttpRequest) -> HttpResponse:
    """Ends every session, this one too: whoever knew the old password is out."""
    account = account_of(request)
    form = PasswordChangeForm(posted(request), request=request, account=account)
    if form.is_valid():
        password = form.cleaned_data["password"]
        actions.change_password(account=account, password=password, by=actor_of(request), at=timezone.now())
        request.session.flush()
        messages.success(request, "Su contraseña cambió y se cerraron todas sus sesiones. Ingrese con la nueva.")
        return redirect("login")
    return answer_form(request, "account/change_password.html", form)


@needs(Permission.KEEP_OWN_ACCOUNT)
@sensitive_post_parameters()
@require_http_methods(FORM)
def add_application(request: HttpRequest) -> HttpResponse:
    """An application that shows codes: its secret as a picture and as text, and a first code to prove it."""
    account = account_of(request)
    form = ApplicationForm(posted(request), request=request, account=account)
    if form.is_valid():
        try:
            codes = factors.add_totp(
                account=account,
                secret=form.secret,
                code=form.cleaned_data["code"],
                by=actor_of(request),
                at=timezone.now(),
            )
        except CodeRefused:
            form.add_error("code", "Ese no es el código que la aplicación muestra ahora. Espere el siguiente.")
        else:
            return _added(request, codes, "La aplicación de códigos quedó activa.")
    drawn = {"picture": drawing(form.address), "secret": form.secret_in_groups}
    context = {**drawn, "is_required": must_add_second_factor(account)}
    return answer_form(request, "account/add_application.html", form, context)


@needs(Permission.KEEP_OWN_ACCOUNT)
@require_http_methods(FORM)
def add_passkey(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    form = PasskeyForm(posted(request), request=request)
    if form.is_valid():
        try:
            codes = factors.add_passkey(
                account=account,
                name=form.cleaned_data["name"],
                credential=form.cleaned_data["passkey"],
                by=actor_of(request),
                at=timezone.now(),
            )
        except FactorKept as kept:
            form.add_error(None, str(kept))
        else:
            return _added(request, codes, "La passkey quedó activa.")
    options = json.dumps(passkeys.creation_options(account))
    context = {"passkey_creation": options, "is_required": must_add_second_factor(account)}
    return answer_form(request, "account/add_passkey.html", form, context)


@needs(Permission.KEEP_OWN_ACCOUNT)
@require_http_methods(FORM)
def remove_factor(request: HttpRequest, factor_id: int) -> HttpResponse:
    account = account_of(request)
    factor = factors_of(account).find(factor_id)
    if factor is None:
        raise Http404
    form = OwnProofForm(posted(request), request=request)
    if form.is_valid():
        try:
            factors.remove_factor(account=account, factor_id=factor_id, by=actor_of(request), at=timezone.now())
        except FactorKept as kept:
            form.add_error(None, str(kept))
        else:
            messages.success(request, "Se quitó. Le enviamos un aviso a su correo.")
            return redirect("account:overview")
    return answer_form(request, "account/remove_factor.html", form, {"factor": factor})


@needs(Permission.KEEP_OWN_ACCOUNT)
@require_http_methods(FORM)
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes, for who has a second factor."""
    account = account_of(request)
    if not factors_of(account):
        raise Http404
    form = OwnProofForm(posted(request), request=request)
    if form.is_valid():
        codes = factors.make_recovery_codes(account=account, by=actor_of(request), at=timezone.now())
        return _show_codes(request, codes)
    return answer_form(request, "account/recovery_codes.html", form)


@needs(Permission.KEEP_OWN_ACCOUNT)
@require_POST
def close_session(request: HttpRequest, session_id: int) -> HttpResponse:
    account = account_of(request)
    sessions.close_session(account=account, session_id=session_id, by=actor_of(request), at=timezone.now())
    messages.success(request, "La sesión se cerró.")
    return redirect("account:overview")


@needs(Permission.KEEP_OWN_ACCOUNT)
@require_POST
def close_other_sessions(request: HttpRequest) -> HttpResponse:
    current = request.session.session_key
    sessions.close_other_sessions(account=account_of(request), current=current, by=actor_of(request), at=timezone.now())
    messages.success(request, "Las demás sesiones se cerraron.")
    return redirect("account:overview")


@needs(Permission.KEEP_OWN_ACCOUNT)
@require_POST
def stay(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the request itself is what counts
    """«Seguir conectado»: being asked renews the session, as every click does."""
    return HttpResponse(status=204)


@needs(Permission.KEEP_OWN_ACCOUNT)
@require_http_methods(FORM)
def agreement(request: HttpRequest) -> HttpResponse:
    """A new version of the confidentiality agreement, asked for after the login."""
    account, kind = account_of(request), AgreementKind.CONFIDENTIALITY
    onward = HttpResponseRedirect(get_next_redirect_url(request) or reverse("start"))
    if has_accepted(account, kind):
        return onward
    form = AgreementForm(posted(request))
    if form.is_valid():
        consent.accept_new_version(
            account=account, agreement=form.cleaned_data["confidentiality"], by=actor_of(request), at=timezone.now()
        )
        return onward
    return answer_form(request, "account/agreement.html", form, {"before": last_acceptance(account, kind)})


def _added(request: HttpRequest, codes: list[str], sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return _show_codes(request, codes) if codes else redirect("account:overview")


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The answer to a POST, so that no address shows them again."""
    return render(request, "account/codes.html", {"codes": codes})
