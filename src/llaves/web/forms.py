"""Form fields and answers that all doors share."""

from collections.abc import Callable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from llaves.identity.agreements import AgreementKind
from llaves.identity.queries import current_agreement
from llaves.providers.documents import parse_email, parse_phone

if TYPE_CHECKING:
    from llaves.identity.models import Account, Agreement

INVALID = HTTPStatus.UNPROCESSABLE_ENTITY


class ParsedField(forms.CharField):
    """A text field whose value is what a domain parser makes of it; the parser's sentence is the error."""

    def __init__(self, parse: Callable[[str], Any], *, rejects: type[ValueError], **options: Any) -> None:
        super().__init__(**options)
        self.parse, self.rejects = parse, rejects

    def clean(self, value: object) -> Any:
        text = super().clean(value)
        if not text:
            return text
        try:
            return self.parse(text)
        except self.rejects as fault:
            raise ValidationError(str(fault)) from fault


class Checkbox(forms.CheckboxInput):
    """A box that sends, when it is ticked, what it stands for. Its name is the `widget_type` that templates ask for."""

    stands_for = ""

    def format_value(self, value: Any) -> str:  # noqa: ARG002 - the library's signature
        return self.stands_for

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        ticked = {"checked": True} if value and value == self.stands_for else {}
        # Past CheckboxInput's own, whose test of what is ticked is bound to the widget that this one was copied from.
        context: dict[str, Any] = super(forms.CheckboxInput, self).get_context(name, value, {**(attrs or {}), **ticked})
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:  # noqa: ARG002
        return data.get(name, "")


class AgreementField(forms.Field):
    """«Acepto …»: the box stands for the hash of the text that the page shows; its value is that very version.

    If a new version is published between reading and sending, the form comes back with the new text and asks again.
    """

    widget = Checkbox

    def __init__(self, kind: AgreementKind, *, label: str, empty: str) -> None:
        super().__init__(label=label, error_messages=missing(empty))
        self.kind = kind

    @cached_property
    def agreement(self) -> "Agreement":
        """The text to show: each form has a field of its own, so it is read once per form."""
        return current_agreement(self.kind)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        self.widget.stands_for = self.agreement.sha256
        return super().get_bound_field(form, field_name)

    def clean(self, value: Any) -> "Agreement":
        if not super().clean(value):
            raise ValidationError(self.error_messages["required"], code="required")
        if value != self.agreement.sha256:
            raise ValidationError(
                "El texto cambió mientras usted llenaba el formulario. Lea la versión nueva y acéptela.", code="changed"
            )
        return self.agreement


def confidentiality_field(*, empty: str) -> AgreementField:
    return AgreementField(AgreementKind.CONFIDENTIALITY, label="Acepto el acuerdo de confidencialidad", empty=empty)


class CodeInput(forms.TextInput):
    """For a code that serves once: a refused one does not come back with the page."""

    def __init__(self, **attrs: str) -> None:
        super().__init__(attrs={"autocomplete": "one-time-code", **attrs})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ARG002
        return super().get_context(name, None, attrs)


def missing(sentence: str) -> dict[str, str]:
    """What a field says when it is left empty."""
    return {"required": sentence}


def email_field(label: str, *, empty: str) -> ParsedField:
    widget = forms.EmailInput(attrs={"autocomplete": "off"})
    return ParsedField(
        parse_email, rejects=ValueError, label=label, max_length=254, widget=widget, error_messages=missing(empty)
    )


def phone_field(label: str, *, empty: str) -> ParsedField:
    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    hint = "Diez dígitos, por ejemplo 3001234567 o 6021234567."
    return ParsedField(
        parse_phone,
        rejects=ValueError,
        label=label,
        max_length=20,
        widget=widget,
        help_text=hint,
        error_messages=missing(empty),
    )


def name_field(label: str, *, empty: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, min_length=2, max_length=120, widget=widget, error_messages=missing(empty))


class NewPasswordForm(forms.Form):
    """A new password, twice, with the reasons for a refusal."""

    password = forms.CharField(
        label="Contraseña nueva",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label="Repita la contraseña",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, account: "Account", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.rules = password_validators_help_texts()

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.account)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("password") and cleaned.get("repeated") and cleaned["password"] != cleaned["repeated"]:
            self.add_error("repeated", "Las dos contraseñas no son iguales. Escríbala otra vez.")
        return cleaned


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent to a page's form, be it nothing at all; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def answer_form(
    request: HttpRequest, template: str, form: forms.BaseForm, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The page with its form: 200 when it is fresh, 422 when what was sent has faults."""
    status = INVALID if form.is_bound and form.errors else HTTPStatus.OK
    return render(request, template, {**(context or {}), "form": form}, status=status)
