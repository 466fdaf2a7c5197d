"""What generating a pair asks of Entra, one stage at a time: always between two transactions, never within one.

A worker may be killed between any two lines here; the next one finds out how far it came (see `in_entra`).
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from llaves.credentials import generation_outcomes as outcomes
from llaves.credentials import in_entra, verdicts
from llaves.credentials.actions import PairRefused
from llaves.credentials.begun import Begun
from llaves.credentials.generated import SubscriptionKeyMissing
from llaves.credentials.generation import MOST_ATTEMPTS, Fault, Stage, Step, StepNotAllowed
from llaves.credentials.in_entra import Tools
from llaves.credentials.lifecycle import MoveNotAllowed
from llaves.credentials.models import Environment, Generation, Request
from llaves.credentials.suspended import ProviderSuspended
from llaves.credentials.verdicts import Finding
from llaves.integrations.entra import faults
from llaves.integrations.entra.verification import Pair, Verdict
from llaves.vault.envelope import CannotOpen

logger = logging.getLogger(__name__)

_FAULTS: dict[type[Exception], Fault] = {
    **in_entra.FAULTS,
    in_entra.Foreign: Fault.TAKEN,
    in_entra.Disabled: Fault.DISABLED,
    ProviderSuspended: Fault.SUSPENDED,
}

_NOT_ACCEPTED = {
    Finding.OUR_CONFIGURATION: Fault.OUR_CONFIGURATION,
    Finding.TENANT_NOT_FOUND: Fault.OUR_CONFIGURATION,
    Finding.DISABLED: Fault.DISABLED,
}


@dataclass(frozen=True, slots=True)
class Came:
    """A generation for which Entra has done what a step needs."""

    held: Generation
    step: Step


class NotAccepted(Exception):
    """Entra goes on refusing a pair that it gave; holds what it said."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.value)
        self.finding = finding


def advance(begun: Begun, tools: Tools) -> Came | None:
    """Ask Entra for what a generation needs now; say what it has come through, or write down when to look again."""
    held = begun.held
    with _minded(held, tools):
        if held.stage != Stage.CANCELLED.value:
            _refuse_suspended(begun)
        return _DO[Stage(held.stage)](begun, tools)
    return None


@contextmanager
def _minded(held: Generation, tools: Tools) -> Iterator[None]:
    """Write down what goes wrong with a generation: nothing of it stops the others."""
    try:
        yield
    except (StepNotAllowed, MoveNotAllowed):
        return  # cancelled, attended or withdrawn meanwhile: the next round sees it
    except faults.TryLater as fault:
        _postpone(held, str(fault), fault.after, tools)
    except (faults.EntraFault, in_entra.Foreign, in_entra.Disabled, ProviderSuspended) as fault:
        _fail(held, _FAULTS.get(type(fault), Fault.REFUSED), str(fault), tools)
    except NotAccepted as fault:
        _fail(held, _NOT_ACCEPTED.get(fault.finding, Fault.NOT_ACCEPTED), fault.finding.value, tools)
    except PairRefused as fault:
        _fail(held, Fault.NOT_ASSIGNED, f"{fault.environment}: {fault}", tools)
    except SubscriptionKeyMissing as fault:
        _fail(_proved_in(held.request, fault.environment), Fault.NO_SUBSCRIPTION_KEY, "", tools)
    except Exception as fault:  # noqa: BLE001 - its words may hold anything
        logger.error("generation %s: %s", held.id, type(fault).__name__)  # noqa: TRY400 - no traceback, for the same
        _postpone(held, type(fault).__name__, 0.0, tools)


def _refuse_suspended(begun: Begun) -> None:
    """Begin and continue nothing for who is suspended: Entra would refuse the pair, and nobody would see why."""
    if begun.is_suspended:
        raise ProviderSuspended
    if begun.application and begun.application.disabled_at:
        raise faults.TryLater("disabled")  # he is not any more; the upkeep enables it


def _proved_in(request: Request, environment: str) -> Generation:
    """The one whose subscription key is missing: of several that are assigned together, not always the last."""
    return request.generations.get(environment__code=environment, stage=Stage.PROVED.value)


def _postpone(held: Generation, why: str, after: float, tools: Tools) -> None:
    """Bookkeeping, no event: as with letters, what is tried again is not told each time."""
    if held.attempts >= MOST_ATTEMPTS and held.stage != Stage.CANCELLED.value:
        _fail(held, Fault.REFUSED, why, tools)
        return
    pause = max(tools.pace.wait(held.attempts), timedelta(seconds=after))
    row = Generation.objects.filter(id=held.id, stage=held.stage)
    values = {"attempts": held.attempts, "fault": Fault.LATER.value, "fault_code": why[:120]}
    row.update(due_at=tools.clock() + pause, **values)


def _fail(held: Generation, fault: Fault, code: str, tools: Tools) -> None:
    if held.stage == Stage.CANCELLED.value:
        _postpone(held, code, 0.0, tools)  # what has to be undone stays to be undone
        return
    try:
        outcomes.fail(generation_id=held.id, fault=fault, code=code, by=tools.by, at=tools.clock())
    except StepNotAllowed:
        return


# en espera → guardada → habilitada


def _create(begun: Begun, tools: Tools) -> Came | None:
    held = begun.held
    if not held.environment.is_automatic:
        outcomes.fail(generation_id=held.id, fault=Fault.NOT_AUTOMATIC, code="", by=tools.by, at=tools.clock())
        return None
    # Throttled, a batch waits for minutes: of what was cancelled since nothing is made, which its undoing might miss.
    if not Generation.objects.filter(id=held.id, stage=held.stage).exists():
        return None
    expires_on = timezone.localdate(tools.clock() + tools.lifetime)
    told, key = in_entra.application_and_key(begun, _end_of(expires_on), tools)
    moment = tools.clock()
    kept = outcomes.keep(begun=held, told=told, key=key, expires_on=expires_on, by=tools.by, at=moment)
    del key
    try:
        return _install(replace(begun, held=kept), tools)
    except faults.TryLater as fault:
        _postpone(kept, str(fault), fault.after, tools)
        return None


def _end_of(day: date) -> datetime:
    """The first moment after a day in Bogotá."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))


def _install(begun: Begun, tools: Tools) -> Came:
    held = begun.held
    assert held.application  # noqa: S101 - a constraint says so
    try:
        tools.applications.install(held.application.client_id, urgent=held.is_urgent)
    except (faults.Denied, faults.NotThere) as fault:
        # To a provisioner that may only manage its own, an application that is not everywhere yet is not its own.
        if held.kept_at and tools.clock() > held.kept_at + tools.pace.replicated_within:
            raise
        raise faults.TryLater(fault.code, request_id=fault.request_id) from None
    return Came(held, Step.INSTALL)


# habilitada → probada → asignada


def _prove(begun: Begun, tools: Tools) -> Came:
    held = begun.held
    assert held.application and held.kept_at  # noqa: S101, PT018 - a constraint says so
    if begun.secret is None:
        raise CannotOpen
    pair = Pair(str(held.application.client_id), begun.secret)
    outcome = tools.verification.prove(pair, tenant_id=held.environment.tenant_id, scope=held.environment.scope)
    if outcome.verdict is Verdict.VALID:
        if held.proofs + 1 >= tools.pace.proofs and held.is_unsure:
            in_entra.tidy(held, tools)
        return Came(held, Step.PROVE)
    is_fresh = tools.clock() < held.kept_at + tools.pace.accepted_within
    found = verdicts.finding(outcome.verdict, is_fresh=is_fresh)
    was_just_enabled = found is Finding.DISABLED and held.attempts <= in_entra.TRIES_TO_FIND  # perhaps
    if found in {Finding.NOT_YET, Finding.UNKNOWN} or was_just_enabled:
        Generation.objects.filter(id=held.id).update(proofs=0)
        raise faults.TryLater(f"token: {found.value} {outcome.error_code}".rstrip())
    raise NotAccepted(found)


def _assign(begun: Begun, _tools: Tools) -> Came:
    return Came(begun.held, Step.ASSIGN)


# por deshacer → deshecha


def _undo(begun: Begun, tools: Tools) -> None:
    is_gone = in_entra.undo(begun, tools)
    outcomes.undone(generation_id=begun.held.id, application_is_gone=is_gone, by=tools.by, at=tools.clock())


_DO: dict[Stage, Callable[[Begun, Tools], Came | None]] = {
    Stage.ORDERED: _create,
    Stage.KEPT: _install,
    Stage.INSTALLED: _prove,
    Stage.PROVED: _assign,
    Stage.CANCELLED: _undo,
}


# What many have come through, kept together


def keep(came: Sequence[Came], tools: Tools) -> list[Generation]:
    """Keep what Entra has done for some; return one generation of each request that can be assigned now."""
    asked = [one.held for one in came if one.step is Step.PROVE]
    enough = [held for held in asked if held.proofs + 1 >= tools.pace.proofs]
    _keep([one.held for one in came if one.step is Step.INSTALL], Step.INSTALL, tools)
    _count(frozenset(held.id for held in asked) - {held.id for held in enough}, tools)
    proved = _keep(enough, Step.PROVE, tools)
    return _complete([*proved, *(one.held for one in came if one.step is Step.ASSIGN)], tools)


def _keep(held: Sequence[Generation], step: Step, tools: Tools) -> list[Generation]:
    if not held:
        return []
    try:
        return outcomes.advance(begun=held, step=step, by=tools.by, at=tools.clock())
    except Exception as fault:  # noqa: BLE001 - see `_minded`
        logger.error("%s of %s generations: %s", step, len(held), type(fault).__name__)  # noqa: TRY400
        for one in held:
            _postpone(one, type(fault).__name__, 0.0, tools)
        return []


def _count(accepted: Collection[UUID], tools: Tools) -> None:
    """One proof more, and the next after a while."""
    if accepted:
        due_at = tools.clock() + tools.pace.between_proofs
        rows = Generation.objects.filter(id__in=accepted, stage=Stage.INSTALLED.value)
        rows.update(proofs=F("proofs") + 1, attempts=0, due_at=due_at, fault="", fault_code="")


def _complete(proved: Sequence[Generation], tools: Tools) -> list[Generation]:
    """Of requests of which every environment of the catalogue is there, one each; the others wait for an official."""
    if not proved:
        return []
    catalogue = set(Environment.objects.values_list("id", flat=True))
    there: dict[UUID, set[int]] = defaultdict(set)
    found = Generation.objects.filter(request__in={one.request_id for one in proved}, stage=Stage.PROVED.value)
    for request_id, environment_id in found.values_list("request_id", "environment_id"):
        there[request_id].add(environment_id)
    waiting = [one.id for one in proved if there[one.request_id] < catalogue]
    if waiting:
        rows = Generation.objects.filter(id__in=waiting, stage=Stage.PROVED.value)
        rows.update(due_at=tools.clock() + timedelta(minutes=10), attempts=0)
    return list({one.request_id: one for one in proved if there[one.request_id] >= catalogue}.values())


def assign(held: Generation, tools: Tools) -> None:
    """Assign a request of which everything is there."""
    with _minded(held, tools):
        account, at = held.ordered_by, tools.clock()
        outcomes.assign_generated(request_id=held.request_id, entered={}, account=account, by=tools.by, at=at)
