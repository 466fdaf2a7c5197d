"""Asking Entra whether credentials work, and keeping what it said. A writer, like `actions`.

A secret is opened in one transaction, Entra is asked after it, and what it said is kept in another. Whatever stops in
between leaves a credential that is asked about again a few minutes later.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import lifecycle, reminding, verdicts
from llaves.credentials.agenda import waits_for_removal
from llaves.credentials.assignment import CLIENT_SECRET, binding_of
from llaves.credentials.lifecycle import Standing
from llaves.credentials.models import Credential, EntraApplication, Environment, Proof, Request
from llaves.credentials.proofs import count_failures
from llaves.credentials.queries import subject_of
from llaves.credentials.questions import Question, question
from llaves.credentials.verdicts import Finding, Origin
from llaves.integrations.entra.verification import Outcome, Verdict
from llaves.vault import actions as vault

AT_ONCE = 20
"""So many secrets are in the clear at one time."""
LEASE = timedelta(minutes=5)
"""So long a round may take for what it has opened; then another takes it up."""
MOST_FAILURES = 100
"""So many pairs of an environment may begin to fail within a day before the round believes in a fault of Entra's, or of
our settings, and tells nobody."""
_PURPOSE = "proof"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found of a credential. `is_new`: it says something, and something else than the last time."""

    credential: Credential
    outcome: Outcome
    found: Finding
    is_new: bool
    is_our_doing: bool = False
    """Its application is suspended on the portal's own word."""

    @property
    def is_bad_news(self) -> bool:
        """Whether somebody has to be told."""
        return self.is_new and verdicts.is_the_pairs_fault(self.found) and not self.is_our_doing


class NotProvable(Exception):
    """Entra can't be asked: the credential is over, its environment has no authority, or its secret does not open."""


@transaction.atomic
def open_one(*, credential_id: UUID, by: Actor, at: datetime) -> Question:
    """What Entra is asked of one credential; whoever has that done is shown nothing of it.

    :raises NotProvable: see there.
    """
    credential = _held().filter(id=credential_id).first()
    if credential is None or not lifecycle.may_be_seen(credential.seen(on=timezone.localdate(at))):
        raise NotProvable
    return _asked_of(credential, by=by, at=at)


@transaction.atomic
def open_over(*, credential_id: UUID, by: Actor, at: datetime) -> Question:
    """What Entra is asked of a credential that was to be taken out of it.

    :raises NotProvable: it does not wait for that, or Entra can't be asked.
    """
    credential = _held().filter(waits_for_removal(), id=credential_id).first()
    if credential is None:
        raise NotProvable
    return _asked_of(credential, by=by, at=at)


@transaction.atomic
def open_due(*, environment: Environment, most: int = AT_ONCE, by: Actor, at: datetime) -> Mapping[UUID, Question]:
    """What Entra is asked next in an environment that `is_proved`, by credential. Nobody else takes it meanwhile."""
    today = timezone.localdate(at)
    goes_on = Q(overlap_ends_on__isnull=True) | Q(overlap_ends_on__gte=today)
    valid = _held(waits=False).filter(
        goes_on, environment=environment, standing=Standing.VALID.value, expires_on__gte=today
    )
    # In the order of the index, which ends where the rest is not due; a condition on it would read all of them.
    first = valid.order_by(F("prove_at").asc(nulls_first=True), "id")[:most]
    credentials = [one for one in first if one.prove_at is None or one.prove_at <= at]
    Credential.objects.filter(id__in=[one.id for one in credentials]).update(prove_at=at + LEASE)
    return _opened(credentials, by=by, at=at)


@transaction.atomic
def record(*, credential_id: UUID, outcome: Outcome, origin: Origin, by: Actor, at: datetime) -> Finding:
    """Keep what Entra said of one credential. Who is responsible is told once when it stops working.

    :raises NotProvable: there is no such credential.
    """
    for kept in _keep({credential_id: outcome}, origin, by=by, at=at):
        _record(kept, by=by, at=at)
        return kept.found
    raise NotProvable


@transaction.atomic
def record_round(*, outcomes: Mapping[UUID, Outcome], by: Actor, at: datetime) -> None:
    """Keep what Entra said of some credentials. An event for each of which it is new; one tells of all of them."""
    kept = _keep(outcomes, Origin.ROUND, by=by, at=at)
    for one in kept:
        if one.is_new:
            _record(one, by=by, at=at)
        if one.found in verdicts.OURS:
            code = one.credential.environment.code
            logger.error("environment %s: Entra refuses our settings, AADSTS%s", code, one.outcome.error_code)
    answered = sum(verdicts.says_something(one.found) for one in kept)
    details: dict[str, trail.Detail] = {"asked": len(kept), "answered": answered}
    trail.record(EventName.ROUND_PROVED, by=by, at=at, details=details)


@transaction.atomic
def note_tried(*, request: Request, environment: Environment, outcome: Outcome, by: Actor, at: datetime) -> Finding:
    """Leave a trace of a pair that an official had proved before it is anybody's. The pair itself is not kept."""
    found = verdicts.finding(outcome.verdict, is_fresh=False)
    details = {"request": str(request.id), "environment": environment.code, **_told(found, outcome)}
    trail.record(EventName.PAIR_TRIED, by=by, at=at, subject=subject_of(request.provider), details=details)
    return found


def _held(*, waits: bool = True) -> QuerySet[Credential]:
    """Credentials, each held for the transaction."""
    related = ("client", "provider__organization", "environment", "last_proof")
    return (
        Credential.objects.select_related(*related)
        .order_by("id")
        .select_for_update(of=("self",), no_key=True, skip_locked=not waits)
    )


def _asked_of(credential: Credential, *, by: Actor, at: datetime) -> Question:
    asked = _opened([credential], by=by, at=at) if credential.environment.is_proved else {}
    if credential.id not in asked:
        raise NotProvable
    return asked[credential.id]


def _opened(credentials: Sequence[Credential], *, by: Actor, at: datetime) -> Mapping[UUID, Question]:
    places = [
        (one.client_secret_id, binding_of(one.provider, one.environment, one.id, CLIENT_SECRET)) for one in credentials
    ]
    opened = zip(credentials, vault.use_all(places, purpose=_PURPOSE, by=by, at=at), strict=True)
    questions = {}
    for one, secret in opened:
        if secret is None:
            logger.error("the secret of credential %s does not open", one.id)
        else:
            questions[one.id] = question(one.environment, one.client.client_id, secret)
    return questions


def _keep(outcomes: Mapping[UUID, Outcome], origin: Origin, *, by: Actor, at: datetime) -> list[Kept]:
    credentials = list(_held().filter(id__in=list(outcomes)))
    kept = [_judged(one, outcomes[one.id], at=at) for one in credentials]
    if origin is Origin.ROUND:
        kept = _believed(kept, at=at)
    for one in kept:
        _write(one, origin, by=by, at=at)
        _schedule(one, origin, at=at)
    Credential.objects.bulk_update(credentials, ["prove_at", "proofs_in_a_row", "last_proof"])
    reminding.of_failures(
        [(one.credential, one.found) for one in kept if one.is_bad_news and one.credential.ended_at is None], at=at
    )
    return kept


def _judged(credential: Credential, outcome: Outcome, *, at: datetime) -> Kept:
    # Of what is over here, one acceptance is one too many.
    is_fresh = credential.ended_at is None and verdicts.is_fresh(credential.assigned_at, at=at)
    found = verdicts.finding(outcome.verdict, is_fresh=is_fresh, in_a_row=credential.proofs_in_a_row + 1)
    last = credential.last_proof
    is_new = verdicts.says_something(found) and (last is None or last.finding != found.value)
    return Kept(credential, outcome, found, is_new, found is Finding.DISABLED and _is_suspended(credential))


def _is_suspended(credential: Credential) -> bool:
    here = EntraApplication.objects.filter(client_id=credential.client.client_id)
    return here.filter(disabled_at__isnull=False).exists()


def _believed(kept: list[Kept], *, at: datetime) -> list[Kept]:
    """What a round found, without the failures of an environment in which too many fail at once."""
    failing = {one.credential.environment for one in kept if one.is_bad_news}
    doubted = {environment for environment in failing if count_failures(environment, at=at) >= MOST_FAILURES}
    for environment in doubted:
        logger.error("environment %s: more than %s pairs began to fail today", environment.code, MOST_FAILURES)
    return [
        replace(one, found=Finding.UNKNOWN, is_new=False)
        if one.is_bad_news and one.credential.environment in doubted
        else one
        for one in kept
    ]


def _write(kept: Kept, origin: Origin, *, by: Actor, at: datetime) -> None:
    credential, outcome, says_something = kept.credential, kept.outcome, verdicts.says_something(kept.found)
    told = {"at": at, "error_code": outcome.error_code, "trace_id": outcome.trace_id}
    told |= {"correlation_id": outcome.correlation_id}
    if origin is not Origin.ROUND or kept.is_new:
        own = {"finding": kept.found.value, "origin": origin.value, "first_at": at, "by": by.name}
        proof = Proof.objects.create(credential=credential, **own, **told)
        credential.last_proof = proof if says_something else credential.last_proof
    elif says_something and credential.last_proof:
        # The same as the last time: one row tells since when.
        Proof.objects.filter(id=credential.last_proof.id).update(times=F("times") + 1, **told)


def _schedule(kept: Kept, origin: Origin, *, at: datetime) -> None:
    credential, outcome = kept.credential, kept.outcome
    if outcome.verdict is not Verdict.UNKNOWN and outcome.verdict is not Verdict.VALID:
        credential.proofs_in_a_row = 0
    elif outcome.verdict is Verdict.VALID and origin is Origin.ROUND:
        # Only what the round asks is surely some seconds apart.
        credential.proofs_in_a_row = min(credential.proofs_in_a_row + 1, verdicts.PROOFS_OF_A_FRESH_ONE)
    if origin is Origin.ROUND or verdicts.says_something(kept.found):
        credential.prove_at = verdicts.next_proof(kept.found, at=at)


def _record(kept: Kept, *, by: Actor, at: datetime) -> None:
    credential = kept.credential
    details = {"credential": str(credential.id), "environment": credential.environment.code}
    trail.record(
        EventName.CREDENTIAL_PROVED,
        by=by,
        at=at,
        subject=subject_of(credential.provider),
        details={**details, **_told(kept.found, kept.outcome)},
    )


def _told(found: Finding, outcome: Outcome) -> dict[str, trail.Detail]:
    told = {"code": outcome.error_code, "trace": outcome.trace_id, "correlation": outcome.correlation_id}
    return {"finding": found.value, **{key: value for key, value in told.items() if value}}
