"""Every letter the portal writes: its subject, its Spanish text from `templates/letters/`, and the HTML made of it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.template.loader import render_to_string

from llaves.notifications import frame, links

About = Mapping[str, str]
"""What a letter tells: names, codes and dates, under the names that its `DECLARED` lists. Never a secret."""


class LetterName(StrEnum):
    ACTIVATION = "activation"
    RECOVERY = "recovery"
    PASSWORD_SET = "password_set"  # noqa: S105 - a letter's name
    FACTOR_CHANGED = "factor_changed"
    MAIL_LEFT = "mail_left"
    MAIL_ARRIVED = "mail_arrived"
    REQUEST_RECEIVED = "request_received"
    LEAD_NAMED = "lead_named"
    PROTECTION_OFFICER_NAMED = "protection_officer_named"
    CREDENTIALS_ASSIGNED = "credentials_assigned"
    CREDENTIALS_CORRECTED = "credentials_corrected"
    CREDENTIALS_REVOKED = "credentials_revoked"
    REQUEST_RETURNED = "request_returned"
    REQUEST_MENDED = "request_mended"
    REQUEST_WITHDRAWN = "request_withdrawn"
    EXPIRY_COMES = "expiry_comes"
    CREDENTIALS_EXPIRED = "credentials_expired"
    CREDENTIAL_FAILS = "credential_fails"
    CREDENTIAL_FAILS_OFFICIALS = "credential_fails_officials"
    OWN_EXPIRES = "own_expires"
    WAITING_DIGEST = "waiting_digest"
    SEEN_BY_FORMER = "seen_by_former"
    SEEN_BY_FORMER_OFFICIALS = "seen_by_former_officials"


_SUBJECTS = {
    LetterName.ACTIVATION: "Active su usuario de IHCE – Administración de Llaves de acceso",
    LetterName.RECOVERY: "Cambie la contraseña de su usuario de IHCE",
    LetterName.PASSWORD_SET: "Se estableció la contraseña de su usuario de IHCE",
    LetterName.FACTOR_CHANGED: "Cambió la verificación en dos pasos de su usuario de IHCE",
    LetterName.MAIL_LEFT: "Cambió el correo de su usuario de IHCE",
    LetterName.MAIL_ARRIVED: "Este correo recibirá los avisos de su usuario de IHCE",
    LetterName.REQUEST_RECEIVED: "Nueva solicitud de llaves de acceso: {provider}",
    LetterName.LEAD_NAMED: "Usted figura como líder técnico de IHCE en {provider}",
    LetterName.PROTECTION_OFFICER_NAMED: "Responsable de la protección de datos en {provider}",
    LetterName.CREDENTIALS_ASSIGNED: "Llaves de acceso asignadas: {provider}",
    LetterName.CREDENTIALS_CORRECTED: "Llaves de acceso corregidas: {provider}",
    LetterName.CREDENTIALS_REVOKED: "Llaves de acceso revocadas: {provider}",
    LetterName.REQUEST_RETURNED: "Corrija su solicitud de llaves de acceso: {provider}",
    LetterName.REQUEST_MENDED: "Solicitud de llaves de acceso corregida: {provider}",
    LetterName.REQUEST_WITHDRAWN: "Solicitud de llaves de acceso retirada: {provider}",
    LetterName.EXPIRY_COMES: "Las llaves de acceso vencen {left}: {provider}",
    LetterName.CREDENTIALS_EXPIRED: "Las llaves de acceso vencieron: {provider}",
    LetterName.CREDENTIAL_FAILS: "Sus llaves de {environment} no funcionan: {provider}",
    LetterName.CREDENTIAL_FAILS_OFFICIALS: "Llaves de {environment} que no funcionan: {provider}",
    LetterName.OWN_EXPIRES: "La credencial del portal en Entra vence {left}",
    LetterName.WAITING_DIGEST: "{waiting} llaves de acceso",
    LetterName.SEEN_BY_FORMER: "Reponga las llaves que vio quien ya no es delegado: {provider}",
    LetterName.SEEN_BY_FORMER_OFFICIALS: "Llaves vistas por quien ya no es delegado: {provider}",
}


class Reader(StrEnum):
    """Who gets a letter, as its footer says."""

    USER = "Recibe este mensaje porque este correo figura como suyo en MiSeguridadSocial."
    OFFICIAL = "Recibe este mensaje porque usted asigna llaves de acceso como funcionario del Ministerio."
    NAMED = "Recibe este mensaje porque un delegado administrativo escribió este correo en su solicitud."
    RESPONSIBLE = "Recibe este mensaje porque usted es delegado administrativo del prestador o su líder técnico."
    ENTITY = "Recibe este mensaje porque este es el correo del prestador o de su delegado administrativo."


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is fixed of a letter: its name in Spanish, who reads it, the names of what it tells, its button."""

    title: str
    reader: Reader
    tells: frozenset[str]
    action: str = "Ingresar al portal"


def _names(*names: str) -> frozenset[str]:
    return frozenset(names)


DECLARED = {
    LetterName.ACTIVATION: Declaration(
        "Activación de usuario",
        Reader.USER,
        _names("name", "login", "link_id", "link_page"),
        action="Activar mi usuario",
    ),
    LetterName.RECOVERY: Declaration(
        "Cambio de contraseña",
        Reader.USER,
        _names("name", "login", "link_id", "link_page"),
        action="Cambiar mi contraseña",
    ),
    LetterName.PASSWORD_SET: Declaration("Contraseña establecida", Reader.USER, _names("name", "login", "when")),
    LetterName.FACTOR_CHANGED: Declaration(
        "Verificación en dos pasos", Reader.USER, _names("name", "login", "when", "change")
    ),
    LetterName.MAIL_LEFT: Declaration("Cambio de correo, al anterior", Reader.USER, _names("name", "login", "new")),
    LetterName.MAIL_ARRIVED: Declaration("Cambio de correo, al nuevo", Reader.USER, _names("name", "login", "old")),
    LetterName.REQUEST_RECEIVED: Declaration(
        "Solicitud recibida", Reader.OFFICIAL, _names("provider", "nit", "state", "when")
    ),
    LetterName.LEAD_NAMED: Declaration("Líder técnico", Reader.NAMED, _names("name", "provider", "delegate")),
    LetterName.PROTECTION_OFFICER_NAMED: Declaration(
        "Protección de datos", Reader.ENTITY, _names("name", "provider", "delegate")
    ),
    LetterName.CREDENTIALS_ASSIGNED: Declaration(
        "Llaves asignadas", Reader.USER, _names("name", "login", "provider", "state", "environments")
    ),
    LetterName.CREDENTIALS_CORRECTED: Declaration(
        "Llaves corregidas", Reader.USER, _names("provider", "environments", "reason")
    ),
    LetterName.CREDENTIALS_REVOKED: Declaration(
        "Llaves revocadas", Reader.USER, _names("provider", "environments", "reason")
    ),
    LetterName.REQUEST_RETURNED: Declaration(
        "Solicitud devuelta", Reader.USER, _names("name", "login", "provider", "reason", "note", "fields")
    ),
    LetterName.REQUEST_MENDED: Declaration(
        "Solicitud corregida", Reader.OFFICIAL, _names("provider", "nit", "state", "when")
    ),
    LetterName.REQUEST_WITHDRAWN: Declaration(
        "Solicitud retirada", Reader.OFFICIAL, _names("provider", "nit", "state", "when")
    ),
    LetterName.EXPIRY_COMES: Declaration(
        "Llaves por vencer", Reader.RESPONSIBLE, _names("provider", "environments", "expires", "left")
    ),
    LetterName.CREDENTIALS_EXPIRED: Declaration(
        "Llaves vencidas", Reader.RESPONSIBLE, _names("provider", "environments", "expires")
    ),
    LetterName.CREDENTIAL_FAILS: Declaration(
        "Llaves que no funcionan", Reader.RESPONSIBLE, _names("provider", "environment", "found", "advice")
    ),
    LetterName.CREDENTIAL_FAILS_OFFICIALS: Declaration(
        "Llaves que no funcionan, a funcionarios",
        Reader.OFFICIAL,
        _names("provider", "environment", "found", "advice"),
    ),
    LetterName.OWN_EXPIRES: Declaration(
        "Credencial del portal por vencer", Reader.OFFICIAL, _names("tenant", "expires", "left")
    ),
    LetterName.WAITING_DIGEST: Declaration(
        "Resumen diario", Reader.OFFICIAL, _names("waiting", "late", "target", "oldest", "since", "days")
    ),
    LetterName.SEEN_BY_FORMER: Declaration(
        "Llaves por reponer", Reader.USER, _names("provider", "environments", "former")
    ),
    LetterName.SEEN_BY_FORMER_OFFICIALS: Declaration(
        "Llaves por reponer, a funcionarios", Reader.OFFICIAL, _names("provider", "environments", "former")
    ),
}
"""Every letter. What is not listed here can be told by none: so no caller sends a secret by mistake."""


class NotDeclared(ValueError):
    """A letter was to tell more than it declares, or less."""


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


def refuse_undeclared(name: LetterName, about: About) -> None:
    """Make sure that a letter tells what it declares, no more and no less. Values are not repeated.

    :raises NotDeclared: see there.
    """
    if wrong := about.keys() ^ DECLARED[name].tells:
        raise NotDeclared(f"{name.value}: {', '.join(sorted(wrong))}")


def write(name: LetterName, about: About) -> Letter:
    """The letter as it is sent. A link is only made here, so that it rests in no table and no queue."""
    told = {key: _on_one_line(value) for key, value in about.items()}
    addresses = {"portal": links.absolute("/")}
    if "link_id" in about:
        addresses["link"] = links.link_address(about["link_page"], UUID(about["link_id"]))
    declared = DECLARED[name]
    body = render_to_string(f"letters/{name.value}.txt", frame.marked(told))
    subject = _on_one_line(_SUBJECTS[name].format_map(told))
    return Letter(
        subject=subject,
        text=frame.as_text(body, addresses, reason=declared.reader),
        html=frame.as_html(body, addresses, subject=subject, action=declared.action, reason=declared.reader),
    )


def _on_one_line(value: str) -> str:
    """The value without line breaks and invisible characters, so that it can't pretend to be the letter's own text."""
    spaced = " ".join(value.split())
    visible = "".join(character for character in spaced if not unicodedata.category(character).startswith("C"))
    return " ".join(visible.split())
