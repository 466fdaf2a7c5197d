"""Working on a tenant: what is due there, done by several hands, by one worker at a time.

The worker holds a lock of the database's session, which ends with its connection: of a killed worker nothing is left to
be waited for. Because nobody else works on the tenant meanwhile, its budget of writes is counted in this process alone
(docs/decisions/0030).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest
from threading import Barrier
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Min, Q, QuerySet

from llaves.credentials import generating, upkeep, verdicts
from llaves.credentials.begun import begin
from llaves.credentials.generation import AT_WORK, Stage
from llaves.credentials.generation_steps import advance, assign, keep
from llaves.credentials.in_entra import Tools
from llaves.credentials.models import Generation
from llaves.integrations.entra.faults import EntraFault

HANDS = 16
"""Enough to keep the budget of writes full where Entra takes a quarter of a second for an answer."""
AT_ONCE = 48
_PROOFS = verdicts.PROOFS_OF_A_FRESH_ONE
_NAP, _SHORTEST_NAP = timedelta(seconds=1), timedelta(milliseconds=50)
_PROVING = (Stage.INSTALLED, Stage.PROVED)
_WRITING = (
    Q(stage__in=(Stage.KEPT, Stage.CANCELLED)),
    Q(stage=Stage.ORDERED, attempts__gt=0),
    Q(stage=Stage.ORDERED, attempts=0),
)
"""What was begun goes before what was not."""

logger = logging.getLogger(__name__)
Thing = TypeVar("Thing")
Result = TypeVar("Result")


def work(tenant: str, tools: Tools, *, until: datetime, sleep: Callable[[float], None], hands: int = HANDS) -> bool:
    """Do what is due, and wait a little for what will be, until a moment. False where another worker is at it."""
    with _alone(tenant) as is_ours:
        if not is_ours:
            return False
        generating.cancel_what_is_not_wanted(by=tools.by, at=tools.clock())
        upkeep.keep_up(tenant, tools)
        with _pool(hands) as pool:
            _work_on(tenant, tools, pool, until=until, sleep=sleep)
    return True


def _work_on(
    tenant: str, tools: Tools, pool: ThreadPoolExecutor | None, *, until: datetime, sleep: Callable[[float], None]
) -> None:
    while (now := tools.clock()) < until:
        batch = begin(due(tenant, at=now), by=tools.by, at=now)
        if batch:
            came = _each(batch, partial(advance, tools=tools), pool)
            _each(keep([one for one in came if one], tools), partial(assign, tools=tools), pool)
        elif (next_due := _next_due(tenant)) and next_due < until:
            sleep(min(max(next_due - now, _SHORTEST_NAP), _NAP).total_seconds())
        else:
            break


@contextmanager
def _pool(hands: int) -> Iterator[ThreadPoolExecutor | None]:
    """As many threads for a whole shift, each with its connection to the database; one hand is this thread's own."""
    if hands == 1:
        yield None
        return
    with ThreadPoolExecutor(hands) as pool:
        try:
            yield pool
        finally:
            door = Barrier(hands)  # so that each thread takes its leave once, and none for another
            for gone in [pool.submit(_leave, door) for _ in range(hands)]:
                gone.result()


def _leave(door: Barrier) -> None:
    connection.close()
    door.wait()


@contextmanager
def _alone(tenant: str) -> Iterator[bool]:
    words = ["llaves.entra", tenant]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))", words)
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))", words)


@contextmanager
def hinders_no_other(tenant: str) -> Iterator[None]:
    """Where a tenant does not answer, or can't be asked, say so and go on with the next; it is asked again later."""
    try:
        yield
    except (EntraFault, ImproperlyConfigured) as fault:
        logger.error("tenant %s: %s", tenant, fault)  # noqa: TRY400 - its words say all


def _at_work(tenant: str) -> QuerySet[Generation]:
    # What is undone goes on where a run is paused: it frees names and quota.
    goes_on = Q(run__isnull=True) | Q(run__paused_at__isnull=True) | Q(stage=Stage.CANCELLED.value)
    return Generation.objects.filter(goes_on, environment__tenant_id=tenant)


def due(tenant: str, *, at: datetime) -> Sequence[UUID]:
    """Generations that can go on; whoever waits at a page first.

    Each pair is written once and proved three times. So many proofs stand between two that write: fewer would leave
    more and more pairs made and not proved, and one after the other they would leave the budget of writes unused.
    """
    waiting = (
        _at_work(tenant).filter(due_at__lte=at).order_by("-is_urgent", "due_at", "id").values_list("id", flat=True)
    )
    proofs = list(waiting.filter(stage__in=_PROVING)[: AT_ONCE * _PROOFS])
    writes: list[UUID] = []
    for which in _WRITING:
        writes += waiting.filter(which)[: AT_ONCE - len(writes)] if len(writes) < AT_ONCE else []
    between = [proofs[number::AT_ONCE] for number in range(AT_ONCE)]
    written = ([one] for one in writes)
    return [one for both in zip_longest(written, between, fillvalue=()) for each in both for one in each]


def _next_due(tenant: str) -> datetime | None:
    found = _at_work(tenant).filter(stage__in=sorted(AT_WORK)).aggregate(Min("due_at"))
    moment: datetime | None = found["due_at__min"]
    return moment


def has_work(tenant: str, *, until: datetime) -> bool:
    """Whether anything is to be done in a tenant before a moment."""
    return _at_work(tenant).filter(stage__in=sorted(AT_WORK), due_at__lt=until).exists()


def _each(things: Sequence[Thing], act: Callable[[Thing], Result], pool: ThreadPoolExecutor | None) -> list[Result]:
    """Do it with each of them, by several hands where there are more."""
    return list(pool.map(act, things) if pool else map(act, things))
