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
    MAIL_LEFT = "mail_left"
    MAIL_ARRIVED = "mail_arrived"
    REQUEST_RECEIVED = "request_received"
    LEAD_NAMED = "lead_named"
    PROTECTION_OFFICER_NAMED = "protection_officer_named"
    CREDENTIALS_ASSIGNED = "credentials_assigned"


_SUBJECTS = {
    LetterName.ACTIVATION: "Active su usuario de IHCE – Administración de Llaves de acceso",
    LetterName.RECOVERY: "Cambie la contraseña de su usuario de IHCE",
    LetterName.PASSWORD_SET: "Se estableció la contraseña de su usuario de IHCE",
    LetterName.MAIL_LEFT: "Cambió el correo de su usuario de IHCE",
    LetterName.MAIL_ARRIVED: "Este correo recibirá los avisos de su usuario de IHCE",
    LetterName.REQUEST_RECEIVED: "Nueva solicitud de llaves de acceso: {provider}",
    LetterName.LEAD_NAMED: "Usted figura como líder técnico de IHCE en {provider}",
    LetterName.PROTECTION_OFFICER_NAMED: "Responsable de la protección de datos en {provider}",
    LetterName.CREDENTIALS_ASSIGNED: "Llaves de acceso asignadas: {provider}",
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
