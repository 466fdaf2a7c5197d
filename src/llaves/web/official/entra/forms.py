"""Forms of «Generar en Entra»."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.utils import timezone

from llaves.credentials.pairs import PairFault, parse_subscription_key
from llaves.web.forms import ParsedField, missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llaves.credentials.models import Environment, Request

ALL, CHOSEN = "todas", "elegidas"


class SubscriptionKeysForm(forms.Form):
    """The APIM subscription keys that nobody has told the portal yet."""

    def __init__(self, *args: Any, environments: "Iterable[Environment]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for environment in environments:
            self.fields[environment.code] = ParsedField(
                parse_subscription_key,
                rejects=PairFault,
                label=f"APIM subscription key de {environment.name}",
                help_text="Entra no la da: cópiela de API Management.",
                max_length=300,
                strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False),
                error_messages=missing("Copie la llave de suscripción de API Management."),
            )

    def keys(self) -> dict[str, str]:
        """By code of the environment."""
        return {name: str(value) for name, value in self.cleaned_data.items()}


class ManyForm(forms.Form):
    """Which of those who wait."""

    which = forms.ChoiceField(
        label="Qué solicitudes",
        choices=[(CHOSEN, "Solo las que marque abajo"), (ALL, "Todas las pendientes")],
        initial=CHOSEN,
        widget=forms.RadioSelect,
        error_messages=missing("Elija qué solicitudes."),
    )
    requests = forms.MultipleChoiceField(
        label="Solicitudes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Una de las solicitudes ya no espera. Revise la lista."},
    )

    def __init__(self, *args: Any, waiting: "Iterable[Request]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [
            (str(one.id), f"{one.provider.label}, {timezone.localtime(one.requested_at):%d/%m/%Y}") for one in waiting
        ]
        self.fields["requests"].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("which") == CHOSEN and not cleaned.get("requests") and "requests" not in self.errors:
            self.add_error("requests", "Marque al menos una solicitud.")
        return cleaned

    def only(self) -> frozenset[UUID] | None:
        """The chosen ones; None stands for all."""
        if self.cleaned_data["which"] == ALL:
            return None
        return frozenset(UUID(text) for text in self.cleaned_data["requests"])
