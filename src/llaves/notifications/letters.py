"""Every letter the portal writes: its subject and its Spanish text, from `templates/letters/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.template.loader import render_to_string

from llaves.notifications import links

About = Mapping[str, str]
"""What a letter tells: names, codes and dates. Never a secret."""


class LetterName(StrEnum):
    ACTIVATION = "activation"
    RECOVERY = "recovery"
    PASSWORD_SET = "password_set"  # noqa: S105 - a letter's name
    FACTOR_CHANGED = "factor_changed"
    REQUEST_RECEIVED = "request_received"
    LEAD_NAMED = "lead_named"
    PROTECTION_OFFICER_NAMED = "protection_officer_named"
    CREDENTIALS_ASSIGNED = "credentials_assigned"
    CREDENTIALS_CORRECTED = "credentials_corrected"
    CREDENTIALS_REVOKED = "credentials_revoked"
    REQUEST_RETURNED = "request_returned"
    REQUEST_MENDED = "request_mended"
    REQUEST_WITHDRAWN = "request_withdrawn"


_SUBJECTS = {
    LetterName.ACTIVATION: "Active su usuario de IHCE – Administración de Llaves de acceso",
    LetterName.RECOVERY: "Cambie la contraseña de su usuario de IHCE",
    LetterName.PASSWORD_SET: "Se estableció la contraseña de su usuario de IHCE",
    LetterName.FACTOR_CHANGED: "Cambió la verificación en dos pasos de su usuario de IHCE",
    LetterName.REQUEST_RECEIVED: "Nueva solicitud de llaves de acceso: {provider}",
    LetterName.LEAD_NAMED: "Usted figura como líder técnico de IHCE en {provider}",
    LetterName.PROTECTION_OFFICER_NAMED: "Responsable de la protección de datos en {provider}",
    LetterName.CREDENTIALS_ASSIGNED: "Llaves de acceso asignadas: {provider}",
    LetterName.CREDENTIALS_CORRECTED: "Llaves de acceso corregidas: {provider}",
    LetterName.CREDENTIALS_REVOKED: "Llaves de acceso revocadas: {provider}",
    LetterName.REQUEST_RETURNED: "Corrija su solicitud de llaves de acceso: {provider}",
    LetterName.REQUEST_MENDED: "Solicitud de llaves de acceso corregida: {provider}",
    LetterName.REQUEST_WITHDRAWN: "Solicitud de llaves de acceso retirada: {provider}",
}


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


def write(name: LetterName, about: About) -> Letter:
    """The letter as it is sent. A link is only made here, so that it rests in no table and no queue."""
    context = {**about, "portal": links.absolute("/")}
    if "link_id" in about:
        context["link"] = links.link_address(about["link_page"], UUID(about["link_id"]))
    subject = " ".join(_SUBJECTS[name].format_map(about).split())
    return Letter(subject=subject, text=render_to_string(f"letters/{name.value}.txt", context))
