"""The generation of pairs as its pages tell of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from llaves.credentials.generation import ON_THE_WAY, Fault, Stage
from llaves.credentials.generation_queries import MOST_SHOWN, Going, Place, Progress, going_of, what_to_do
from llaves.credentials.reconciling import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from llaves.credentials.models import EntraApplication, Generation, GenerationRun, Reconciliation, Request

_TAGS = {Stage.ASSIGNED: "success", Stage.PROVED: "success", Stage.FAILED: "warning", Stage.CANCELLED: "warning"}
_MINUTES_OF_AN_HOUR = 60
_LABELS = {Stage.KEPT: "Creada en Entra", Stage.INSTALLED: "En comprobación"}
"""Where the stage's own name says little to an official."""
_NOTHING_TO_DO = {
    Stage.ASSIGNED: "Nada: ya está asignada.",
    Stage.PROVED: "Nada: se asigna cuando estén las de todos los ambientes.",
    Stage.CANCELLED: "Nada: el portal borra lo que creó en Entra, en unos minutos.",
    Stage.UNDONE: "Puede generarla otra vez o registrarla a mano.",
}


PAUSED = "La generación de la que hace parte está en pausa. Reanúdela en su página de avance."


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
            return _LABELS.get(self.stage, self.stage.capitalize())
        return "Sin generar" if self.place.environment.is_automatic else "Se registra a mano"

    @property
    def tag(self) -> str:
        return _TAGS.get(self.stage, "info") if self.stage else ""

    @property
    def advice(self) -> str:
        """What to do about it."""
        if self.place.generation is None or self.stage is None:
            is_automatic = self.place.environment.is_automatic
            return "Pulse «Generar en Entra»." if is_automatic else "Regístrela a mano en la solicitud."
        if self.paused_run:
            return PAUSED
        told = what_to_do(self.place.generation.fault)
        return told or _NOTHING_TO_DO.get(self.stage, "Nada: el portal sigue solo.")

    @property
    def paused_run(self) -> "GenerationRun | None":
        """The run for which it has to wait. What is undone goes on all the same."""
        if self.place.generation is None or self.stage not in ON_THE_WAY:
            return None
        run = self.place.generation.run
        return run if run and run.paused_at else None

    @property
    def may_be_retried(self) -> bool:
        return self.stage is Stage.FAILED

    @property
    def may_be_cancelled(self) -> bool:
        return self.stage is not None and self.stage in ON_THE_WAY | {Stage.FAILED}


_GOING = {
    Going.ON_THE_WAY: (
        "Generándose en Entra",
        "info",
        "El portal genera estas llaves y las asigna él mismo. Si usted registra otras, valen las suyas.",
    ),
    Going.PAUSED: (
        "Generación en pausa",
        "warning",
        "La generación de estas llaves está en pausa. Siga el enlace para reanudarla, o registre las llaves a mano.",
    ),
    Going.FAILED: (
        "Falló en Entra: vea qué hacer",
        "warning",
        "El portal no pudo generar todas las llaves. Siga el enlace para ver qué hacer, o registre las que faltan.",
    ),
    Going.IN_PART: (
        "Generadas en Entra en parte",
        "info",
        "El portal ya generó las de los demás ambientes. Registre las que faltan: al guardar se asignan todas.",
    ),
}


@dataclass(frozen=True, slots=True)
class ShownGoing:
    """How the generation of a request goes, as the list and its form tell of it."""

    going: Going

    @property
    def label(self) -> str:
        return _GOING[self.going][0]

    @property
    def kind(self) -> str:
        """The tag's colour."""
        return _GOING[self.going][1]

    @property
    def advice(self) -> str:
        """What an official does who has the form open."""
        return _GOING[self.going][2]


def shown_going(requests: "Iterable[Request]") -> "dict[UUID, ShownGoing]":
    """Of some requests, those of which there is something to tell."""
    return {request_id: ShownGoing(going) for request_id, going in going_of(requests).items()}


_DIFFERENCES = {
    Kind.UNKNOWN: "Está en Entra y el portal no la conoce. Averigüe quién la creó; si nadie la usa, bórrela en Entra.",
    Kind.MISSING: (
        "El portal la conoce y ya no está en Entra: alguien la borró. Si sus llaves están vigentes, pida al delegado "
        "que solicite la reposición, o corríjalas a mano en la página del prestador."
    ),
    Kind.SECRET_UNKNOWN: "Tiene en Entra un secreto que el portal no conoce. Si nadie lo usa, bórrelo en Entra.",
    Kind.SECRET_MISSING: (
        "Sus llaves figuran vigentes y el secreto ya no está en Entra. Revóquelas; el delegado debe pedir la "
        "reposición."
    ),
    Kind.EXPIRES_EARLIER: (
        "En Entra vence antes de lo que el portal anuncia. Pida al delegado la reposición antes de esa fecha."
    ),
    Kind.ENABLED_THERE: (
        "El portal la suspendió y en Entra está activa: alguien la habilitó allá. Pida al administrador de Entra que "
        "la deshabilite (isDisabled), o averigüe por qué lo hizo."
    ),
    Kind.DISABLED_THERE: (
        "En Entra está deshabilitada y no fue el portal: el prestador no puede conectarse. Pida al administrador de "
        "Entra que averigüe por qué y la habilite."
    ),
    Kind.OWN_EXPIRES: "Vence la credencial con la que el portal entra a Entra. Pida a soporte que la cambie antes.",
    Kind.OWN_END_UNKNOWN: (
        "No se puede saber cuándo vence la credencial propia del portal en Entra, y nadie recibiría aviso. Pida a "
        "soporte que anote la fecha en la configuración, o que permita al portal leerla (Application.Read.All)."
    ),
}


@dataclass(frozen=True, slots=True)
class ShownReport:
    """What a tenant had one night."""

    report: "Reconciliation"
    environments: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Whose directory it is."""
        return ", ".join(self.environments) or f"Directorio {self.report.tenant_id}"

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Of which application, what is told of it, and what to do."""
        told = self.report.differences[:MOST_SHOWN]
        return [(each["application"], each["about"], _DIFFERENCES[Kind(each["kind"])]) for each in told]


_STILL_ASKED = {
    Fault.LATER: "Entra no responde o pide esperar.",
    Fault.DENIED: "Entra no se lo permite al portal. Pida a soporte que revise su credencial y su permiso.",
    Fault.GONE: "Entra no la encuentra. Vea si alguien la borró.",
    Fault.TOO_MANY: (
        "El registro dejó sin habilitar a muchos prestadores a la vez, y parece un error suyo: el portal espera un día "
        "antes de suspenderlas. Si es un error, haga que lo corrijan; si alguna no puede esperar, revoque sus llaves."
    ),
}
_REFUSED = "Entra lo rechazó. Si sigue igual mañana, avise a soporte."


@dataclass(frozen=True, slots=True)
class ShownUpkeep:
    """An application of which Entra has not done what the portal asks again and again."""

    application: "EntraApplication"

    @property
    def what(self) -> str:
        """What is to be done."""
        should_be_off = self.application.should_be_off  # type: ignore[attr-defined] # the query adds it
        is_unsure = self.application.is_unsure
        if should_be_off and (is_unsure or not self.application.disabled_at):
            return "Suspenderla: mientras tanto Entra le sigue dando tokens"
        if not should_be_off and (is_unsure or self.application.disabled_at):
            return "Habilitarla de nuevo: mientras tanto el prestador no puede conectarse"
        return "Retirar un secreto que ya terminó"

    @property
    def why(self) -> str:
        """What Entra says to it."""
        return _STILL_ASKED.get(Fault(self.application.fault), _REFUSED)


@dataclass(frozen=True, slots=True)
class ShownProgress:
    """How far a run is."""

    progress: Progress

    @property
    def rate(self) -> str:
        """Pairs per minute."""
        if not self.progress.per_minute:
            return "todavía no se sabe"
        return f"{max(1, round(self.progress.per_minute))} por minuto"

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
