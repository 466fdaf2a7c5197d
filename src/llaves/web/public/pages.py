"""The catalogue, the registration, the activation and the login (imagen 1–9)."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth import logout as close_session
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from llaves.identity import actions
from llaves.identity.actions import LinkSpent, NotInRegistry, RegistrationRefused
from llaves.identity.actors import account_of, actor_of, visitor
from llaves.identity.agreements import AgreementKind
from llaves.identity.queries import applications as catalogue
from llaves.identity.queries import current_agreement, find_account, find_link, find_own_application, requirements
from llaves.identity.roles import Role
from llaves.web.forms import INVALID, answer_form, posted
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
    context = {"role": role, "agreement": current_agreement(AgreementKind.CONFIDENTIALITY)}
    return answer_form(request, "public/register.html", form, context)


def _registered(request: HttpRequest, form: Form, role: Role) -> "Account | None":
    fields = {
        name: form.cleaned_data[name] for name in ("document_type", "document_number", "nit") if name in form.fields
    }
    asked = registry.ask(request, **fields, at=timezone.now())
    try:
        account = actions.register(role=role, **fields, by=visitor(request), at=timezone.now())
    except RegistrationRefused as refused:
        said = asked.refusal if isinstance(refused, NotInRegistry) else ""
        form.add_error(refused.field if refused.field in form.fields else "document_number", said or str(refused))
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
    return render(request, "public/registered.html", {"account": account, "role": Role(account.role)})


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
                agrees=form.cleaned_data.get("confidentiality", False),
                by=visitor(request),
                at=timezone.now(),
            )
        except LinkSpent:
            return render(request, "public/link_spent.html", status=410)
        return redirect("public:activated")
    context = {"account": link.account, "agreement": current_agreement(AgreementKind.CONFIDENTIALITY)}
    return answer_form(request, "public/activate.html", form, context)


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
        return {**context, "next_field": REDIRECT_FIELD_NAME, "next": get_next_redirect_url(self.request)}

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        return render(self.request, self.template_name, self.get_context_data(form=form), status=INVALID)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    actions.note_closed_session(account=account_of(request), by=actor_of(request), at=timezone.now())
    close_session(request)
    return redirect("public:home")
