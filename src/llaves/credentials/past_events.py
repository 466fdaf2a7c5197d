"""What the actions would have left of a past: the event of each move, and the secrets of each credential."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from llaves.audit.events import Actor, ActorKind, EventName, Subject
from llaves.audit.past import PastEvent
from llaves.credentials.assignment import CLIENT_SECRET, SUBSCRIPTION_KEY, binding_of
from llaves.credentials.lifecycle import Standing
from llaves.credentials.models import Environment
from llaves.credentials.past import Past, PastCredential, PastRequest
from llaves.credentials.queries import subject_of
from llaves.providers.models import Provider
from llaves.vault.envelope import Binding
from llaves.vault.past import PastSecret

if TYPE_CHECKING:
    from datetime import datetime

    from llaves.audit.trail import Detail

_CLOCK, _HERALD, _NOTICER = (
    Actor(kind=ActorKind.SYSTEM, name=f"jobs.{job}")
    for job in ("end_credentials", "tell_of_coming_expiry", "notice_successions")
)


def secret_id(credential: PastCredential, content: str) -> UUID:
    """The same at every run, like the credential's own."""
    return uuid5(credential.id, content)


def secrets_of(past: Past, environments: dict[str, Environment]) -> Iterator[PastSecret]:
    """The two of each credential."""
    for one in past.credentials:
        by = _person(one.assigned_by)
        for content, secret in ((CLIENT_SECRET, one.client_secret), (SUBSCRIPTION_KEY, one.subscription_key)):
            binding = _binding(past.candidate.provider, environments, one, content)
            yield PastSecret(secret_id(one, content), secret, binding, by, one.assigned_at)


def events_of(past: Past, environments: dict[str, Environment]) -> Iterator[PastEvent]:
    """Everything but that secrets were sealed, which the vault tells."""
    provider = past.candidate.provider
    subject, delegate = subject_of(provider), _person(past.candidate.login)
    for asked in past.requests:
        yield from _of_request(asked, subject, delegate, sorted(environments))
    for one in past.credentials:
        yield from _of_credential(one, subject)
        for content in (CLIENT_SECRET, SUBSCRIPTION_KEY):
            binding = _binding(provider, environments, one, content)
            details = {**binding.names, "kind": binding.kind, "secret": str(secret_id(one, content))}
            for at in one.looks:
                yield PastEvent(at, delegate, EventName.SECRET_OPENED, Subject(provider=provider.code), details)
    yield from _revocations(past, subject)


def left_event(past: Past) -> PastEvent:
    """That a delegate who has seen keys may not act any more."""
    assert past.left_at  # noqa: S101 - the caller asks only of who left
    in_force = sorted(str(one.id) for one in past.credentials if one.looks and one.ended_at is None)
    details: dict[str, Detail] = {"login": past.candidate.login, "credentials": in_force}
    subject = Subject(nit=past.candidate.provider.organization.nit)
    return PastEvent(past.left_at, _NOTICER, EventName.DELEGATE_LEFT, subject, details)


def _of_request(asked: PastRequest, subject: Subject, delegate: Actor, codes: list[str]) -> Iterator[PastEvent]:
    named: dict[str, Detail] = {"request": str(asked.id)}
    mended: dict[str, Detail] = {"fields": [asked.field_to_mend]}
    assigned: dict[str, Detail] = {"environments": list(codes), "replaces": list(asked.replaces)}
    moves: tuple[tuple[EventName, datetime | None, Actor, dict[str, Detail]], ...] = (
        (EventName.REQUEST_MADE, asked.requested_at, delegate, {"kind": asked.kind.value}),
        (EventName.REQUEST_RETURNED, asked.returned_at, _person(asked.returned_by), {"reason": asked.reason, **mended}),
        (EventName.REQUEST_MENDED, asked.mended_at, delegate, mended),
        (EventName.REQUEST_WITHDRAWN, asked.withdrawn_at, delegate, {}),
        (EventName.REQUEST_CLAIMED, asked.claimed_at, _person(asked.claimed_by), {}),
        (EventName.REQUEST_ASSIGNED, asked.assigned_at, _person(asked.assigned_by), assigned),
    )
    for name, at, by, more in moves:
        if at:
            yield PastEvent(at, by, name, subject, {**named, **more})


def _of_credential(one: PastCredential, subject: Subject) -> Iterator[PastEvent]:
    named: dict[str, Detail] = {"credential": str(one.id), "environment": one.environment}
    if one.corrects:
        details: dict[str, Detail] = {
            "request": str(one.request.id),
            "environments": [one.environment],
            "reason": one.corrects,
        }
        yield PastEvent(one.assigned_at, _person(one.assigned_by), EventName.ASSIGNMENT_CORRECTED, subject, details)
    if one.ended_at and not one.ended_by:
        standing = {"standing": one.standing.value}
        yield PastEvent(one.ended_at, _CLOCK, EventName.CREDENTIALS_ENDED, subject, {**named, **standing})
    if one.removed_at:
        yield PastEvent(one.removed_at, _person(one.removed_by), EventName.CREDENTIAL_REMOVED, subject, named)
    for days, at in one.told:
        yield PastEvent(at, _HERALD, EventName.EXPIRY_TOLD, subject, {**named, "days": days})


def _revocations(past: Past, subject: Subject) -> Iterator[PastEvent]:
    """One event for all that were revoked at a moment; what was corrected has an event of its own."""
    corrected = {(one.request.id, one.environment, one.assigned_at) for one in past.credentials if one.corrects}
    revoked: dict[tuple[datetime, str, str], list[str]] = {}
    for one in past.credentials:
        was_corrected = (one.request.id, one.environment, one.ended_at) in corrected
        if one.ended_at and one.standing is Standing.REVOKED and not was_corrected:
            revoked.setdefault((one.ended_at, one.ended_by, one.end_reason), []).append(str(one.id))
    for (at, by, reason), ids in revoked.items():
        yield PastEvent(at, _person(by), EventName.CREDENTIALS_REVOKED, subject, {"credentials": ids, "reason": reason})


def _binding(provider: Provider, environments: dict[str, Environment], one: PastCredential, content: str) -> Binding:
    return binding_of(provider, environments[one.environment], one.id, content)


def _person(login: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, name=login)
