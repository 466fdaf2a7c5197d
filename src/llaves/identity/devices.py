"""Browsers from which an account has been used before. Refused logins from elsewhere do not close the login to them.

A login is made of public data, so anybody can spend its tries. Each browser that has logged in holds a signed
cookie, under which its own tries are counted (OWASP, «device cookies»).
"""

from secrets import token_urlsafe
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE = f"{settings.COOKIE_PREFIX}equipo"
SALT = "llaves.identity.devices"
LASTS = 180 * 24 * 60 * 60
MOST_LOGINS = 5
"""Of one browser; the oldest is forgotten. It bounds the cookie."""


def remember(request: "HttpRequest", response: "HttpResponse", login: str) -> None:
    """Let the browser prove from now on that this login has been used from it."""
    known = _known(request)
    mark = known.pop(_named(login), None) or token_urlsafe(12)
    kept = dict([*known.items(), (_named(login), mark)][-MOST_LOGINS:])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=LASTS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def counted_as(request: "HttpRequest", login: str) -> str:
    """The name under which tries of this login are counted: the login's own, or that of a browser it knows."""
    mark = _known(request).get(_named(login))
    return f"{login} {mark}" if mark else login


def codes_counted_as(request: "HttpRequest", login: str) -> str:
    """The same for the second step of the login, whose tries are counted apart from passwords."""
    return f"{counted_as(request, login)} code"


def _known(request: "HttpRequest") -> dict[str, str]:
    try:
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {}
    return known if isinstance(known, dict) else {}


def _named(login: str) -> str:
    """The cookie tells nobody who has a login here."""
    return salted_hmac(SALT, login, algorithm="sha256").hexdigest()[:16]
