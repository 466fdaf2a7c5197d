"""The form into which an official copies a provider's pairs, and has them proved (imagen 18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from llaves.credentials.pairs import (
    PairEntered,
    PairFault,
    check_expiry,
    parse_client_id,
    parse_client_secret,
    parse_subscription_key,
)
from llaves.web.forms import ParsedField

if TYPE_CHECKING:
    from llaves.credentials.models import Environment

PROVE, ALL = "prove", "all"
"""The name of the buttons that have pairs proved and nothing saved, and what the one for all of them stands for."""
_PROVED = ("client_id", "client_secret")
_SECRETS = ("client_secret", "subscription_key")


@dataclass(frozen=True, slots=True)
class Told:
    """What is said beside a pair that was proved."""

    kind: str
    title: str
    text: str


def _secret(label: str, hint: str, parse: Any) -> ParsedField:
    # render_value stays off: what was typed is kept after a mistake, secrets aside.
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False)
    return ParsedField(
        parse, rejects=PairFault, label=label, help_text=hint, max_length=300, strip=False, widget=widget
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
        self.told: Told | None = None
        self.unproved = ""
        """Why Entra said nothing of what is about to be saved."""

    def clean_expires_on(self) -> date:
        try:
            return check_expiry(self.cleaned_data["expires_on"], today=timezone.localdate())
        except PairFault as fault:
            raise forms.ValidationError(str(fault)) from fault

    @property
    def faults(self) -> str:
        """What is wrong with its fields, in one text."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)

    def is_provable(self) -> bool:
        """Whether ClientID and ClientSecret are sound; what else is missing is not said yet."""
        for name in self.errors.keys() - set(_PROVED):
            del self.errors[name]
        return not self.errors


@dataclass(frozen=True, slots=True)
class Fault:
    anchor: str
    text: str


class AssignmentForm:
    """The values of all environments of the catalogue (imagen 18): one form made of a form for each."""

    def __init__(self, data: Mapping[str, Any] | None, environments: "list[Environment]") -> None:
        self.chosen = (data or {}).get(PROVE, "")
        self.is_throttled = False
        self.pairs = [self._pair(data, environment) for environment in environments]

    def _pair(self, data: Mapping[str, Any] | None, environment: "Environment") -> PairForm:
        is_meant = self.chosen == environment.code or (self.chosen == ALL and environment.is_proved)
        if data is None or not self.chosen or is_meant:
            return PairForm(data, environment=environment)
        # Another environment is proved: here what was typed stands as it was, secrets aside.
        names = (name for name in PairForm.base_fields if name not in _SECRETS)
        typed = {name: data.get(f"{environment.code}-{name}", "") for name in names}
        return PairForm(initial=typed, environment=environment)

    def is_valid(self) -> bool:
        # Every environment is asked, so that all show their faults at once.
        faulty = [pair for pair in self.pairs if not pair.is_valid()]
        return not faulty

    @property
    def can_be_proved(self) -> bool:
        """Whether Entra can be asked in any environment."""
        return any(pair.environment.is_proved for pair in self.pairs)

    def to_be_proved(self) -> list[PairForm]:
        """What was chosen and is sound, where Entra can be asked. Every other field keeps silent."""
        chosen = [pair for pair in self.pairs if pair.is_bound and pair.is_provable()]
        return [pair for pair in chosen if pair.environment.is_proved]

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
