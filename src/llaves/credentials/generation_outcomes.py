"""What became of the generation of a pair, kept step by step. A writer, like `actions`; it asks nothing of Entra."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import actions, generation, lifecycle
from llaves.credentials.actions import PairRefused
from llaves.credentials.assignment import CLIENT_SECRET
from llaves.credentials.generated import binding_of_generation, entry_of, forget_secrets, moved, note, opened
from llaves.credentials.generation import STOPS_EVERYTHING, Fault, Stage, Step, StepNotAllowed
from llaves.credentials.lifecycle import Move, State
from llaves.credentials.models import (
    Credential,
    EntraApplication,
    Environment,
    Generation,
    GenerationRun,
    Proof,
    Request,
)
from llaves.credentials.pairs import PairEntered
from llaves.credentials.queries import lock_request
from llaves.credentials.verdicts import PROOFS_OF_A_FRESH_ONE, Finding, Origin, next_proof
from llaves.identity.models import Account
from llaves.integrations.entra.applications import ApplicationTold, NewKey
from llaves.vault import actions as vault


@transaction.atomic
def keep(
    *, begun: Generation, told: ApplicationTold, key: NewKey, expires_on: date, by: Actor, at: datetime
) -> Generation:
    """Keep the secret that Entra has just given, the instant that it arrives; the next stage is begun with it.

    :raises StepNotAllowed: somebody has cancelled meanwhile; then the secret is dropped, and the undoing finds it.
    """
    held = _after(begun, Step.KEEP)
    held.application = _application(told, held, at=at)
    held.client_secret = vault.seal(key.secret, binding=binding_of_generation(held, CLIENT_SECRET), by=by, at=at)
    held.key_id, held.expires_on, held.kept_at = key.id, expires_on, at
    # Whoever needed more than one attempt may have left a secret behind of which nobody heard.
    held.is_unsure, held.attempts = begun.attempts > 1, 1
    held.due_at, held.fault, held.fault_code = at, "", ""
    names = ("stage", "application", "client_secret", "key_id", "expires_on", "kept_at", "is_unsure", "attempts")
    values = {name: getattr(held, name) for name in (*names, "due_at", "fault", "fault_code")}
    if not Generation.objects.filter(id=held.id, stage=begun.stage).update(**values):
        raise StepNotAllowed(f"{Step.KEEP} is too late")
    note(EventName.GENERATION_ADVANCED, held, by=by, at=at, client=str(told.client_id), key=str(key.id))
    return held


def _after(held: Generation, step: Step) -> Generation:
    """What it will be after a step; the one that is given stays as it was read."""
    moved = copy(held)
    moved.stage = generation.after(Stage(held.stage), step).value
    return moved


def _application(told: ApplicationTold, held: Generation, *, at: datetime) -> EntraApplication:
    """The row of an application, which may have been adopted and be there."""
    named = EntraApplication(
        id=told.id,
        client_id=told.client_id,
        provider=held.provider,
        environment=held.environment,
        tenant_id=held.environment.tenant_id,
        made_at=at,
    )
    # One that was thought to be gone is there.
    EntraApplication.objects.bulk_create(
        [named], update_conflicts=True, unique_fields=["id"], update_fields=["removed_at"]
    )
    return named


@transaction.atomic
def advance(*, begun: Sequence[Generation], step: Step, by: Actor, at: datetime) -> list[Generation]:
    """Keep that Entra has made the principals of some, or accepts them time after time; return those as they are now.

    What was cancelled meanwhile, or is being changed by somebody else in this moment, is passed over.
    """
    there = Generation.objects.filter(id__in=[one.id for one in begun], stage__in={one.stage for one in begun})
    free = there.order_by("id").select_for_update(no_key=True, skip_locked=True)
    ids = set(free.values_list("id", flat=True))
    moved = [_after(one, step) for one in begun if one.id in ids]
    for one in moved:
        one.due_at, one.attempts, one.fault, one.fault_code = at, 0, "", ""
    for stage in {one.stage for one in moved}:
        rows = Generation.objects.filter(id__in=[one.id for one in moved if one.stage == stage])
        rows.update(stage=stage, due_at=at, attempts=0, fault="", fault_code="")
    trail.record_all((entry_of(EventName.GENERATION_ADVANCED, one) for one in moved), by=by, at=at)
    return moved


@transaction.atomic
def fail(*, generation_id: UUID, fault: Fault, code: str, by: Actor, at: datetime) -> None:
    """Give up until somebody has done something about it, and pause the run if that befalls all of it.

    :raises StepNotAllowed: see `keep`.
    """
    held = moved(generation_id, Step.FAIL)
    held.fault, held.fault_code, held.ended_at = fault.value, code[:120], at
    held.save()
    if held.run and fault in STOPS_EVERYTHING:
        running = GenerationRun.objects.filter(id=held.run.id, paused_at__isnull=True)
        running.update(paused_at=at, fault=fault.value)
    note(EventName.GENERATION_FAILED, held, by=by, at=at, fault=fault.value, code=held.fault_code)


@transaction.atomic
def undone(*, generation_id: UUID, application_is_gone: bool, by: Actor, at: datetime) -> None:
    """Keep that Entra has nothing of a cancelled one any more, and forget its secrets.

    :raises StepNotAllowed: it was not cancelled, or this was kept before.
    """
    held = moved(generation_id, Step.UNDO)
    if application_is_gone:  # also where an earlier generation has made it
        here = EntraApplication.objects.filter(provider=held.provider_id, environment=held.environment_id)
        here.filter(removed_at=None).update(removed_at=at)
    forget_secrets(held, by=by, at=at)
    held.ended_at = at
    held.save()
    note(EventName.GENERATION_UNDONE, held, by=by, at=at)


@transaction.atomic
def assign_generated(
    *, request_id: UUID, entered: Mapping[str, PairEntered], account: Account, by: Actor, at: datetime
) -> None:
    """Assign what was generated and proved, and what an official has entered for the other environments.

    Where both are there, what was entered counts, and the generated one is undone.

    :raises MoveNotAllowed: as at the assignment by hand.
    :raises PairRefused: likewise, also where an environment has neither.
    """
    request = lock_request(request_id)
    lifecycle.after(State(request.state), Move.ASSIGN)
    proved = Generation.objects.select_for_update(of=("self",)).filter(request=request_id, stage=Stage.PROVED.value)
    related = ("environment", "provider__organization", "application")
    made = [one for one in proved.select_related(*related).order_by("id") if one.environment.code not in entered]
    values = {**_opened(made, by=by, at=at), **entered}
    for code in Environment.objects.values_list("code", flat=True):
        if code not in values:
            raise PairRefused(code, "client_id", "Faltan las llaves de este ambiente.")
    actions.assign_to(request=request, values=values, account=account, by=by, at=at)
    if made:
        _assigned(request, made, by=by, at=at)


def _opened(made: Sequence[Generation], *, by: Actor, at: datetime) -> dict[str, PairEntered]:
    secrets = opened(made, by=by, at=at)
    values = {}
    for one in made:
        assert one.application and one.expires_on  # noqa: S101, PT018 - a constraint says so
        client_secret, subscription_key = secrets[one.id]
        client_id = one.application.client_id
        values[one.environment.code] = PairEntered(client_id, client_secret, subscription_key, one.expires_on)
    return values


def _assigned(request: Request, made: Sequence[Generation], *, by: Actor, at: datetime) -> None:
    """Tie the generations of a request to what was issued, and let go of the secrets kept for the way."""
    current = request.credentials.filter(ended_at__isnull=True, overlap_ends_on__isnull=True)
    issued = {credential.environment_id: credential for credential in current}
    secrets = [secret for one in made for secret in (one.client_secret_id, one.subscription_key_id) if secret]
    for one in made:
        one.credential = issued[one.environment_id]
        one.stage, one.ended_at = generation.after(Stage(one.stage), Step.ASSIGN).value, at
        one.client_secret = one.subscription_key = None
    _remember_proofs([issued[one.environment_id] for one in made], by=by, at=at)
    Generation.objects.bulk_update(made, ["credential", "stage", "ended_at", "client_secret", "subscription_key"])
    vault.forget(secrets, by=by, at=at)
    told = (entry_of(EventName.GENERATION_ASSIGNED, one, credential=str(issued[one.environment_id].id)) for one in made)
    trail.record_all(told, by=by, at=at)


def _remember_proofs(credentials: Sequence[Credential], *, by: Actor, at: datetime) -> None:
    """What was proved before the assignment need not be waited for again."""
    origin, finding = Origin.PROVISIONING.value, Finding.VALID.value
    proofs = Proof.objects.bulk_create(
        Proof(credential=one, finding=finding, origin=origin, first_at=at, at=at, by=by.name) for one in credentials
    )
    for credential, proof in zip(credentials, proofs, strict=True):
        credential.last_proof, credential.proofs_in_a_row = proof, PROOFS_OF_A_FRESH_ONE
        credential.prove_at = next_proof(Finding.VALID, at=at)
    Credential.objects.bulk_update(credentials, ["last_proof", "proofs_in_a_row", "prove_at"])
