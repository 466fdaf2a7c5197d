"""Generating pairs as tests do it: every environment in a tenant of the emulator, and no waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from llaves.audit.events import Actor, ActorKind
from llaves.credentials import actions, shift
from llaves.credentials.in_entra import Pace, Tools
from llaves.credentials.models import Environment
from llaves.integrations.entra.applications import Applications
from llaves.integrations.entra.budget import Budget
from llaves.integrations.entra.graph import Graph
from llaves.integrations.entra.tokens import by_secret
from llaves.integrations.entra.verification import PATIENCE, Verification
from llaves.integrations.http import Asker
from tests.entra import Tenant

JOB = Actor(kind=ActorKind.SYSTEM, name="test")
SHARED_KEY = "0123456789abcdef0123456789abcdef"
HASTE = Pace(
    between_proofs=timedelta(0),
    accepted_within=timedelta(minutes=10),
    replicated_within=timedelta(0),
    wait=lambda _: timedelta(seconds=1),
)


class Clock:
    """A clock that moves when somebody sleeps, and takes the tenant's with it."""

    def __init__(self, at: datetime, tenant: Tenant | None = None) -> None:
        self.at, self.tenant = at, tenant

    def __call__(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        if self.tenant:
            self.tenant.clock(by=seconds)


def make_automatic(tenant: Tenant, at: datetime, *, but: tuple[str, ...] = ()) -> None:
    """Let the portal make the pairs of every environment in one tenant, with one subscription key for everybody."""
    for code in Environment.objects.exclude(code__in=but).values_list("code", flat=True):
        entra = {"tenant_id": tenant.id, "authority": tenant.entra.url, "graph_base": tenant.entra.graph_url}
        actions.set_environment(code=code, values={**entra, "scope": "", "is_automatic": True}, by=JOB, at=at)
        actions.set_subscription_key(code=code, key=SHARED_KEY, by=JOB, at=at)


def graph(tenant: Tenant, *, rate: float = 1000.0) -> Graph:
    """Graph of a tenant, as its provisioner."""
    return Graph(
        tenant.entra.graph_url,
        authority=tenant.entra.url,
        tenant=tenant.id,
        provisioner=by_secret(tenant.provisioner.app_id, tenant.provisioner.secret),
        budget=Budget(rate),
        certificates=tenant.entra.ca_file.read_text(),
    )


def tools(tenant: Tenant, clock: Clock, pace: Pace = HASTE) -> Tools:
    """What the emulator is worked on with."""
    limits = replace(PATIENCE, rest=0.0, first_pause=0.01)
    asker = Asker(tenant.entra.url, certificates=tenant.entra.ca_file.read_text(), limits=limits)
    return Tools(
        applications=Applications(graph(tenant)),
        verification=Verification(asker),
        lifetime=timedelta(days=365),
        clock=clock,
        by=JOB,
        pace=pace,
    )


def work(tenant: Tenant, using: Tools, *, hours: float = 1.0) -> None:
    """Work on the tenant until nothing is left to do, or for so long."""
    clock = using.clock
    assert isinstance(clock, Clock)
    shift.work(tenant.id, using, until=clock() + timedelta(hours=hours), sleep=clock.sleep, hands=1)


@contextmanager
def tools_for(tenant: Tenant, at: datetime, pace: Pace = HASTE) -> Iterator[Tools]:
    """Tools with a clock of their own, until the end of the block."""
    using = tools(tenant, Clock(at, tenant), pace)
    try:
        yield using
    finally:
        using.applications.close()
        using.verification.close()


def work_off(tenant: Tenant, at: datetime) -> None:
    """Do everything that is to be done in a tenant."""
    with tools_for(tenant, at) as using:
        work(tenant, using)
