"""Generating a pair in Entra: its stages, and what an official reads where one fails. Pure.

en espera ──▶ guardada ──▶ habilitada ──▶ probada ──▶ asignada
└──────────────┴──────────────┴────────────┴──▶ fallida ──▶ (again)
cancelling leads from all of them but the last to «por deshacer», and once Entra has none of it any more to «deshecha»
"""

from datetime import timedelta
from enum import StrEnum


class Stage(StrEnum):
    """How far one environment of one request has come."""

    ORDERED = "en espera"
    """The intent is written down; Entra may have been asked, and its answer lost."""
    KEPT = "guardada"
    """The application exists, and its secret is in the vault."""
    INSTALLED = "habilitada"
    """Its principal exists, so that tokens can be given."""
    PROVED = "probada"
    ASSIGNED = "asignada"
    FAILED = "fallida"
    CANCELLED = "por deshacer"
    UNDONE = "deshecha"


class Step(StrEnum):
    KEEP = "guardar"
    INSTALL = "habilitar"
    PROVE = "probar"
    ASSIGN = "asignar"
    FAIL = "fallar"
    CANCEL = "cancelar"
    UNDO = "deshacer"


_STAGES = {
    (Stage.ORDERED, Step.KEEP): Stage.KEPT,
    (Stage.KEPT, Step.INSTALL): Stage.INSTALLED,
    (Stage.INSTALLED, Step.PROVE): Stage.PROVED,
    (Stage.PROVED, Step.ASSIGN): Stage.ASSIGNED,
    (Stage.CANCELLED, Step.UNDO): Stage.UNDONE,
}
ON_THE_WAY = frozenset({Stage.ORDERED, Stage.KEPT, Stage.INSTALLED, Stage.PROVED})
"""These lead to an assignment, if nothing fails."""
AT_WORK = ON_THE_WAY | {Stage.CANCELLED}
"""In these a job has something to do."""
LIVE = ON_THE_WAY | {Stage.FAILED, Stage.CANCELLED}
"""A provider has at most one of these in an environment."""
_STAGES |= {(stage, Step.FAIL): Stage.FAILED for stage in ON_THE_WAY}
_STAGES |= {(stage, Step.CANCEL): Stage.CANCELLED for stage in ON_THE_WAY | {Stage.FAILED}}

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)
MOST_ATTEMPTS = 30
"""Of one stage: with the pauses between them, two hours."""


class StepNotAllowed(Exception):
    """The stage has changed meanwhile: somebody cancelled, or another worker was faster."""


def after(stage: Stage, step: Step) -> Stage:
    """The stage that follows.

    :raises StepNotAllowed: see there.
    """
    try:
        return _STAGES[stage, step]
    except KeyError:
        raise StepNotAllowed(f"{step} from {stage}") from None


def again(*, has_secret: bool) -> Stage:
    """Where a failed one goes on. What was done after its secret was kept can be done twice."""
    return Stage.KEPT if has_secret else Stage.ORDERED


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(_FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), _LONGEST_PAUSE)


class Fault(StrEnum):
    """Why a pair could not be generated, or why it takes long."""

    LATER = "later"
    QUOTA = "quota"
    POLICY = "policy"
    DENIED = "denied"
    REFUSED = "refused"
    TAKEN = "taken"
    GONE = "gone"
    NOT_ACCEPTED = "not accepted"
    OUR_CONFIGURATION = "our configuration"
    NO_SUBSCRIPTION_KEY = "no subscription key"
    NOT_AUTOMATIC = "not automatic"
    REQUEST_CHANGED = "request changed"
    NOT_ASSIGNED = "not assigned"
    SUSPENDED = "suspended"
    DISABLED = "disabled"
    TOO_MANY = "too many"
    """Of an application: it is one of very many that the registry has let fall at once."""


STOPS_EVERYTHING = frozenset({Fault.QUOTA, Fault.POLICY, Fault.DENIED, Fault.NOT_AUTOMATIC, Fault.OUR_CONFIGURATION})
"""What befell one will befell the next one too: the run pauses, so that nobody finds sixty thousand of the same."""

WHAT_TO_DO = {
    Fault.LATER: "Entra no responde o pide esperar. El portal lo intenta de nuevo; no hace falta hacer nada.",
    Fault.QUOTA: (
        "El directorio de Entra, o la aplicación del portal, llegó al límite de objetos. Vacíe la papelera de "
        "aplicaciones o pida a Microsoft una cuota mayor; después, reintente o reanude."
    ),
    Fault.POLICY: (
        "Una política del directorio no permite secretos, o no de esta duración. Pida al administrador de Entra que "
        "la ajuste para las aplicaciones del portal; después, reintente o reanude."
    ),
    Fault.DENIED: (
        "Entra no le permite esto a la aplicación del portal. Pida al administrador que revise su credencial y el "
        "permiso Application.ReadWrite.OwnedBy; después, reintente o reanude."
    ),
    Fault.REFUSED: "Entra rechazó la operación. Reintente una vez; si vuelve a fallar, registre las llaves a mano.",
    Fault.TAKEN: (
        "En Entra ya hay una aplicación con ese nombre único que no es de este portal. Pida al administrador que la "
        "revise, o registre las llaves a mano."
    ),
    Fault.GONE: "La aplicación ya no está en Entra. Cancele esta generación y genere de nuevo.",
    Fault.NOT_ACCEPTED: "Entra creó las llaves y no las acepta. Reintente; si sigue igual, cancele y genere de nuevo.",
    Fault.OUR_CONFIGURATION: (
        "Entra no conoce el directorio o el alcance del ambiente. Pida a soporte que revise el catálogo de ambientes."
    ),
    Fault.NO_SUBSCRIPTION_KEY: (
        "Falta la APIM subscription key. En la página de la solicitud, escríbala y elija «Generar en Entra»."
    ),
    Fault.NOT_AUTOMATIC: "El ambiente ya no es automático. Registre las llaves a mano, o pida que se active de nuevo.",
    Fault.REQUEST_CHANGED: "La solicitud fue atendida, devuelta o retirada entre tanto. Lo creado en Entra se deshace.",
    Fault.NOT_ASSIGNED: "El portal no pudo asignar lo generado. Registre las llaves a mano y avise a soporte.",
    Fault.SUSPENDED: (
        "El prestador está suspendido: no está habilitado, el registro lo retiró o su delegado está suspendido. "
        "Mientras siga así no se le generan llaves. Cuando deje de estarlo, el portal sigue solo; si no lo espera, "
        "cancele."
    ),
    Fault.DISABLED: (
        "Alguien deshabilitó en Entra la aplicación del prestador, y no fue el portal. Pida al administrador de Entra "
        "que averigüe por qué y la habilite, y después reintente."
    ),
}
