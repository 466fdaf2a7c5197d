"""Forms of the ministry's official."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from llaves.credentials.lifecycle import Kind
from llaves.credentials.pairs import (
    PairEntered,
    PairFault,
    check_expiry,
    parse_client_id,
    parse_client_secret,
    parse_subscription_key,
)
from llaves.credentials.queries import Wanted, return_reasons
from llaves.credentials.telling import FIELD_NAMES
from llaves.credentials.waiting import business_days_before
from llaves.providers.classes import ProviderClass
from llaves.providers.departments import DEPARTMENTS
from llaves.web.forms import ParsedField

if TYPE_CHECKING:
    from llaves.credentials.models import Environment


def _secret(label: str, hint: str, parse: Any) -> ParsedField:
    # render_value stays off: what was typed is kept after a mistake, secrets aside.
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False)
    return ParsedField(
        parse, rejects=PairFault, label=label, help_text=hint, max_length=300, strip=False, widget=widget
    )


class SearchForm(forms.Form):
    q = forms.CharField(
        label="Buscar prestador",
        required=False,
        max_length=80,
        help_text="Código de habilitación, NIT o nombre.",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class PendingForm(SearchForm):
    """Search and filters of the pending list. What an address holds that no field offers narrows nothing."""

    department = forms.ChoiceField(label="Departamento", required=False, choices=[("", "Todos"), *DEPARTMENTS.items()])
    provider_class = forms.TypedChoiceField(
        label="Clase de prestador",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Todas"), *ProviderClass.choices],
    )
    kind = forms.ChoiceField(
        label="Tipo de solicitud",
        required=False,
        choices=[("", "Todas"), *((kind.value, kind.value.capitalize()) for kind in Kind)],
    )
    waited = forms.TypedChoiceField(
        label="Espera",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Cualquiera"), *((days, f"{days} días hábiles o más") for days in (3, 5, 10, 15))],
    )

    def wanted(self, *, today: date) -> Wanted:
        """The question that the list answers."""
        self.is_valid()
        chosen = self.cleaned_data
        waited = chosen.get("waited")
        return Wanted(
            text=chosen.get("q", ""),
            department=chosen.get("department", ""),
            provider_class=chosen.get("provider_class"),
            kind=chosen.get("kind", ""),
            before=end_of(business_days_before(waited, today)) if waited else None,
        )

    def address(self) -> dict[str, str]:
        """What is narrowed by, as the address of the page says it."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


def end_of(day: date) -> datetime:
    """The first moment after a day in Bogotá."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class ReturnForm(forms.Form):
    """Why a request goes back to its delegate, and what must be mended."""

    reason: "forms.ModelChoiceField[Any]" = forms.ModelChoiceField(
        queryset=None,
        label="Motivo",
        to_field_name="code",
        empty_label="Elija un motivo",
        error_messages={"required": "Elija el motivo.", "invalid_choice": "Elija un motivo de la lista."},
    )
    fields_to_mend = forms.MultipleChoiceField(
        label="Datos que el delegado debe corregir",
        choices=list(FIELD_NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Marque al menos un dato."},
    )
    note = forms.CharField(
        label="Explicación para el delegado",
        required=False,
        max_length=1000,
        help_text="Qué encontró y cómo se corrige. Se le envía por correo; no escriba llaves ni contraseñas.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = return_reasons()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        reason = cleaned.get("reason")
        if reason and reason.code == "otro" and not cleaned.get("note"):
            self.add_error("note", "Explique el motivo.")
        return cleaned


class RevocationForm(forms.Form):
    """Which credentials of a provider are revoked, and why."""

    credentials = forms.MultipleChoiceField(
        label="Llaves que se revocan",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Marque al menos una llave.",
            "invalid_choice": "Una de las llaves terminó entre tanto. Revise la lista.",
        },
    )
    reason = forms.CharField(
        label="Motivo",
        min_length=5,
        max_length=250,
        help_text="Se le envía al delegado por correo; no escriba llaves ni contraseñas.",
        error_messages={"required": "Escriba el motivo."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, choices: "list[tuple[str, str]]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credentials"].choices = choices  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why an assignment is corrected."""

    reason = forms.CharField(
        label="Qué estaba mal",
        min_length=5,
        max_length=250,
        help_text="Se le envía al delegado por correo; no escriba llaves ni contraseñas.",
        error_messages={"required": "Escriba qué estaba mal."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PairForm(forms.Form):
    """The values of one environment that belong to the provider."""

    client_id = ParsedField(
        parse_client_id,
        rejects=PairFault,
        label="ClientID",
        max_length=60,
        help_text="En Entra: «Application (client) ID».",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_secret = _secret("ClientSecret", "En Entra: el «Value» del secreto, no el «Secret ID».", parse_client_secret)
    expires_on = forms.DateField(
        label="Fecha de expiración",
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
    )
    subscription_key = _secret(
        "APIM subscription key", "La llave de suscripción de API Management.", parse_subscription_key
    )

    def __init__(self, *args: Any, environment: "Environment", **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "prefix": environment.code})
        self.environment = environment

    def clean_expires_on(self) -> date:
        try:
            return check_expiry(self.cleaned_data["expires_on"], today=timezone.localdate())
        except PairFault as fault:
            raise forms.ValidationError(str(fault)) from fault


@dataclass(frozen=True, slots=True)
class Fault:
    anchor: str
    text: str


class AssignmentForm:
    """The values of all environments of the catalogue (imagen 18): one form made of a form for each."""

    def __init__(self, data: Mapping[str, Any] | None, environments: "list[Environment]") -> None:
        self.pairs = [PairForm(data, environment=environment) for environment in environments]

    def is_valid(self) -> bool:
        # Every environment is asked, so that all show their faults at once.
        faulty = [pair for pair in self.pairs if not pair.is_valid()]
        return not faulty

    @property
    def is_bound(self) -> bool:
        return any(pair.is_bound for pair in self.pairs)

    @property
    def errors(self) -> list[Fault]:
        """The faults of all environments, each with the place of its field on the page."""
        return [
            Fault(field.id_for_label, f"{pair.environment.name}, {field.label}: {error}")
            for pair in self.pairs
            for field in pair
            for error in field.errors
        ]

    def values(self) -> dict[str, PairEntered]:
        """The pairs by the code of their environment."""
        return {pair.environment.code: PairEntered(**pair.cleaned_data) for pair in self.pairs}

    def add_error(self, environment: str, field: str, message: str) -> None:
        for pair in self.pairs:
            if pair.environment.code == environment:
                pair.add_error(field, message)
