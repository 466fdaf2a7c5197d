"""The generation of pairs as its pages tell of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from llaves.credentials.generation import ON_THE_WAY, Stage
from llaves.credentials.generation_queries import Place, Progress, what_to_do

if TYPE_CHECKING:
    from llaves.credentials.models import Generation

_TAGS = {Stage.ASSIGNED: "success", Stage.PROVED: "success", Stage.FAILED: "warning", Stage.CANCELLED: "warning"}
_MINUTES_OF_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """An environment of a request."""

    place: Place

    @classmethod
    def of(cls, generation: "Generation") -> "ShownPlace":
        """One of a run."""
        return cls(Place(generation.environment, generation, needs_subscription_key=False))

    @property
    def stage(self) -> Stage | None:
        return Stage(self.place.generation.stage) if self.place.generation else None

    @property
    def label(self) -> str:
        """How far it is."""
        if self.stage:
            return self.stage.capitalize()
        return "Sin generar" if self.place.environment.is_automatic else "Se registra a mano"

    @property
    def tag(self) -> str:
        return _TAGS.get(self.stage, "info") if self.stage else ""

    @property
    def advice(self) -> str:
        """What to do about it."""
        return what_to_do(self.place.generation.fault) if self.place.generation else ""

    @property
    def may_be_retried(self) -> bool:
        return self.stage is Stage.FAILED

    @property
    def may_be_cancelled(self) -> bool:
        return self.stage is not None and self.stage in ON_THE_WAY | {Stage.FAILED}


@dataclass(frozen=True, slots=True)
class ShownProgress:
    """How far a run is."""

    progress: Progress

    @property
    def rate(self) -> str:
        """Pairs per minute."""
        return f"{self.progress.per_minute:.0f} por minuto" if self.progress.per_minute else "todavía no se sabe"

    @property
    def left(self) -> str:
        """How long it will still take."""
        left = self.progress.left
        if not self.progress.waiting:
            return "nada"
        return "todavía no se sabe" if left is None else _in_words(left)


def _in_words(left: timedelta) -> str:
    minutes = max(1, round(left.total_seconds() / _MINUTES_OF_AN_HOUR))
    if minutes < _MINUTES_OF_AN_HOUR:
        return f"cerca de {minutes} minuto{'s' if minutes > 1 else ''}"
    hours, rest = divmod(minutes, _MINUTES_OF_AN_HOUR)
    return f"cerca de {hours} h {rest} min"
