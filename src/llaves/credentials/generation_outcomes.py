"""What became of the generation of a pair, kept step by step. A writer, like `actions`; it asks nothing of Entra."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from llaves.audit.events import Actor, EventName
from llaves.credentials import actions, generation, lifecycle
from llaves.credentials.actions import PairRefused
from llaves.credentials.assignment import CLIENT_SECRET
from llaves.credentials.generated import binding_of_generation, forget_secrets, moved, note, open_subscription_key, used
from llaves.credentials.generation import STOPS_EVERYTHING, Fault, Stage, Step
from llaves.credentials.lifecycle import Move, State
from llaves.credentials.models import Credential, EntraApplication, Environment, Generation, GenerationRun, Proof
from llaves.credentials.pairs import PairEntered
from llaves.credentials.queries import lock_request
from llaves.credentials.verdicts import PROOFS_OF_A_FRESH_ONE, Finding, Origin, next_proof
from llaves.identity.models import Account
from llaves.integrations.entra.applications import ApplicationTold, NewKey
from llaves.vault import actions as vault


@transaction.atomic
def keep(*, generation_id: UUID, told: ApplicationTold, key: NewKey, expires_on: date, by: Actor, at: datetime) -> None:
    """Keep the secret that Entra has just given, the instant that it arrives.

    :raises StepNotAllowed: somebody has cancelled meanwhile; then the secret is dropped, and the undoing finds it.
    """
    held = moved(generation_id, Step.KEEP)
    held.application, _ = EntraApplication.objects.get_or_create(
        id=told.id,
        defaults={
            "client_id": told.client_id,
            "provider": held.provider,
            "environment": held.environment,
            "tenant_id": held.environment.tenant_id,
            "made_at": at,
        },
    )
    held.client_secret = vault.seal(key.secret, binding=binding_of_generation(held, CLIENT_SECRET), by=by, at=at)
    held.key_id, held.expires_on, held.kept_at = key.id, expires_on, at
    # Whoever needed more than one attempt may have left a secret behind of which nobody heard.
    held.is_unsure = held.attempts > 1
    _advanced(held, by=by, at=at, client=str(told.client_id), key=str(key.id))


@transaction.atomic
def install(*, generation_id: UUID, by: Actor, at: datetime) -> None:
    """Keep that the application has its principal.

    :raises StepNotAllowed: see `keep`.
    """
    _advanced(moved(generation_id, Step.INSTALL), by=by, at=at)


@transaction.atomic
def prove(*, generation_id: UUID, by: Actor, at: datetime) -> None:
    """Keep that Entra accepts the pair, time after time.

    :raises StepNotAllowed: see `keep`.
    """
    _advanced(moved(generation_id, Step.PROVE), by=by, at=at)


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
    if application_is_gone and held.application:
        held.application.removed_at = at
        held.application.save(update_fields=["removed_at"])
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
    made = {
        one.environment.code: one
        for one in proved.select_related("environment", "provider", "application").order_by("id")
        if one.environment.code not in entered
    }
    values = {**{code: _opened(one, by=by, at=at) for code, one in made.items()}, **entered}
    for code in Environment.objects.values_list("code", flat=True):
        if code not in values:
            raise PairRefused(code, "client_id", "Faltan las llaves de este ambiente.")
    actions.assign(request_id=request_id, values=values, account=account, by=by, at=at)
    for one in made.values():
        _assigned(one, by=by, at=at)


def _opened(held: Generation, *, by: Actor, at: datetime) -> PairEntered:
    assert held.application and held.client_secret_id and held.expires_on  # noqa: S101, PT018 - a constraint says so
    return PairEntered(
        client_id=held.application.client_id,
        client_secret=used(held.client_secret_id, binding_of_generation(held, CLIENT_SECRET), by=by, at=at),
        subscription_key=open_subscription_key(held, by=by, at=at),
        expires_on=held.expires_on,
    )


def _assigned(held: Generation, *, by: Actor, at: datetime) -> None:
    held.credential = held.request.credentials.get(
        environment=held.environment, ended_at__isnull=True, overlap_ends_on__isnull=True
    )
    _remember_proof(held.credential, by=by, at=at)
    held.stage, held.ended_at = generation.after(Stage(held.stage), Step.ASSIGN).value, at
    held.save()
    forget_secrets(held, by=by, at=at)
    note(EventName.GENERATION_ASSIGNED, held, by=by, at=at, credential=str(held.credential.id))


def _remember_proof(credential: Credential, *, by: Actor, at: datetime) -> None:
    """What was proved before the assignment need not be waited for again."""
    origin, finding = Origin.PROVISIONING.value, Finding.VALID.value
    proof = Proof.objects.create(credential=credential, finding=finding, origin=origin, first_at=at, at=at, by=by.name)
    credential.last_proof, credential.proofs_in_a_row = proof, PROOFS_OF_A_FRESH_ONE
    credential.prove_at = next_proof(Finding.VALID, at=at)
    credential.save(update_fields=["last_proof", "proofs_in_a_row", "prove_at"])


def _advanced(held: Generation, *, by: Actor, at: datetime, **details: str) -> None:
    held.due_at, held.attempts, held.fault, held.fault_code = at, 0, "", ""
    held.save()
    note(EventName.GENERATION_ADVANCED, held, by=by, at=at, **details)
