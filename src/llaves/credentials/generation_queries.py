"""Questions about the generation of pairs: how far it is, how fast it goes, what failed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value

from llaves.credentials.agenda import waits_for_removal
from llaves.credentials.generated import with_subscription_key
from llaves.credentials.generation import LIVE, ON_THE_WAY, WHAT_TO_DO, Fault, Stage
from llaves.credentials.models import (
    Credential,
    EntraApplication,
    Environment,
    Generation,
    GenerationRun,
    Reconciliation,
    Request,
)
from llaves.credentials.queries import EVERYBODY, Wanted, all_awaiting
from llaves.credentials.suspended import suspended

MEASURED = timedelta(minutes=5)
"""Over so long is the rate counted."""
MOST_SHOWN = 100
MOST_CHOSEN = 100


@dataclass(frozen=True, slots=True)
class Place:
    """An environment of a request, and how far its generation is."""

    environment: Environment
    generation: Generation | None
    needs_subscription_key: bool

    @property
    def may_be_ordered(self) -> bool:
        """Whether its pair can be generated and is not being generated, or lacks its subscription key alone."""
        if not self.environment.is_automatic:
            return False
        made = self.generation
        return (
            made is None or Stage(made.stage) not in LIVE or made.has_failed_for_its_key or self.needs_subscription_key
        )


def has_made_something_in(environment: Environment) -> bool:
    """Whether the portal has, or may have, made an application there that Entra still holds."""
    if EntraApplication.objects.filter(environment=environment, removed_at=None).exists():
        return True
    live = Generation.objects.filter(environment=environment, stage__in=sorted(LIVE))
    return live.exclude(stage=Stage.ORDERED.value, attempts=0).exists()


def places_of(request: Request) -> list[Place]:
    """Every environment of the catalogue, with the newest generation of this request."""
    made = Generation.objects.filter(request=request).select_related("run")
    newest_first = made.order_by("environment_id", "-ordered_at").distinct("environment_id")
    newest = {one.environment_id: one for one in newest_first}
    with_key = with_subscription_key(request.provider)
    return [
        Place(one, newest.get(one.id), one.id not in with_key and _needs_key(one, newest.get(one.id)))
        for one in Environment.objects.all()
    ]


def _needs_key(environment: Environment, made: Generation | None) -> bool:
    """Whether an official may type one: none was typed before, and nothing is being undone."""
    if made is None or Stage(made.stage) not in LIVE:
        return environment.is_automatic
    return environment.is_automatic and made.subscription_key_id is None and made.stage != Stage.CANCELLED.value


def to_be_entered(request: Request) -> list[Environment]:
    """The environments whose pair an official has to enter: all but those with a generated one that is proved."""
    proved = Generation.objects.filter(request=request, environment=OuterRef("pk"), stage=Stage.PROVED.value)
    return list(Environment.objects.filter(~Exists(proved)))


class Going(StrEnum):
    """How the generation of what one request waits for goes as a whole."""

    ON_THE_WAY = "on the way"
    PAUSED = "paused"
    FAILED = "failed"
    IN_PART = "in part"
    """What the portal makes is there; an official enters the rest."""


def going_of(requests: Iterable[Request]) -> dict[UUID, Going]:
    """Those of some requests for which something is being generated, or failed. One query for all of them."""
    stages = sorted(ON_THE_WAY | {Stage.FAILED})
    live = Generation.objects.filter(request__in=[one.id for one in requests], stage__in=stages)
    in_catalogue = Environment.objects.order_by().values(of=Value("all")).values(number=Count("id"))
    found: dict[UUID, list[tuple[str, datetime | None, int]]] = {}
    for request_id, *one in live.values_list("request", "stage", "run__paused_at", Subquery(in_catalogue)):
        found.setdefault(request_id, []).append((one[0], one[1], one[2]))
    return {request_id: _going(made) for request_id, made in found.items()}


def _going(made: Sequence[tuple[str, datetime | None, int]]) -> Going:
    stages = {stage for stage, _, _ in made}
    if Stage.FAILED.value in stages:
        return Going.FAILED
    if any(paused_at for _, paused_at, _ in made):
        return Going.PAUSED
    return Going.IN_PART if stages == {Stage.PROVED.value} and len(made) < made[0][2] else Going.ON_THE_WAY


def find_generation(request: Request, generation_id: UUID) -> Generation | None:
    """A generation of this very request."""
    return Generation.objects.select_related("run").filter(request=request, id=generation_id).first()


def not_being_generated(wanted: Wanted = EVERYBODY, *, at: datetime) -> QuerySet[Request]:
    """Who waits and is wanted, oldest first, is not suspended and has no generation under way."""
    live = Generation.objects.filter(provider=OuterRef("provider"), stage__in=sorted(LIVE))
    return all_awaiting(wanted).filter(~Exists(live), ~suspended(at))


def runs(*, most: int = 10) -> list[GenerationRun]:
    """The newest runs."""
    return list(GenerationRun.objects.select_related("ordered_by__person")[:most])


def find_run(run_id: UUID) -> GenerationRun | None:
    return GenerationRun.objects.select_related("ordered_by__person").filter(id=run_id).first()


def newest_reports() -> list[Reconciliation]:
    """The last report of each tenant."""
    return list(Reconciliation.objects.order_by("tenant_id", "-at").distinct("tenant_id"))


def refused_upkeep(*, at: datetime) -> list[EntraApplication]:
    """What the portal asks of Entra again and again, most tried first: to be off (`should_be_off`), on, or emptied."""
    related = ("provider", "environment")
    refused = EntraApplication.objects.exclude(fault="").filter(removed_at=None).select_related(*related)
    judged = refused.annotate(should_be_off=ExpressionWrapper(suspended(at), output_field=BooleanField()))
    is_off = Q(disabled_at__isnull=False)
    leaving = Credential.objects.filter(waits_for_removal(), generation__application=OuterRef("pk"))
    open_ = Q(should_be_off=True) & ~is_off | Q(should_be_off=False) & is_off | Q(is_unsure=True) | Exists(leaving)
    return list(judged.filter(open_).order_by("-attempts", "id")[:MOST_SHOWN])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, in pairs."""

    done: int
    waiting: int
    held_back: int
    """Proved, and kept until the other environments of their request are there too."""
    failed: int
    undone: int
    undoing: int
    per_minute: float

    @property
    def total(self) -> int:
        return self.done + self.waiting + self.held_back + self.failed + self.undone + self.undoing

    @property
    def is_over(self) -> bool:
        """Whether nothing moves any more."""
        return not self.waiting and not self.undoing

    @property
    def left(self) -> timedelta | None:
        """How long it will take, as far as it can be told."""
        return timedelta(minutes=self.waiting / self.per_minute) if self.per_minute else None


def progress_of(run: GenerationRun, *, at: datetime) -> Progress:
    """Three queries, whose cost grows with the run and not with the years."""
    counted = dict(run.generations.order_by().values_list("stage").annotate(Count("id")))
    since = max(at - MEASURED, run.ordered_at)
    lately = run.generations.filter(stage=Stage.ASSIGNED.value, ended_at__gt=since).count()
    # One that can be assigned is due at once; the others are looked at every ten minutes.
    held_back = run.generations.filter(stage=Stage.PROVED.value, due_at__gt=at).count()
    minutes = (at - since).total_seconds() / 60
    return Progress(
        done=counted.get(Stage.ASSIGNED.value, 0),
        waiting=sum(counted.get(stage.value, 0) for stage in ON_THE_WAY) - held_back,
        held_back=held_back,
        failed=counted.get(Stage.FAILED.value, 0),
        undone=counted.get(Stage.UNDONE.value, 0),
        undoing=counted.get(Stage.CANCELLED.value, 0),
        per_minute=lately / minutes if minutes > 0 else 0.0,
    )


def failures_of(run: GenerationRun) -> list[Generation]:
    """The first that failed, with what a page tells of them."""
    failed = run.generations.filter(stage=Stage.FAILED.value)
    return list(failed.select_related("provider", "environment").order_by("ended_at", "id")[:MOST_SHOWN])


def what_to_do(fault: str) -> str:
    """The sentence for an official; empty where there is no fault."""
    return WHAT_TO_DO[Fault(fault)] if fault else ""
