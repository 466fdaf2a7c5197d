"""Proofs of being oneself: the second factor of a login, and the password or passkey asked for again later.

Every proof is throttled where the login is, and every refusal leaves its event.
"""

import json
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from llaves.identity import devices, factors, passkeys
from llaves.identity.actors import PROVED_AT, account_of, actor_of, visitor
from llaves.identity.adapter import REFUSED
from llaves.identity.passkeys import LONGEST_ANSWER
from llaves.identity.queries import factors_of
from llaves.web.forms import CodeInput, missing

if TYPE_CHECKING:
    from llaves.identity.models import Account

PROOF_LASTS = 5 * 60
"""Seconds for which a proof serves when the second factor is changed."""
TOO_MANY = "Demasiados intentos. Espere cinco minutos y vuelva a intentarlo."


def passkey_request(account: "Account") -> str:
    """What the page's script asks the browser for, as JSON; empty for who has no passkey."""
    return json.dumps(passkeys.request_options(account)) if factors_of(account).passkeys else ""


def passkey_field() -> forms.CharField:
    """The browser's answer, which a script puts there."""
    return forms.CharField(required=False, max_length=LONGEST_ANSWER, widget=forms.HiddenInput)


def has_just_proved(request: HttpRequest) -> bool:
    """Whether the session's owner has proved to be himself minutes ago, so that he need not do it again."""
    return bool(timezone.now().timestamp() - request.session.get(PROVED_AT, 0) < PROOF_LASTS)


def password_fault(request: HttpRequest, password: str) -> str | None:
    """What is wrong with the password of whoever is logged in: checked, and throttled, where the login is."""
    try:
        is_right = get_adapter(request).reauthenticate(request.user, password)
    except ValidationError:
        return TOO_MANY
    return None if is_right else "La contraseña no corresponde. Escríbala otra vez."


class SecondFactorForm(forms.Form):
    """What comes after the right password. A refusal reads, and costs, like that of a wrong password."""

    code = forms.CharField(
        label="Código de verificación",
        required=False,
        max_length=40,
        help_text="Los seis dígitos que muestra su aplicación, o un código de recuperación.",
        widget=CodeInput(autocapitalize="characters"),
    )
    passkey = passkey_field()

    def __init__(self, *args: Any, request: HttpRequest, account: "Account", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.account = request, account

    def clean(self) -> dict[str, Any]:
        """:raises ValidationError: refused, or too many were."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if not cleaned["code"] and not cleaned["passkey"]:
            self.add_error("code", "Escriba el código de seis dígitos que muestra su aplicación.")
        elif not self._is_proved(cleaned):
            make_password(cleaned["code"])  # the work of a wrong password
            raise ValidationError(REFUSED, code="refused")
        return cleaned

    def _is_proved(self, cleaned: dict[str, Any]) -> bool:
        said: dict[str, Any] = {"account": self.account, "by": visitor(self.request), "at": timezone.now()}
        key = devices.codes_counted_as(self.request, self.account.login)
        usage = ratelimit.consume(self.request, app="allauth.account", action="login_failed", key=key)
        if not usage:
            factors.note_refused(**said)
            return False
        answer = cleaned["passkey"]
        proved = (
            factors.use_passkey(answer=answer, **said) if answer else factors.use_code(code=cleaned["code"], **said)
        )
        if proved:
            usage.rollback()
        return proved


class PasswordProofForm(forms.Form):
    """The password once more."""

    password = forms.CharField(
        label="Contraseña",
        strip=False,
        max_length=128,
        help_text="Es la misma con la que ingresa.",
        error_messages=missing("Escriba su contraseña."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password and (fault := password_fault(self.request, password)):
            raise ValidationError(fault)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("password"):
            self.request.session[PROVED_AT] = timezone.now().timestamp()
        return cleaned


class ProofForm(PasswordProofForm):
    """The password once more, or a passkey, before a secret is shown."""

    passkey = passkey_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = False
        self.fields["password"].help_text += " Queda registro de quién vio las llaves y cuándo."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("passkey"):
            said: dict[str, Any] = {
                "account": account_of(self.request),
                "by": actor_of(self.request),
                "at": timezone.now(),
            }
            if factors.use_passkey(answer=cleaned["passkey"], **said):
                self.request.session[PROVED_AT] = timezone.now().timestamp()
            else:
                self.add_error("password", "La passkey no corresponde a este usuario. Use su contraseña.")
        elif not self.errors and not cleaned.get("password"):
            self.add_error("password", "Escriba su contraseña.")
        return cleaned
