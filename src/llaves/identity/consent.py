"""What people accept: the versions of each text, and what is kept of who accepted which."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.identity.administration import NothingChanged
from llaves.identity.agreements import AgreementKind
from llaves.identity.models import Acceptance, Account, Agreement
from llaves.identity.queries import current_agreement

LONGEST_TEXT = 100_000
"""Bytes: some thirty printed pages."""


@transaction.atomic
def accept(account: Account, agreements: Iterable[Agreement], *, by: Actor, at: datetime) -> None:
    """Keep that the account accepted these texts, as they were shown. The calling action's event tells of it."""
    for agreement in agreements:
        Acceptance.objects.create(
            agreement=agreement, account=account, sha256=agreement.sha256, accepted_at=at, address=by.address
        )


@transaction.atomic
def accept_new_version(*, account: Account, agreement: Agreement, by: Actor, at: datetime) -> None:
    """Accept a text that was published after the account was opened."""
    accept(account, [agreement], by=by, at=at)
    subject = Subject(nit=account.organization.nit)
    trail.record(EventName.AGREEMENT_ACCEPTED, by=by, at=at, subject=subject, details=_named(agreement))


@transaction.atomic
def publish(*, kind: AgreementKind, content: bytes, by: Actor, at: datetime) -> Agreement:
    """Put a new version of a text in force. Whoever has accepted an older one is asked at the next login.

    :raises NothingChanged: no usable text, the text in force, or somebody else has just published another.
    """
    text, last = _text(content), current_agreement(kind)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    if sha256 == last.sha256:
        raise NothingChanged(f"El texto es igual al de la versión {last.version}, que está vigente.")
    values = {"text": text, "sha256": sha256, "published_at": at}
    try:
        with transaction.atomic():
            agreement = Agreement.objects.create(kind=kind.value, version=last.version + 1, **values)
    except IntegrityError as fault:
        raise NothingChanged("Otra persona acaba de publicar una versión. Léala antes de publicar la suya.") from fault
    details = {**_named(agreement), "characters": len(text)}
    trail.record(EventName.AGREEMENT_PUBLISHED, by=by, at=at, details=details)
    return agreement


def _text(content: bytes) -> str:
    """The text as it is stored: without the mark of UTF-8, line ends as here, nothing invisible."""
    if len(content) > LONGEST_TEXT:
        raise NothingChanged("El texto tiene más de 100 kB. Acórtelo.")
    try:
        lines = content.decode("utf-8-sig").replace("\u00a0", " ").splitlines()
    except UnicodeDecodeError:
        raise NothingChanged("El archivo no es texto en UTF-8. Guárdelo como «Texto (UTF-8)».") from None
    text = "\n".join(line.rstrip() for line in lines).strip()
    if not text:
        raise NothingChanged("El archivo está vacío.")
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise NothingChanged("El texto tiene caracteres que no se ven. Guárdelo como texto sin formato.")
    return f"{text}\n"


def _named(agreement: Agreement) -> dict[str, trail.Detail]:
    return {"agreement": agreement.kind, "version": agreement.version, "sha256": agreement.sha256}
