"""What generating a pair asks of Entra, one stage at a time: always between two transactions, never within one.

A worker may be killed between any two lines here; the next one finds out how far it came (see `in_entra`).
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from llaves.credentials import generation_outcomes as outcomes
from llaves.credentials import in_entra, verdicts
from llaves.credentials.actions import PairRefused
from llaves.credentials.assignment import CLIENT_SECRET
from llaves.credentials.generated import SubscriptionKeyMissing, binding_of_generation, used
from llaves.credentials.generation import AT_WORK, MOST_ATTEMPTS, Fault, Stage, StepNotAllowed
from llaves.credentials.in_entra import Tools
from llaves.credentials.lifecycle import MoveNotAllowed
from llaves.credentials.models import EntraApplication, Environment, Generation, Request
from llaves.credentials.models.entra import ONE_MORE_ATTEMPT
from llaves.credentials.suspended import ProviderSuspended, suspended
from llaves.credentials.verdicts import Finding
from llaves.integrations.entra import faults
from llaves.integrations.entra.verification import Pair, Verdict

logger = logging.getLogger(__name__)

_FAULTS: dict[type[Exception], Fault] = {
    faults.QuotaExceeded: Fault.QUOTA,
    faults.PolicyRefuses: Fault.POLICY,
    faults.Denied: Fault.DENIED,
    faults.NotThere: Fault.GONE,
    faults.AlreadyThere: Fault.TAKEN,
    in_entra.Foreign: Fault.TAKEN,
    in_entra.Disabled: Fault.DISABLED,
    ProviderSuspended: Fault.SUSPENDED,
}

_NOT_ACCEPTED = {
    Finding.OUR_CONFIGURATION: Fault.OUR_CONFIGURATION,
    Finding.TENANT_NOT_FOUND: Fault.OUR_CONFIGURATION,
    Finding.DISABLED: Fault.DISABLED,
}


class NotAccepted(Exception):
    """Entra goes on refusing a pair that it gave; holds what it said."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.value)
        self.finding = finding


def advance(generation_id: UUID, tools: Tools) -> None:
    """Take a generation as far as it goes now, and write down when to look at it again."""
    held = _begun(generation_id)
    if held is None:
        return
    try:
        if held.stage != Stage.CANCELLED.value:
            _refuse_suspended(held, tools)
        _DO[Stage(held.stage)](held, tools)
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
    except Exception as fault:  # noqa: BLE001 - one that fails must not stop the others; its words may hold anything
        logger.error("generation %s: %s", held.id, type(fault).__name__)  # noqa: TRY400 - no traceback, for the same
        _postpone(held, type(fault).__name__, 0.0, tools)


def _refuse_suspended(held: Generation, tools: Tools) -> None:
    """Begin and continue nothing for who is suspended: Entra would refuse the pair, and nobody would see why."""
    if Generation.objects.filter(suspended(tools.clock()), id=held.id).exists():
        raise ProviderSuspended
    ours = EntraApplication.objects.filter(provider=held.provider, environment=held.environment, removed_at=None)
    if ours.filter(disabled_at__isnull=False).exists():
        raise faults.TryLater("disabled")  # he is not any more; the upkeep enables it


def _proved_in(request: Request, environment: str) -> Generation:
    """The one whose subscription key is missing: of several that are assigned together, not always the last."""
    return request.generations.get(environment__code=environment, stage=Stage.PROVED.value)


@transaction.atomic
def _begun(generation_id: UUID) -> Generation | None:
    """The generation with one attempt more, written down before Entra is asked; None where nothing is to be done."""
    found = Generation.objects.filter(id=generation_id, stage__in=sorted(AT_WORK))
    if not found.update(attempts=ONE_MORE_ATTEMPT):
        return None
    return found.select_related("provider", "environment", "application", "request", "ordered_by").get()


def _postpone(held: Generation, why: str, after: float, tools: Tools) -> None:
    """Bookkeeping, no event: as with letters, what is tried again is not told each time."""
    if held.attempts >= MOST_ATTEMPTS and held.stage != Stage.CANCELLED.value:
        _fail(held, Fault.REFUSED, why, tools)
        return
    pause = max(tools.pace.wait(held.attempts), timedelta(seconds=after))
    row = Generation.objects.filter(id=held.id, stage=held.stage)
    row.update(due_at=tools.clock() + pause, fault=Fault.LATER.value, fault_code=why[:120])


def _fail(held: Generation, fault: Fault, code: str, tools: Tools) -> None:
    if held.stage == Stage.CANCELLED.value:
        _postpone(held, code, 0.0, tools)  # what has to be undone stays to be undone
        return
    try:
        outcomes.fail(generation_id=held.id, fault=fault, code=code, by=tools.by, at=tools.clock())
    except StepNotAllowed:
        return


# en espera → guardada → habilitada


def _create(held: Generation, tools: Tools) -> None:
    if not held.environment.is_automatic:
        outcomes.fail(generation_id=held.id, fault=Fault.NOT_AUTOMATIC, code="", by=tools.by, at=tools.clock())
        return
    expires_on = timezone.localdate(tools.clock() + tools.lifetime)
    told, key = in_entra.application_and_key(held, _end_of(expires_on), tools)
    moment = tools.clock()
    outcomes.keep(generation_id=held.id, told=told, key=key, expires_on=expires_on, by=tools.by, at=moment)
    del key
    fresh = _begun(held.id)
    if fresh and fresh.stage == Stage.KEPT.value:
        try:
            _install(fresh, tools)
        except faults.TryLater as fault:
            _postpone(fresh, str(fault), fault.after, tools)


def _end_of(day: date) -> datetime:
    """The first moment after a day in Bogotá."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))


def _install(held: Generation, tools: Tools) -> None:
    assert held.application  # noqa: S101 - a constraint says so
    try:
        tools.applications.install(held.application.client_id, urgent=held.is_urgent)
    except (faults.Denied, faults.NotThere) as fault:
        # To a provisioner that may only manage its own, an application that is not everywhere yet is not its own.
        if held.kept_at and tools.clock() > held.kept_at + tools.pace.replicated_within:
            raise
        raise faults.TryLater(fault.code, request_id=fault.request_id) from None
    outcomes.install(generation_id=held.id, by=tools.by, at=tools.clock())


# habilitada → probada → asignada


def _prove(held: Generation, tools: Tools) -> None:
    assert held.application and held.client_secret_id and held.kept_at  # noqa: S101, PT018 - a constraint says so
    at = tools.clock()
    binding = binding_of_generation(held, CLIENT_SECRET)
    pair = Pair(str(held.application.client_id), used(held.client_secret_id, binding, by=tools.by, at=at))
    outcome = tools.verification.prove(pair, tenant_id=held.environment.tenant_id, scope=held.environment.scope)
    if outcome.verdict is Verdict.VALID:
        _accepted(held, tools)  # how many in a row are enough is counted there
        return
    is_fresh = tools.clock() < held.kept_at + tools.pace.accepted_within
    found = verdicts.finding(outcome.verdict, is_fresh=is_fresh)
    was_just_enabled = found is Finding.DISABLED and held.attempts <= in_entra.TRIES_TO_FIND  # perhaps
    if found in {Finding.NOT_YET, Finding.UNKNOWN} or was_just_enabled:
        Generation.objects.filter(id=held.id).update(proofs=0)
        raise faults.TryLater(f"token: {found.value} {outcome.error_code}".rstrip())
    raise NotAccepted(found)


def _accepted(held: Generation, tools: Tools) -> None:
    if held.proofs + 1 < tools.pace.proofs:
        due_at = tools.clock() + tools.pace.between_proofs
        row = Generation.objects.filter(id=held.id, stage=held.stage)
        row.update(proofs=F("proofs") + 1, attempts=0, due_at=due_at, fault="", fault_code="")
        return
    if held.is_unsure:
        in_entra.tidy(held, tools)
    outcomes.prove(generation_id=held.id, by=tools.by, at=tools.clock())
    _assign(held, tools)


def _assign(held: Generation, tools: Tools) -> None:
    """Assign once every environment of the catalogue is there; what an official has to enter is waited for."""
    at = tools.clock()
    proved = Generation.objects.filter(request=held.request_id, stage=Stage.PROVED.value)
    if Environment.objects.exclude(id__in=proved.values("environment")).exists():
        row = Generation.objects.filter(id=held.id, stage=Stage.PROVED.value)
        row.update(due_at=at + timedelta(minutes=10), attempts=0)
        return
    outcomes.assign_generated(request_id=held.request_id, entered={}, account=held.ordered_by, by=tools.by, at=at)


# por deshacer → deshecha


def _undo(held: Generation, tools: Tools) -> None:
    is_gone = in_entra.undo(held, tools)
    outcomes.undone(generation_id=held.id, application_is_gone=is_gone, by=tools.by, at=tools.clock())


_DO: dict[Stage, Callable[[Generation, Tools], None]] = {
    Stage.ORDERED: _create,
    Stage.KEPT: _install,
    Stage.INSTALLED: _prove,
    Stage.PROVED: _assign,
    Stage.CANCELLED: _undo,
}
