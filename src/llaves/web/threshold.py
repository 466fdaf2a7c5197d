"""What must be done between the login and the first page, step by step, whoever logs in and whatever he asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from llaves.identity.actors import OPENED_AT, account_of
from llaves.identity.agreements import AgreementKind
from llaves.identity.queries import has_accepted, must_add_second_factor
from llaves.web.middleware import Answer

if TYPE_CHECKING:
    from llaves.identity.models import Account

PASSED = "threshold_passed"
"""The session's key for the login after which all steps were done: it holds that login's moment."""


@dataclass(frozen=True, slots=True)
class Step:
    """A question about the account; while the answer is no, every address leads to the step's page.

    `further_pages` belong to the step too, where it has several.
    """

    is_done: Callable[["Account"], bool]
    page: str
    further_pages: tuple[str, ...] = ()


STEPS = (
    Step(lambda account: has_accepted(account, AgreementKind.CONFIDENTIALITY), "account:agreement"),
    Step(lambda account: not must_add_second_factor(account), "account:add_application", ("account:add_passkey",)),
)
"""In the order in which they are asked for."""

ALWAYS_OPEN = {"logout", "account:stay"}


class Threshold:
    """Sends whoever has logged in to the first step that is not done; asks no more once all are.

    A session that has passed is not interrupted by what is published later: that is asked at the next login.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002
        page = request.resolver_match.view_name if request.resolver_match else ""
        if page in ALWAYS_OPEN or not request.user.is_authenticated or has_passed(request):
            return None
        step = next((step for step in STEPS if not step.is_done(account_of(request))), None)
        if step is None:
            request.session[PASSED] = request.session[OPENED_AT]
            return None
        return None if page in {step.page, *step.further_pages} else _send_to(step, request)


def has_passed(request: HttpRequest) -> bool:
    """Whether every step was done since this session's login."""
    return PASSED in request.session and request.session[PASSED] == request.session.get(OPENED_AT)


def _send_to(step: Step, request: HttpRequest) -> HttpResponse:
    """The step's page remembers what was wanted; what was sent to a form is lost."""
    address = reverse(step.page)
    if request.method in {"GET", "HEAD"}:
        address = f"{address}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}"
    return redirect(address)
