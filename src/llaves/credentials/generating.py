"""Ordering, pausing and cancelling the generation of pairs in Entra. A writer, like `actions`; Entra is not asked."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import generation, lifecycle
from llaves.credentials.assignment import SUBSCRIPTION_KEY
from llaves.credentials.generated import (
    SubscriptionKeyMissing,
    binding_of_generation,
    forget_secrets,
    has_subscription_key,
    locked,
    note,
    with_subscription_key,
)
from llaves.credentials.generation import LIVE, ON_THE_WAY, Fault, Stage, Step, StepNotAllowed
from llaves.credentials.generation_queries import not_being_generated
from llaves.credentials.lifecycle import WAITING, Kind, Move, State
from llaves.credentials.models import Environment, Generation, GenerationRun, Request, SharedSubscriptionKey
from llaves.credentials.queries import Wanted, lock_request, subject_of
from llaves.credentials.suspended import ProviderSuspended, is_suspended
from llaves.identity.models import Account
from llaves.vault import actions as vault

WORK_JOB = "jobs.work_in_entra"
_BATCH = 2000


class NothingToGenerate(Exception):
    """No environment is automatic, or all of them are being generated already."""


@transaction.atomic
def order(
    *,
    request_id: UUID,
    subscription_keys: Mapping[str, str],
    account: Account,
    by: Actor,
    at: datetime,
) -> None:
    """Have the pairs of a request generated in every automatic environment where that is not under way.

    :param subscription_keys: by code of the environment, as far as they were typed.
    :raises MoveNotAllowed: the request does not wait any more.
    :raises NothingToGenerate: see there.
    :raises ProviderSuspended: see there.
    :raises SubscriptionKeyMissing: see there.
    """
    request = lock_request(request_id)
    lifecycle.after(State(request.state), Move.ASSIGN)
    if is_suspended(request, at=at):
        raise ProviderSuspended
    codes = _give_missing_keys(request, subscription_keys, by=by, at=at)
    live = Generation.objects.filter(provider=request.provider, environment=OuterRef("pk"), stage__in=sorted(LIVE))
    environments = list(Environment.objects.filter(~Exists(live), is_automatic=True))
    for environment in environments:
        _order_one(request, environment, subscription_keys.get(environment.code, ""), account, by=by, at=at)
    codes += [environment.code for environment in environments]
    if not codes:
        raise NothingToGenerate
    details: dict[str, trail.Detail] = {"request": str(request.id), "environments": codes}
    trail.record(EventName.GENERATION_ORDERED, by=by, at=at, subject=subject_of(request.provider), details=details)
    _wake()


def _give_missing_keys(request: Request, typed: Mapping[str, str], *, by: Actor, at: datetime) -> list[str]:
    """Give those under way the subscription key that they lack; what has failed for it goes on. Return their codes."""
    under_way = request.generations.filter(stage__in=sorted(ON_THE_WAY | {Stage.FAILED}), subscription_key=None)
    codes = []
    for held in under_way.select_for_update(of=("self",)).select_related("environment", "provider"):
        code, has_one = held.environment.code, has_subscription_key(held.provider, held.environment)
        if has_one and not held.has_failed_for_its_key:
            continue
        if not has_one and not typed.get(code):
            raise SubscriptionKeyMissing(code)
        if not has_one:
            _take_key(held, typed[code], by=by, at=at)
            held.save()
        if held.has_failed_for_its_key:
            retry(generation_id=held.id, by=by, at=at)
        codes.append(code)
    return codes


def _take_key(held: Generation, typed: str, *, by: Actor, at: datetime) -> None:
    held.subscription_key = vault.seal(typed, binding=binding_of_generation(held, SUBSCRIPTION_KEY), by=by, at=at)


def _order_one(
    request: Request, environment: Environment, typed: str, account: Account, *, by: Actor, at: datetime
) -> None:
    if not typed and not has_subscription_key(request.provider, environment):
        raise SubscriptionKeyMissing(environment.code)
    ordered = _ordered(request, environment, account, at=at)
    ordered.is_urgent = True
    if typed:
        _take_key(ordered, typed, by=by, at=at)
    ordered.save()


def _ordered(request: Request, environment: Environment, account: Account, *, at: datetime) -> Generation:
    return Generation(
        request=request,
        provider_id=request.provider_id,
        environment=environment,
        stage=Stage.ORDERED.value,
        ordered_at=at,
        ordered_by=account,
        due_at=at,
    )


@transaction.atomic
def order_by_itself(*, request: Request, account: Account, by: Actor, at: datetime) -> None:
    """Have a renewal or a replacement generated without an official, in the environments that renew by themselves."""
    if not lifecycle.takes_a_place(Kind(request.kind)) or is_suspended(request, at=at):
        return
    live = Generation.objects.filter(provider=request.provider, environment=OuterRef("pk"), stage__in=sorted(LIVE))
    with_key = with_subscription_key(request.provider)
    environments = list(Environment.objects.filter(~Exists(live), id__in=with_key, renews_by_itself=True))
    for environment in environments:
        _order_one(request, environment, "", account, by=by, at=at)
    if environments:
        codes = [environment.code for environment in environments]
        details: dict[str, trail.Detail] = {"request": str(request.id), "environments": codes}
        trail.record(EventName.GENERATION_ORDERED, by=by, at=at, subject=subject_of(request.provider), details=details)
        _wake()


@transaction.atomic
def order_many(
    *, wanted: Wanted, only: "frozenset[UUID] | None" = None, account: Account, by: Actor, at: datetime
) -> GenerationRun:
    """Have the pairs of many requests generated: of all who wait and are wanted, or `only` of some among them.

    :raises NothingToGenerate: none of them waits, or all are under way or suspended.
    :raises SubscriptionKeyMissing: an automatic environment shares none; one after the other they can be typed.
    """
    environments = list(Environment.objects.filter(is_automatic=True))
    shared = set(SharedSubscriptionKey.objects.values_list("environment", flat=True))
    if missing := [one for one in environments if one.id not in shared]:
        raise SubscriptionKeyMissing(missing[0].code)
    requests = _hold(not_being_generated(wanted, at=at), only)
    if not requests or not environments:
        raise NothingToGenerate
    run = GenerationRun.objects.create(ordered_at=at, ordered_by=account, requests=len(requests))
    rows = [_ordered(request, environment, account, at=at) for request in requests for environment in environments]
    for number, row in enumerate(rows):
        row.run, row.due_at = run, at + timedelta(microseconds=number)  # in the order in which they wait
    Generation.objects.bulk_create(rows, batch_size=_BATCH)
    details: dict[str, trail.Detail] = {"run": str(run.id), "requests": run.requests}
    trail.record(EventName.GENERATION_RUN_ORDERED, by=by, at=at, details=details)
    _wake()
    return run


def _hold(waiting: QuerySet[Request], only: "frozenset[UUID] | None") -> list[Request]:
    """Those that wait, in their order, each held for the transaction."""
    if only is not None:
        waiting = waiting.filter(id__in=only)
    held = list(waiting.select_related(None).only("provider").select_for_update(of=("self",)))
    # Whoever held them before may have ordered the same: a row that was only locked is not looked at again.
    live = Generation.objects.filter(provider__in={one.provider_id for one in held}, stage__in=sorted(LIVE))
    busy = set(live.values_list("provider", flat=True))
    return [one for one in held if one.provider_id not in busy]


def _wake() -> None:
    """Have the worker look at once; where it will anyway, that is enough."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(WORK_JOB, queue="entra", queueing_lock=WORK_JOB).defer(timestamp=0)


@transaction.atomic
def retry(*, generation_id: UUID, by: Actor, at: datetime) -> None:
    """Let a failed one go on where it stopped.

    :raises StepNotAllowed: it has not failed, or somebody was faster.
    """
    held = locked(generation_id)
    if held.stage != Stage.FAILED.value:
        raise StepNotAllowed(f"again from {held.stage}")
    held.stage = generation.again(has_secret=held.client_secret_id is not None).value
    held.due_at, held.attempts, held.proofs = at, 1, 0  # one was made: what it left in Entra is looked for
    held.fault, held.fault_code, held.ended_at = "", "", None
    held.save()
    note(EventName.GENERATION_RETRIED, held, by=by, at=at)
    _wake()


@transaction.atomic
def cancel(*, generation_id: UUID, fault: Fault | None = None, by: Actor, at: datetime) -> None:
    """Stop, and have undone what was made in Entra.

    :raises StepNotAllowed: it was assigned, or is being undone already.
    """
    held = locked(generation_id)
    was_asked = held.stage != Stage.ORDERED.value or held.attempts > 0
    held.stage = generation.after(Stage(held.stage), Step.CANCEL).value
    held.fault, held.ended_at, held.due_at, held.attempts = fault.value if fault else "", at, at, 0
    if not was_asked:
        held.stage = generation.after(Stage(held.stage), Step.UNDO).value
        forget_secrets(held, by=by, at=at)
    held.save()
    note(EventName.GENERATION_CANCELLED, held, by=by, at=at)


@transaction.atomic
def cancel_what_is_not_wanted(*, by: Actor, at: datetime) -> int:
    """Cancel some generations whose request was attended, returned or withdrawn otherwise; return how many."""
    stages = sorted(ON_THE_WAY | {Stage.FAILED})
    stray = Generation.objects.filter(stage__in=stages).exclude(request__state=WAITING.value)
    ids = stray.values_list("id", flat=True).order_by("id")[:_BATCH]
    return _each(ids, partial(cancel, fault=Fault.REQUEST_CHANGED, by=by, at=at))


def _each(ids: Iterable[UUID], move: Callable[..., None]) -> int:
    """Make a move with each that still allows it, always in the same order; return with how many."""
    moved = 0
    for one in sorted(ids):
        with suppress(StepNotAllowed):  # somebody was faster
            move(generation_id=one)
            moved += 1
    return moved


# Many together


@transaction.atomic
def pause(*, run_id: UUID, by: Actor, at: datetime) -> None:
    """Begin nothing more of a run until it is resumed.

    :raises StepNotAllowed: it is paused or cancelled.
    """
    if not GenerationRun.objects.filter(id=run_id, paused_at=None, cancelled_at=None).update(paused_at=at):
        raise StepNotAllowed("pause")
    trail.record(EventName.GENERATION_RUN_PAUSED, by=by, at=at, details={"run": str(run_id)})


@transaction.atomic
def resume(*, run_id: UUID, by: Actor, at: datetime) -> None:
    """Let a paused run go on, and try again what has made it stop.

    :raises StepNotAllowed: it is not paused.
    """
    run = GenerationRun.objects.select_for_update().get(id=run_id)
    if run.paused_at is None or run.cancelled_at is not None:
        raise StepNotAllowed("resume")
    failed = run.generations.filter(stage=Stage.FAILED.value, fault=run.fault) if run.fault else run.generations.none()
    _each(failed.values_list("id", flat=True), partial(retry, by=by, at=at))
    run.paused_at, run.fault = None, ""
    run.save()
    trail.record(EventName.GENERATION_RUN_RESUMED, by=by, at=at, details={"run": str(run_id)})
    _wake()


@transaction.atomic
def retry_run(*, run_id: UUID, by: Actor, at: datetime) -> None:
    """Let everything of a run that failed go on where it stopped.

    :raises StepNotAllowed: nothing of it has failed.
    """
    failed = Generation.objects.filter(run=run_id, stage=Stage.FAILED.value)
    retried = _each(failed.values_list("id", flat=True), partial(retry, by=by, at=at))
    if not retried:
        raise StepNotAllowed("again")
    trail.record(EventName.GENERATION_RUN_RESUMED, by=by, at=at, details={"run": str(run_id), "retried": retried})


@transaction.atomic
def cancel_run(*, run_id: UUID, by: Actor, at: datetime) -> None:
    """Stop a run, and have undone what it has made and not assigned.

    :raises StepNotAllowed: it was cancelled before.
    """
    run = GenerationRun.objects.select_for_update().get(id=run_id)
    if run.cancelled_at is not None:
        raise StepNotAllowed("cancel")
    run.cancelled_at = at
    run.save()
    # Of most of them Entra has never heard: one statement does for those, and nothing has to be undone.
    unheard = run.generations.filter(stage=Stage.ORDERED.value, attempts=0, subscription_key=None)
    unheard.update(stage=Stage.UNDONE.value, ended_at=at)
    on_the_way = run.generations.filter(stage__in=sorted(ON_THE_WAY | {Stage.FAILED}))
    _each(on_the_way.values_list("id", flat=True), partial(cancel, by=by, at=at))
    trail.record(EventName.GENERATION_RUN_CANCELLED, by=by, at=at, details={"run": str(run_id)})
