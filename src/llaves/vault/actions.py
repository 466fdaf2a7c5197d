"""Sealing, opening, rotating. Each leaves an event; there is no other way in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from joserfc.jwk import OctKey

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.vault import envelope, keyring, queries
from llaves.vault.envelope import Binding, CannotOpen
from llaves.vault.models import SealedSecret

_BATCH = 2000
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('llaves.vault.key'), hashtext(%s))"


class WrongMasterKey(Exception):
    """The key that should seal is not the one that already seals under its name."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some secrets of one master key.

    `last` is the secret after which the next batch begins, None when there was none left.
    """

    rotated: int
    unopened: Sequence[UUID]
    last: UUID | None


@transaction.atomic
def seal(secret: str, *, binding: Binding, by: Actor, at: datetime) -> SealedSecret:
    """Keep a secret so that only its place opens it.

    :raises WrongMasterKey: what is sealed now could not be opened together with what is there.
    """
    key = _sealing_key()
    sealed = SealedSecret.objects.create(
        envelope=envelope.seal(secret, binding=binding, key=key), key_id=str(key.kid), sealed_at=at
    )
    _record(EventName.SECRET_SEALED, sealed.id, binding, by=by, at=at)
    return sealed


@transaction.atomic
def seal_all(secrets: Sequence[tuple[str, Binding]], *, by: Actor, at: datetime) -> list[SealedSecret]:
    """Keep many secrets, each as `seal` keeps it, in their order.

    :raises WrongMasterKey: see `seal`.
    """
    key = _sealing_key()
    sealed = [
        SealedSecret(envelope=envelope.seal(secret, binding=binding, key=key), key_id=str(key.kid), sealed_at=at)
        for secret, binding in secrets
    ]
    SealedSecret.objects.bulk_create(sealed, batch_size=_BATCH)
    trail.record_all(
        (_entry(EventName.SECRET_SEALED, one.id, binding) for one, (_, binding) in zip(sealed, secrets, strict=True)),
        by=by,
        at=at,
    )
    return sealed


@transaction.atomic
def forget(secret_ids: Sequence[UUID], *, by: Actor, at: datetime) -> None:
    """Destroy secrets that were only kept for a while; nothing refers to them any more."""
    SealedSecret.objects.filter(id__in=secret_ids).delete()
    trail.record(EventName.SECRETS_FORGOTTEN, by=by, at=at, details={"secrets": len(secret_ids)})


@transaction.atomic
def unseal(secret_id: UUID, *, binding: Binding, by: Actor, at: datetime) -> str:
    """The secret in the clear, for the caller's eyes only: it goes into no table, log, mail or queue.

    :raises CannotOpen: see `envelope.unseal`; then no event is left, as nothing was seen.
    """
    sealed = SealedSecret.objects.get(id=secret_id)
    secret = envelope.unseal(sealed.envelope, binding=binding, keys=keyring.master_keys())
    _record(EventName.SECRET_OPENED, sealed.id, binding, by=by, at=at)
    return secret


@transaction.atomic
def use_all(secrets: Sequence[tuple[UUID, Binding]], *, purpose: str, by: Actor, at: datetime) -> Sequence[str | None]:
    """Secrets in the clear that the portal itself needs and shows to nobody, so that they count as no look.

    One event names them all, and the provider if it is one provider's. None stands for a secret that does not open.
    """
    sealed = SealedSecret.objects.in_bulk([secret_id for secret_id, _ in secrets])
    opened = [_opened(sealed[secret_id].envelope, binding) for secret_id, binding in secrets]
    told = [pair for pair, secret in zip(secrets, opened, strict=True) if secret is not None]
    if told:
        providers = {binding.names.get("provider", "") for _, binding in told}
        details: dict[str, trail.Detail] = {"purpose": purpose, "secrets": [str(secret_id) for secret_id, _ in told]}
        subject = Subject(provider=providers.pop()) if len(providers) == 1 else trail.NOBODY
        trail.record(EventName.SECRETS_USED, by=by, at=at, subject=subject, details=details)
    return opened


def _opened(sealed: str, binding: Binding) -> str | None:
    try:
        return envelope.unseal(sealed, binding=binding, keys=keyring.master_keys())
    except CannotOpen:
        return None


@transaction.atomic
def rotate(*, name: str, after: UUID, limit: int, waits: bool, by: Actor, at: datetime) -> Batch:
    """Seal some secrets of the master key of that name anew, under the first key.

    What does not open is left as it is, and told of.

    :param after: only secrets whose id is greater.
    :param waits: for secrets that another transaction holds; otherwise they are passed over.
    :raises WrongMasterKey: see `seal`.
    """
    key = _sealing_key()
    # NO KEY: a credential that refers to the secret may be written meanwhile.
    held = SealedSecret.objects.select_for_update(no_key=True, skip_locked=not waits)
    secrets = list(held.filter(key_id=name, id__gt=after).exclude(key_id=key.kid).order_by("id")[:limit])
    rotated = [sealed for sealed in secrets if _reseal(sealed, key)]
    SealedSecret.objects.bulk_update(rotated, ["envelope", "key_id"])
    if rotated:
        done: dict[str, trail.Detail] = {"from": name, "to": str(key.kid), "secrets": len(rotated)}
        trail.record(EventName.KEY_ROTATED, by=by, at=at, details=done)
    unopened = [sealed.id for sealed in secrets if sealed.key_id == name]
    return Batch(len(rotated), unopened, secrets[-1].id if secrets else None)


def _reseal(sealed: SealedSecret, key: OctKey) -> bool:
    try:
        sealed.envelope = envelope.reseal(sealed.envelope, keys=keyring.master_keys(), key=key)
    except CannotOpen:
        return False
    sealed.key_id = str(key.kid)
    return True


def _sealing_key() -> OctKey:
    """The first key, after making sure that every process means the same by its name."""
    key = keyring.current_key()
    name = str(key.kid)
    envelopes = queries.witnesses(name)
    if not envelopes:
        # Nothing can tell yet which key the name stands for: one seals the first secret, the others wait to see it.
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [name])
        envelopes = queries.witnesses(name)
    if queries.is_wrong(name, envelopes):
        raise WrongMasterKey(name)
    return key


def _record(name: EventName, secret_id: UUID, binding: Binding, *, by: Actor, at: datetime) -> None:
    entry = _entry(name, secret_id, binding)
    trail.record(name, by=by, at=at, subject=entry.subject, details=entry.details)


def _entry(name: EventName, secret_id: UUID, binding: Binding) -> trail.Entry:
    details = {**binding.names, "kind": binding.kind, "secret": str(secret_id)}
    return trail.Entry(name, Subject(provider=binding.names.get("provider", "")), details)
