"""Proof that a person, or at least a patient browser, is at the form. No third party is asked."""

import base64
import binascii
import json
from typing import Any

from captcha.fields import CaptchaField, CaptchaTextInput
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django_altcha import AltchaField, get_altcha_challenge, get_challenge_expire_seconds

MOST_STEPS = 60_000
"""Hashes to try at most: about a second on a slow telephone, dear for whoever tries a million logins."""


class ProofOfWorkField(AltchaField):
    """«No soy un robot», checked by the library; each challenge serves once, also when it is sent twice at once.

    Drawn by `components/proof_of_work.html`: the library's own widget needs inline style, which the CSP forbids.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="No soy un robot",
            error_messages={
                "required": "Marque «No soy un robot» y espere a que diga «Verificado».",
                "invalid": "La verificación venció o no corresponde. Marque «No soy un robot» otra vez.",
                "error": "La verificación no se pudo leer. Marque «No soy un robot» otra vez.",
                "replay": "Esta verificación ya se usó. Marque «No soy un robot» otra vez.",
            },
            **options,
        )

    def validate(self, value: str | None) -> None:
        """The library asks for an answer also where the field is optional."""
        if value or self.required:
            super().validate(value)

    @property
    def challenge(self) -> str:
        """A fresh challenge, as the JSON that the page's script reads."""
        return json.dumps(get_altcha_challenge(max_number=MOST_STEPS).__dict__)

    def replay_attack_protection(self, payload: str) -> None:
        """The library looks and then marks; two at once would both pass. `add` does both in one step."""
        try:
            challenge = json.loads(base64.b64decode(payload))["challenge"]
        except (binascii.Error, ValueError, KeyError, TypeError) as fault:
            raise ValidationError(self.error_messages["error"], code="error") from fault
        if not cache.add(f"challenge:{challenge}", value=True, timeout=get_challenge_expire_seconds()):
            raise ValidationError(self.error_messages["replay"], code="replay")


class ImageCodeWidget(CaptchaTextInput):
    template_name = "components/image_code.html"


class ImageCodeField(CaptchaField):
    """«Código de la imagen» of the registration. Its value says whether a right code was typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="Código de la imagen",
            help_text="Seis letras; da igual si son mayúsculas o minúsculas.",
            widget=ImageCodeWidget(attrs={"autocomplete": "off"}),
            error_messages={"invalid": "El código no corresponde a la imagen. Escriba el de la imagen nueva."},
            **options,
        )

    def clean(self, value: list[str | None]) -> bool:
        typed = (value[1] or "").strip()
        super().clean(value)
        return bool(typed)
