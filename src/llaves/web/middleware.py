"""What holds for every request and every answer."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from llaves.identity.actors import OPENED_AT

LONGEST_SESSION = timedelta(hours=8)
ENDED_ELSEWHERE = (
    "Su sesión se cerró desde otro navegador, por un cambio de contraseña o porque su usuario fue suspendido. "
    "Ingrese otra vez."
)
Answer = Callable[[HttpRequest], HttpResponse]


class ReadableCookies:
    """A session's cookie in quotation marks can spell a NUL, which the database refuses to look for: it is none."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        return self.get_response(request)


class PrivatePages:
    """Pages of a session are kept by no cache, also not by the browser's «back» after logging out."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response


class SessionsEnd:
    """A session ends eight hours after its login, and as soon as its account no longer stands; and says why."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if reason := _reason_to_end(request):
            logout(request)
            messages.warning(request, reason)
        return self.get_response(request)


def _reason_to_end(request: HttpRequest) -> str | None:
    if SESSION_KEY not in request.session:
        # The browser forgets a session that expires; a key that it still shows, and nobody knows, was taken back.
        is_shown = bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        return ENDED_ELSEWHERE if is_shown and request.session.session_key is None else None
    if not request.user.is_authenticated:
        return "La sesión se cerró: su delegación terminó o su usuario fue suspendido. Consulte con su entidad."
    now = timezone.now().timestamp()
    if now - request.session.setdefault(OPENED_AT, now) > LONGEST_SESSION.total_seconds():
        return "La sesión se cerró porque pasaron ocho horas. Ingrese otra vez."
    return None
