"""Forms of one's own account."""

from typing import TYPE_CHECKING, Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django import forms
from django.core import signing
from django.http import HttpRequest

from llaves.identity.passkeys import PasskeyRefused, registered
from llaves.web.forms import CodeInput, NewPasswordForm, confidentiality_field, missing
from llaves.web.proof import PasswordProofForm, has_just_proved, passkey_field, password_fault

if TYPE_CHECKING:
    from llaves.identity.models import Account

SALT = "llaves.web.account.secret"
OFFER_LASTS = 15 * 60
"""Seconds to take over an application's secret."""


class AgreementForm(forms.Form):
    """The newest version of the confidentiality agreement."""

    confidentiality = confidentiality_field(empty="Para continuar debe aceptar el acuerdo. Si no lo acepta, salga.")


class OwnProofForm(PasswordProofForm):
    """Asks for the password unless that was done minutes ago. Not for a passkey: the page may hold its challenge."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        if has_just_proved(request):
            del self.fields["password"]


class ApplicationForm(OwnProofForm):
    """The first code of an application. Its secret travels in the page, signed, until it is proved."""

    code = forms.CharField(
        label="Código que muestra la aplicación",
        max_length=20,
        help_text="Seis dígitos; cambian cada 30 segundos.",
        error_messages=missing("Escriba los seis dígitos que muestra la aplicación."),
        widget=CodeInput(inputmode="numeric"),
    )
    offer = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)

    def __init__(self, *args: Any, account: "Account", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        offered = self._offered(self.data.get("offer", "")) if self.is_bound else None
        self.is_stale = self.is_bound and offered is None
        self.secret = offered or generate_totp_secret()
        self.offered_now = signing.dumps([str(account.pk), self.secret], salt=SALT)

    @property
    def address(self) -> str:
        """What the picture says (Key URI Format)."""
        return str(get_adapter().build_totp_url(self.account, self.secret))

    @property
    def secret_in_groups(self) -> str:
        """For who types it."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_stale:
            self.add_error("code", "La imagen venció. Escanee la nueva.")
        return cleaned

    def _offered(self, offer: str) -> str | None:
        try:
            account, secret = signing.loads(offer, salt=SALT, max_age=OFFER_LASTS)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        return str(secret) if account == str(self.account.pk) else None


class PasskeyForm(OwnProofForm):
    """A new passkey: its name, and the browser's answer."""

    name = forms.CharField(
        label="Nombre",
        max_length=60,
        help_text="Para reconocerla, por ejemplo «Computador de la oficina».",
        error_messages=missing("Escriba un nombre para reconocerla."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    passkey = passkey_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        answer = cleaned.pop("passkey", "")
        if self.errors:
            return cleaned
        try:
            cleaned["passkey"] = registered(answer)
        except PasskeyRefused:
            self.add_error(None, "El navegador no completó la passkey. Intente otra vez, o use otro navegador.")
        return cleaned


class PasswordChangeForm(NewPasswordForm):
    """A new password, for who knows the old one."""

    current = forms.CharField(
        label="Contraseña actual",
        strip=False,
        max_length=128,
        error_messages=missing("Escriba su contraseña actual."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current", "password", "repeated")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("current") and cleaned["current"] == cleaned.get("password"):
            self.add_error("password", "La contraseña nueva es la misma de antes. Escriba otra.")
        if not self.errors and (fault := password_fault(self.request, cleaned["current"])):
            self.add_error("current", fault)
        return cleaned
