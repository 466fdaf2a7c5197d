"""Forms of the delegate."""

from typing import TYPE_CHECKING, Any

from django import forms

from llaves.credentials.requesting import FIELDS, RequestEntered
from llaves.identity.agreements import AgreementKind
from llaves.web.delegate.files import FORMS
from llaves.web.forms import AgreementField, email_field, missing, name_field, phone_field
from llaves.web.proof import ProofForm

if TYPE_CHECKING:
    from llaves.credentials.models import Draft, Request
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

    def mark(self, asked: "Request") -> None:
        """Say beside each field that the ministry wants mended why."""
        for name in asked.fields_to_mend:
            hint = self.fields[name].help_text
            self.fields[name].help_text = f"Corrija este dato: {asked.return_reason}. {hint}".strip()

    def entered(self) -> RequestEntered:
        """What the delegate typed, without the two consents."""
        return RequestEntered(**{name: value for name, value in self.cleaned_data.items() if name not in _CONSENTS})

    def accepted(self) -> "list[Agreement]":
        """The two texts, as the delegate read them."""
        return [self.cleaned_data[name] for name in _CONSENTS]


def filled_in(draft: "Draft | None", last: "Request | None") -> dict[str, str]:
    """What the form shows before anything is typed: one's own draft, else what the provider said last."""
    if draft:
        return {name: str(draft.entered.get(name, "")) for name in FIELDS}
    return {name: getattr(last, name) for name in FIELDS} if last else {}


class DownloadForm(ProofForm):
    """One environment's values as a file, after the password or a passkey."""

    form = forms.ChoiceField(
        label="Formato",
        choices=[(name, form.label) for name, form in FORMS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Elija el formato del archivo."},
    )
    field_order = ["form"]


class ProviderForm(forms.Form):
    """Which of the organization's providers the delegate works with."""

    provider = forms.ChoiceField(
        label="Prestador",
        error_messages=missing("Seleccione el prestador con el que va a trabajar."),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, providers: "list[Provider]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [(provider.code, provider.label) for provider in providers]  # type: ignore[attr-defined]
