"""Generating pairs as tests do it: every environment in a tenant of the emulator, and no waiting."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from llaves.audit.events import Actor, ActorKind
from llaves.credentials import actions, generating, shift
from llaves.credentials.generation import Stage
from llaves.credentials.in_entra import Pace, Tools
from llaves.credentials.models import Environment, Generation, GenerationRun, Request
from llaves.credentials.queries import EVERYBODY
from llaves.integrations.entra.applications import Applications
from llaves.integrations.entra.budget import Budget
from llaves.integrations.entra.graph import Graph
from llaves.integrations.entra.tokens import by_secret
from llaves.integrations.entra.verification import PATIENCE, Verification
from llaves.integrations.http import Asker
from tests.entra import Tenant
from tests.people import Member

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


def later(using: Tools, passed: timedelta) -> datetime:
    """Let time pass for who works on a tenant; return the moment."""
    assert isinstance(using.clock, Clock)
    using.clock.at += passed
    return using.clock.at


def order_everything(official: Member, at: datetime) -> GenerationRun:
    """«Generar en Entra» for all who wait, in environments of a tenant that nobody will ask."""
    Environment.objects.update(tenant_id="t", authority="https://x", graph_base="https://x", is_automatic=True)
    for code in Environment.objects.values_list("code", flat=True):
        actions.set_subscription_key(code=code, key=SHARED_KEY, by=JOB, at=at)
    return generating.order_many(wanted=EVERYBODY, account=official.account(at), by=official.actor, at=at)


def as_if_generated(assigned: Request, at: datetime, *, but: tuple[str, ...] = ()) -> None:
    """Let what a request was given have come from Entra by the portal's own hand."""
    for one in assigned.credentials.exclude(environment__code__in=but):
        Generation.objects.create(
            request=assigned,
            provider=one.provider,
            environment=one.environment,
            stage=Stage.ASSIGNED.value,
            ordered_at=at,
            ordered_by=assigned.requested_by,
            due_at=at,
            credential=one,
        )


def make_manual() -> None:
    """Let no environment be automatic any more, as at the beginning: a test that commits leaves no trace of itself."""
    nothing = dict.fromkeys(("tenant_id", "authority", "graph_base", "scope"), "")
    Environment.objects.update(is_automatic=False, renews_by_itself=False, **nothing)


@dataclass(frozen=True)
class Where:
    """A tenant, as another process is told of it."""

    url: str
    authority_file: str
    tenant: str
    client_id: str
    secret: str

    @classmethod
    def of(cls, tenant: Tenant) -> "Where":
        provisioner = tenant.provisioner
        return cls(tenant.entra.url, str(tenant.entra.ca_file), tenant.id, provisioner.app_id, provisioner.secret)


def tools_at(where: Where, clock: Callable[[], datetime], pace: Pace = HASTE, *, rate: float = 1000.0) -> Tools:
    """What a tenant of the emulator is worked on with."""
    certificates = Path(where.authority_file).read_text(encoding="ascii")
    graph = Graph(
        f"{where.url}/v1.0",
        authority=where.url,
        tenant=where.tenant,
        provisioner=by_secret(where.client_id, where.secret),
        budget=Budget(rate),
        certificates=certificates,
    )
    limits = replace(PATIENCE, rest=0.0, first_pause=0.01, at_once=shift.HANDS)
    return Tools(
        applications=Applications(graph),
        verification=Verification(Asker(where.url, certificates=certificates, limits=limits)),
        lifetime=timedelta(days=365),
        clock=clock,
        by=JOB,
        pace=pace,
    )


def order(request: Request, official: Member, at: datetime, **keys: str) -> None:
    """«Generar en Entra» for one request; the subscription keys by environment, where they are not everybody's."""
    account, by = official.account(at), official.actor
    generating.order(request_id=request.id, subscription_keys=keys, account=account, by=by, at=at)


def work(tenant: Tenant, using: Tools, *, hours: float = 0.1) -> None:
    """Work on the tenant until nothing is left to do, or for so long."""
    clock = using.clock
    assert isinstance(clock, Clock)
    shift.work(tenant.id, using, until=clock() + timedelta(hours=hours), sleep=clock.sleep, hands=1)


@contextmanager
def tools_for(tenant: Tenant, at: datetime, pace: Pace = HASTE) -> Iterator[Tools]:
    """Tools with a clock of their own, which is Entra's too, until the end of the block."""
    tenant.clock(now=at.isoformat())
    using = tools_at(Where.of(tenant), Clock(at, tenant), pace)
    try:
        yield using
    finally:
        using.applications.close()
        using.verification.close()


def work_off(tenant: Tenant, at: datetime, *, hours: float = 0.1) -> None:
    """Do everything that is to be done in a tenant."""
    with tools_for(tenant, at) as using:
        work(tenant, using, hours=hours)
