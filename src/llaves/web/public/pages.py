"""The catalogue, the registration, the activation and the login (imagen 1–9)."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth import logout as close_session
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from llaves.identity import actions, devices, sessions
from llaves.identity.actions import AlreadyActive, LinkSpent, NotInRegistry, RegistrationRefused
from llaves.identity.actors import account_of, visitor
from llaves.identity.queries import applications as catalogue
from llaves.identity.queries import find_account, find_link, find_own_application, requirements
from llaves.identity.roles import Role
from llaves.identity.stages import SecondFactorStage
from llaves.providers.queries import reference
from llaves.web.forms import INVALID, answer_form, posted
from llaves.web.guards import acting
from llaves.web.proof import SecondFactorForm, passkey_request
from llaves.web.public import registry
from llaves.web.public.forms import DelegateForm, LoginForm, OtherUserForm, PasswordForm, RecoveryForm, RequirementsForm

if TYPE_CHECKING:
    from llaves.identity.models import Account

JUST_REGISTERED = "just_registered"
NOBODY = UUID(int=0)


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("start")
    return render(request, "public/home.html")


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 as soon as the portal and its database answer."""
    catalogue()
    return JsonResponse({"estado": "en servicio"})


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The start page of whoever is logged in."""
    return redirect("official:start" if account_of(request).role == Role.OFFICIAL else "delegate:start")


@login_not_required
@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    return render(request, "public/applications.html", {"applications": catalogue()})


@login_not_required
@require_safe
def user_types(request: HttpRequest, code: str) -> HttpResponse:
    application = find_own_application(code)
    if application is None:
        raise Http404
    return render(request, "public/user_types.html", {"application": application})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="requirements")
def check_requirements(request: HttpRequest) -> HttpResponse:
    """6.1: which of the four requirements are met. It names nobody; the code and a throttle slow down a search."""
    form = RequirementsForm(posted(request))
    context: dict[str, Any] = {}
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in RequirementsForm.field_order}
        asked = registry.ask(request, **fields, at=timezone.now())
        found = requirements(**fields, at=timezone.now())
        context = {"requirements": found, "asked": asked, "is_open": asked.leaves_open(found)}
    return answer_form(request, "public/requirements.html", form, context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="signup")
def register_delegate(request: HttpRequest) -> HttpResponse:
    return _register(request, DelegateForm(posted(request)), Role.DELEGATE)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="signup")
def register_other_user(request: HttpRequest) -> HttpResponse:
    return _register(request, OtherUserForm(posted(request)), Role.OFFICIAL)


def _register(request: HttpRequest, form: Form, role: Role) -> HttpResponse:
    if form.is_valid() and (account := _registered(request, form, role)):
        request.session[JUST_REGISTERED] = str(account.id)
        return redirect("public:registered")
    is_active_already = form.is_bound and form.has_error("document_number", AlreadyActive.__name__)
    return answer_form(request, "public/register.html", form, {"role": role, "is_active_already": is_active_already})


def _registered(request: HttpRequest, form: Form, role: Role) -> "Account | None":
    names = ("document_type", "document_number", "nit", "entity_type")
    fields = {name: form.cleaned_data[name] for name in names if name in form.fields}
    asked = registry.ask(request, **{name: fields[name] for name in fields if name != "entity_type"}, at=timezone.now())
    try:
        accepts = [form.cleaned_data["confidentiality"]]
        account = actions.register(role=role, **fields, accepts=accepts, by=visitor(request), at=timezone.now())
    except RegistrationRefused as refused:
        said = asked.refusal if isinstance(refused, NotInRegistry) else ""
        fault = ValidationError(said or str(refused), code=type(refused).__name__)
        form.add_error(refused.field if refused.field in form.fields else "document_number", fault)
        return None
    if asked.notice:
        messages.warning(request, asked.notice)
    return account


@login_not_required
@require_safe
def registered(request: HttpRequest) -> HttpResponse:
    """Imagen 4 and 7: what was registered, and the login assigned; only for the browser that registered."""
    account = find_account(request.session.get(JUST_REGISTERED) or NOBODY)
    if account is None:
        return redirect("public:applications")
    tables = reference()
    context = {
        "account": account,
        "role": Role(account.role),
        "document_label": tables.document_label(account.person.document_type),
        "entity_label": tables.entity_label(account.entity_type),
    }
    return render(request, "public/registered.html", context)


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest, link_id: UUID, token: str) -> HttpResponse:
    """The page that an activation letter leads to. Opening it spends nothing; setting the password does."""
    link = find_link(link_id, token, at=timezone.now())
    if link is None:
        return render(request, "public/link_spent.html", status=410)
    form = PasswordForm(posted(request), account=link.account)
    if form.is_valid():
        try:
            actions.activate(
                link_id=link.id,
                password=form.cleaned_data["password"],
                accepts=[form.cleaned_data["confidentiality"]] if "confidentiality" in form.fields else [],
                by=visitor(request),
                at=timezone.now(),
            )
        except LinkSpent:
            return render(request, "public/link_spent.html", status=410)
        answer = redirect("public:activated")
        devices.remember(request, answer, link.account.login)  # others' guesses must not keep the owner out
        return answer
    return answer_form(request, "public/activate.html", form, {"account": link.account})


@login_not_required
@require_safe
def activated(request: HttpRequest) -> HttpResponse:
    return render(request, "public/activated.html")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="reset_password")
def recover(request: HttpRequest) -> HttpResponse:
    """For a forgotten password, or an activation letter that never came. The answer is the same for every login."""
    form = RecoveryForm(posted(request))
    if form.is_valid():
        actions.ask_for_recovery(login=form.cleaned_data["login"], by=visitor(request), at=timezone.now())
        return redirect("public:recovery_sent")
    return answer_form(request, "public/recover.html", form)


@login_not_required
@require_safe
def recovery_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "public/recovery_sent.html")


class Login(LoginView):
    """Imagen 8 and 9."""

    form_class = LoginForm
    template_name = "public/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Past the library's own, which adds the addresses of pages that this portal does not have.
        context: dict[str, Any] = super(LoginView, self).get_context_data(**kwargs)
        ended_idle = self.request.GET.get("cerrada") == "inactividad"
        wanted = {"next_field": REDIRECT_FIELD_NAME, "next": get_next_redirect_url(self.request)}
        return {**context, **wanted, "ended_idle": ended_idle}

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        return render(self.request, self.template_name, self.get_context_data(form=form), status=INVALID)


@login_stage_required(stage=SecondFactorStage.key, redirect_urlname="login")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="login")
def second_factor(request: HttpRequest) -> HttpResponse:
    """The second step of a login: a code of the application, a recovery code, or a passkey."""
    stage = request._login_stage  # type: ignore[attr-defined] # noqa: SLF001 - the library's decorator puts it there
    account = stage.login.user
    form = SecondFactorForm(posted(request), request=request, account=account)
    if form.is_valid():
        answer: HttpResponse = stage.exit()
        return answer
    return answer_form(request, "public/second_factor.html", form, {"passkey_request": passkey_request(account)})


@login_not_required
@require_POST
def give_up_login(request: HttpRequest) -> HttpResponse:
    """Back from the second step to the first."""
    clear_login(request)
    return redirect("login")


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    sessions.note_closed_session(**acting(request))
    close_session(request)
    return redirect("public:home")
