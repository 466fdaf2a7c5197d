"""Sealing and opening. Both leave an event; there is no other way in."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.vault import envelope, keyring
from llaves.vault.envelope import Binding
from llaves.vault.models import SealedSecret


@transaction.atomic
def seal(secret: str, *, binding: Binding, by: Actor, at: datetime) -> SealedSecret:
    """Keep a secret so that only its place opens it."""
    key = keyring.current_key()
    sealed = SealedSecret.objects.create(
        envelope=envelope.seal(secret, binding=binding, key=key), key_id=str(key.kid), sealed_at=at
    )
    _record(EventName.SECRET_SEALED, sealed.id, binding, by=by, at=at)
    return sealed


@transaction.atomic
def unseal(secret_id: UUID, *, binding: Binding, by: Actor, at: datetime) -> str:
    """The secret in the clear, for the caller's eyes only: it goes into no table, log, mail or queue.

    :raises CannotOpen: see `envelope.unseal`; then no event is left, as nothing was seen.
    """
    sealed = SealedSecret.objects.get(id=secret_id)
    secret = envelope.unseal(sealed.envelope, binding=binding, keys=keyring.master_keys())
    _record(EventName.SECRET_OPENED, sealed.id, binding, by=by, at=at)
    return secret


def _record(name: EventName, secret_id: UUID, binding: Binding, *, by: Actor, at: datetime) -> None:
    details = {**asdict(binding), "secret": str(secret_id)}
    trail.record(name, by=by, at=at, subject=Subject(provider=binding.provider), details=details)
