"""Forms of the ministry's official."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from llaves.credentials.lifecycle import Kind
from llaves.credentials.queries import Wanted, return_reasons
from llaves.credentials.telling import FIELD_NAMES
from llaves.credentials.waiting import business_days_before
from llaves.providers.classes import ProviderClass
from llaves.providers.departments import DEPARTMENTS


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
