"""How the login library is tied to the ministry's rules: one message for every refusal, an event for every attempt."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from llaves.identity import actions, devices, sessions
from llaves.identity.actors import OPENED_AT, PROVED_AT, actor_of, visitor
from llaves.identity.models import Account

REFUSED = "Los datos de usuario no corresponden"
"""Imagen 9, to the letter: said for every cause alike."""


class PortalAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the library's signature
        """Accounts come only from the registration, which asks the registry."""
        return False

    def is_ajax(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the library's signature
        """The login answers with its page alone: the library's JSON would repeat the password that was typed."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """The library stumbles over an address that cannot be read, like `//[`."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def validation_error(self, code: str, *args: Any) -> ValidationError:  # noqa: ARG002 - the library's
        """Throttled, wrong and unknown read the same."""
        return ValidationError(REFUSED, code="refused")

    def get_login_stages(self) -> list[str]:
        """What comes between the password and the session."""
        return ["llaves.identity.stages.SecondFactorStage"]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count refusals by login, apart for browsers that it knows.

        The library adds the host, whose port the visitor chooses as he likes.
        """
        return devices.counted_as(request, str(credentials.get("username", "")).upper())

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Throttle; an attempt that is not even looked at leaves its event too."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            make_password(credentials.get("password"))  # so that a closed login takes as long as a wrong password
            self.authentication_failed(request, **credentials)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave the event of a wrong password, at the login or where it is asked for again."""
        now = timezone.now()
        if isinstance(request.user, Account):
            actions.note_refused_proof(account=request.user, by=actor_of(request), at=now)
        else:
            sessions.note_refused_login(login=str(credentials.get("username", "")), by=visitor(request), at=now)

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse:
        now = timezone.now()
        request.session[OPENED_AT] = request.session[PROVED_AT] = now.timestamp()
        sessions.note_opened_session(account=user, by=actor_of(request), at=now)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        devices.remember(request, response, user.login)
        return response

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The portal says what happened in its own words."""


class FactorAdapter(DefaultMFAAdapter):
    """What applications and passkeys are told of the portal."""

    def get_totp_issuer(self) -> str:
        return "IHCE Llaves"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The public address counts, not the host that a request names."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "", "name": self.get_totp_issuer()}
