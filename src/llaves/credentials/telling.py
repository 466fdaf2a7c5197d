"""Who is told of what by letter. Never a secret, and of telephones and addresses none either."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone

from llaves.credentials.models import Credential, Request
from llaves.identity.queries import addresses_of_delegates, addresses_of_officials
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName
from llaves.providers.models import Provider

FIELD_NAMES = {
    "vendor_name": "Nombre del proveedor tecnológico",
    "software_name": "Nombre del software",
    "lead_name": "Nombre del líder técnico",
    "lead_email": "Correo del líder técnico",
    "lead_phone": "Teléfono del líder técnico",
    "protection_officer_name": "Nombre del responsable de la protección de datos",
    "protection_officer_phone": "Teléfono del responsable de la protección de datos",
}
"""The fields of paso 1 in few words."""


def of_request(request: Request, *, at: datetime) -> None:
    """The officials, and the two people whom the request names."""
    _tell_officials(LetterName.REQUEST_RECEIVED, request, at=at)
    _tell_lead(request, at=at)
    _tell_protection_officer(request, at=at)


def of_mending(request: Request, changed: Iterable[str], *, at: datetime) -> None:
    """The officials, and whoever is named now and was not before."""
    _tell_officials(LetterName.REQUEST_MENDED, request, at=at)
    if {"lead_name", "lead_email"} & set(changed):
        _tell_lead(request, at=at)
    if "protection_officer_name" in changed:
        _tell_protection_officer(request, at=at)


def of_withdrawal(request: Request, *, at: datetime) -> None:
    """The officials, who need not attend it any more."""
    _tell_officials(LetterName.REQUEST_WITHDRAWN, request, at=at)


def of_return(request: Request, *, at: datetime) -> None:
    """The delegate who asked: what to mend and why."""
    about = {
        **_of_delegate(request),
        "reason": str(request.return_reason),
        "note": request.return_note,
        "fields": ", ".join(FIELD_NAMES[name] for name in request.fields_to_mend),
    }
    outbox.post(LetterName.REQUEST_RETURNED, to=request.requested_by.person.email, about=about, at=at)


def of_assignment(request: Request, *, at: datetime) -> None:
    """The delegate who asked."""
    names = [one.environment.name for one in request.credentials.select_related("environment")]
    about = {**_of_delegate(request), "state": request.state_label, "environments": ", ".join(sorted(names))}
    outbox.post(LetterName.CREDENTIALS_ASSIGNED, to=request.requested_by.person.email, about=about, at=at)


def of_correction(request: Request, environments: Iterable[str], reason: str, *, at: datetime) -> None:
    """The delegates, who must take the new values over."""
    about = {"provider": request.provider.label, "environments": ", ".join(sorted(environments)), "reason": reason}
    _tell_delegates(LetterName.CREDENTIALS_CORRECTED, request.provider, about, at=at)


def of_revocation(provider: Provider, credentials: Sequence[Credential], reason: str, *, at: datetime) -> None:
    """The delegates, whose keys stop working."""
    names = sorted({credential.environment.name for credential in credentials})
    about = {"provider": provider.label, "environments": ", ".join(names), "reason": reason}
    _tell_delegates(LetterName.CREDENTIALS_REVOKED, provider, about, at=at)


def _tell_officials(letter: LetterName, request: Request, *, at: datetime) -> None:
    about = {
        "provider": request.provider.label,
        "nit": request.provider.organization.nit_with_check_digit,
        "state": request.state_label,
        "when": timezone.localtime(at).strftime("%d/%m/%Y %H:%M"),
    }
    for address in addresses_of_officials(at=at):
        outbox.post(letter, to=address, about=about, at=at)


def _tell_delegates(letter: LetterName, provider: Provider, about: dict[str, str], *, at: datetime) -> None:
    for address in addresses_of_delegates(provider.organization, at=at):
        outbox.post(letter, to=address, about=about, at=at)


def _tell_lead(request: Request, *, at: datetime) -> None:
    about = {**_named(request), "name": request.lead_name}
    outbox.post(LetterName.LEAD_NAMED, to=request.lead_email, about=about, regarding=request.id, at=at)


def _tell_protection_officer(request: Request, *, at: datetime) -> None:
    # The form asks for no address of this person: the entity's own passes it on.
    address = request.provider.email or request.requested_by.person.email
    about = {**_named(request), "name": request.protection_officer_name}
    outbox.post(LetterName.PROTECTION_OFFICER_NAMED, to=address, about=about, at=at)


def _named(request: Request) -> dict[str, str]:
    return {"provider": request.provider.label, "delegate": request.requested_by.person.name}


def _of_delegate(request: Request) -> dict[str, str]:
    delegate = request.requested_by
    return {"name": delegate.person.name, "login": delegate.login, "provider": request.provider.label}
