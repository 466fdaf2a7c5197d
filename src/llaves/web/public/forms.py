"""Forms before the login."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from allauth.account.forms import LoginForm as LibraryLoginForm
from django import forms

from llaves.identity.agreements import AgreementKind
from llaves.identity.queries import has_accepted
from llaves.providers.documents import DocumentFault, parse_document, parse_nit
from llaves.providers.queries import reference
from llaves.web.challenge import ImageCodeField, ProofOfWorkField
from llaves.web.forms import NewPasswordForm, ParsedField, confidentiality_field, missing

if TYPE_CHECKING:
    from llaves.identity.models import Account
    from llaves.providers.documents import DocumentRule
    from llaves.providers.reference import EntityType

MUST_AGREE = "Para registrarse debe aceptar el acuerdo de confidencialidad."
NO_SEPARATORS = "Sin espacios, comas, guiones, puntos ni dígito de verificación."
LOGIN_HINT = "El login que asignó el registro, por ejemplo CC1020304050-890303841."
LOGIN_ATTRIBUTES = {"autocomplete": "username", "autocapitalize": "characters"}


def as_assigned(login: str) -> str:
    """A login as the portal writes it, however it was typed."""
    return login.strip().upper()


class ChallengeForm(forms.Form):
    """The image code or its alternative, before anything is looked up."""

    image_code = ImageCodeField(required=False)
    proof_of_work = ProofOfWorkField(required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two ways is enough: the image, or the proof of work for those who cannot see it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_refused = "image_code" in self.errors or "proof_of_work" in self.errors
        if not is_refused and not cleaned.get("image_code") and not cleaned.get("proof_of_work"):
            self.add_error("image_code", "Escriba el código de la imagen, o use la verificación sin imagen.")
        return cleaned


class PersonForm(ChallengeForm):
    """Who somebody says he is."""

    document_type = forms.ChoiceField(
        label="Tipo identificación delegado",
        error_messages=missing("Seleccione el tipo de identificación."),
    )
    document_number = forms.CharField(
        label="Número identificación delegado",
        error_messages=missing("Escriba el número de identificación."),
        max_length=40,
        help_text=NO_SEPARATORS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = reference()
        self.rules = offered.document_types
        self.offer("document_type", offered.document_types)
        self.offer("entity_type", offered.entity_types)

    def offer(self, field: str, table: "Mapping[str, EntityType | DocumentRule]") -> None:
        """Let a field, if this form has it, choose among the entries of the table in force."""
        if field in self.fields:
            labels = [(code, entry.label) for code, entry in table.items()]
            self.fields[field].choices = [("", "Seleccione"), *labels]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        kind, number = cleaned.get("document_type"), cleaned.get("document_number")
        if kind and number:
            try:
                cleaned["document_number"] = parse_document(self.rules[kind], number)
            except DocumentFault as fault:
                self.add_error("document_number", str(fault))
        return cleaned


class RequirementsForm(PersonForm):
    """6.1: the entity and the delegate whose requirements are looked up."""

    nit = ParsedField(
        parse_nit,
        rejects=DocumentFault,
        label="Nit de la entidad",
        error_messages=missing("Escriba el NIT de la entidad."),
        max_length=40,
        help_text=NO_SEPARATORS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    field_order: Sequence[str] = ("nit", "document_type", "document_number")


class OtherUserForm(PersonForm):
    """Imagen 6: the fields a–d of 6.2.2."""

    confidentiality = confidentiality_field(empty=MUST_AGREE)


class DelegateForm(OtherUserForm, RequirementsForm):
    """Imagen 3: the fields a–f of 6.2.1."""

    entity_type = forms.ChoiceField(
        label="Tipo de Entidad",
        error_messages=missing("Seleccione el tipo de entidad."),
    )

    field_order = ("entity_type", *RequirementsForm.field_order)


class RecoveryForm(ChallengeForm):
    """Whose password is forgotten."""

    login = forms.CharField(
        label="Usuario",
        max_length=40,
        help_text=LOGIN_HINT,
        error_messages=missing("Escriba su login de usuario."),
        widget=forms.TextInput(attrs=LOGIN_ATTRIBUTES),
    )
    field_order = ("login",)

    def clean_login(self) -> str:
        return as_assigned(self.cleaned_data["login"])


class LoginForm(LibraryLoginForm):
    """Imagen 8."""

    proof_of_work = ProofOfWorkField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Usuario"
        self.fields["login"].help_text = LOGIN_HINT
        self.fields["login"].widget.attrs = {**LOGIN_ATTRIBUTES}
        self.fields["password"].label = "Contraseña"
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}
        self.order_fields(["login", "password", "proof_of_work"])

    def clean_login(self) -> str:
        return as_assigned(self.cleaned_data["login"])


class PasswordForm(NewPasswordForm):
    """A letter's new password, and the agreement of whoever has not accepted it yet."""

    confidentiality = confidentiality_field(empty=MUST_AGREE)

    def __init__(self, *args: Any, account: "Account", **kwargs: Any) -> None:
        super().__init__(*args, account=account, **kwargs)
        if has_accepted(account, AgreementKind.CONFIDENTIALITY):
            del self.fields["confidentiality"]
