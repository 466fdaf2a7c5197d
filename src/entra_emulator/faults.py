"""What goes wrong on request: for the next n operations, or for a share of them that a seed decides."""

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What can go wrong."""

    THROTTLED = "throttled"
    """429, with `Retry-After` and the headers that say why."""
    CONFLICT = "conflict"
    """409 Directory_ConcurrencyViolation; as 503 where `status` says so."""
    ERROR = "error"
    """500, or what `status` says; nothing has been done."""
    LOST = "lost"
    """It is done, and the connection is cut before the answer."""
    LOST_ERROR = "lost error"
    """It is done, and the answer is an error 500 all the same."""
    CUT = "cut"
    """The connection is cut before anything is done."""
    QUOTA = "quota"
    POLICY = "policy"
    DENIED = "denied"
    MISSING = "missing"
    """404, of something that is there."""
    TOO_EARLY = "too early"
    """A new secret is not known yet: 7000215."""


AT_SIGN_IN = {Kind.THROTTLED, Kind.ERROR, Kind.LOST, Kind.LOST_ERROR, Kind.CUT}
"""What can go wrong outside of Graph."""


@dataclass
class Fault:
    """One thing that goes wrong, and when."""

    kind: Kind
    on: str = "graph"
    """The name of an operation, or `graph`, `read`, `write`, `token`, `discovery`."""
    times: int = 0
    """How many of the next operations."""
    skip: int = 0
    """How many may pass before."""
    probability: float = 0.0
    retry_after: int = 5
    status: int = 0

    @property
    def can_be(self) -> bool:
        """Whether what it is on knows this kind: another would strike, and nobody would see it."""
        if self.on in {"token", "discovery"}:
            return self.kind in AT_SIGN_IN or (self.kind is Kind.TOO_EARLY and self.on == "token")
        return self.kind is not Kind.TOO_EARLY

    def strikes(self, dice: Random) -> bool:
        """Whether it goes wrong this time; counts."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times > 0:
            self.times -= 1
            return True
        return self.probability > 0 and dice.random() < self.probability


@dataclass
class Faults:
    """A tenant's."""

    due: list[Fault] = field(default_factory=list)
    latency: float = 0.0
    """Seconds of the computer's clock before every answer."""
    jitter: float = 0.0
    """Up to so many more."""
    dice: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - repeatable is the point

    def take(self, names: set[str]) -> Fault | None:
        """Return what goes wrong with an operation of these names, if anything does."""
        return next((each for each in self.due if each.on in names and each.strikes(self.dice)), None)

    def pause(self) -> float:
        """Return how long this answer takes."""
        return self.latency + (self.dice.random() * self.jitter if self.jitter else 0.0)
