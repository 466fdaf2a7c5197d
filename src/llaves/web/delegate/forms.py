"""Forms of the delegate."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest

from llaves.credentials.actions import RequestEntered
from llaves.identity.agreements import AgreementKind
from llaves.web.forms import AgreementField, email_field, name_field, phone_field

if TYPE_CHECKING:
    from llaves.identity.models import Agreement
    from llaves.providers.models import Provider

_CONSENTS = ("terms", "personal_data")


class RequestForm(forms.Form):
    """Paso 1 – Solicitud de llaves de acceso: the fields a–i of 6.4.1.1."""

    vendor_name = name_field(
        "Nombre del proveedor tecnológico del Sistema de Información Hospitalario",
        empty="Escriba el nombre del proveedor tecnológico.",
    )
    software_name = name_field(
        "Nombre del software del Sistema de Información Hospitalario", empty="Escriba el nombre del software."
    )
    lead_name = name_field(
        "Nombre del líder técnico responsable de la implementación de IHCE en el prestador",
        empty="Escriba el nombre del líder técnico.",
    )
    lead_email = email_field(
        "Correo electrónico institucional del líder técnico responsable de la implementación de IHCE en el prestador",
        empty="Escriba el correo del líder técnico.",
    )
    lead_phone = phone_field(
        "Teléfono de contacto del líder técnico responsable de la implementación de IHCE en el prestador",
        empty="Escriba el teléfono del líder técnico.",
    )
    protection_officer_name = name_field(
        "Nombre del responsable de la protección de datos en el prestador",
        empty="Escriba el nombre del responsable de la protección de datos.",
    )
    protection_officer_phone = phone_field(
        "Teléfono de contacto del responsable de la protección de datos en el prestador",
        empty="Escriba el teléfono del responsable de la protección de datos.",
    )
    terms = AgreementField(
        AgreementKind.TERMS,
        label="Aceptación términos para la solicitud de token",
        empty="Para pedir las llaves debe aceptar los términos.",
    )
    personal_data = AgreementField(
        AgreementKind.PERSONAL_DATA,
        label="Autorización de datos personales",
        empty="Sin la autorización el Ministerio no puede tratar la solicitud.",
    )

    def entered(self) -> RequestEntered:
        """What the delegate typed, without the two consents."""
        return RequestEntered(**{name: value for name, value in self.cleaned_data.items() if name not in _CONSENTS})

    def accepted(self) -> "list[Agreement]":
        """The two texts, as the delegate read them."""
        return [self.cleaned_data[name] for name in _CONSENTS]


class ProviderForm(forms.Form):
    """Which of the organization's providers the delegate works with."""

    provider = forms.ChoiceField(label="Prestador", widget=forms.RadioSelect)

    def __init__(self, *args: Any, providers: "list[Provider]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [(provider.code, provider.label) for provider in providers]  # type: ignore[attr-defined]


class ProofForm(forms.Form):
    """The password once more, before a secret is shown."""

    password = forms.CharField(
        label="Contraseña",
        strip=False,
        max_length=128,
        help_text="Es la misma con la que ingresa. Queda registro de quién vio las llaves y cuándo.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        """Checked, and throttled, where the login is."""
        password: str = self.cleaned_data["password"]
        try:
            is_right = get_adapter(self.request).reauthenticate(self.request.user, password)
        except forms.ValidationError as throttled:
            raise forms.ValidationError(
                "Demasiados intentos. Espere cinco minutos y vuelva a intentarlo."
            ) from throttled
        if not is_right:
            raise forms.ValidationError("La contraseña no corresponde. Escríbala otra vez.", code="refused")
        return password
