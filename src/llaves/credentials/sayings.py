"""What each finding is called in Spanish, and what to do about it. The one table of all pages and letters. Pure."""

from dataclasses import dataclass

from llaves.credentials.verdicts import Finding
from llaves.integrations.entra.verification import Outcome


@dataclass(frozen=True, slots=True)
class Saying:
    """A tag of few words, what happened, and what officials and delegates do next; `kind` is the colour."""

    tag: str
    happened: str
    official: str
    delegate: str
    kind: str = "error"


_TELL_THE_MINISTRY = (
    "Informe al Ministerio el ClientID: hay que corregirlo en Entra. Antes su sistema no podrá conectarse."
)
_NO_FAULT_OF_THE_KEY = (
    "Es un error del portal, no de su llave. Intente más tarde; si sigue igual, informe al Ministerio."
)

SAYINGS = {
    Finding.VALID: Saying(
        "Funciona",
        "Entra acepta la llave.",
        "No necesita hacer nada más con ella.",
        "Si su sistema no logra conectarse, revise el EndPoint y la APIM subscription key.",
        kind="success",
    ),
    Finding.NOT_YET: Saying(
        "Todavía no",
        "Todavía no: la llave es nueva y Entra tarda unos minutos en reconocerla.",
        "Espere dos minutos. El portal la sigue comprobando solo.",
        "Espere dos minutos y pruebe otra vez.",
        kind="warning",
    ),
    Finding.WRONG_SECRET: Saying(
        "No funciona",
        "Entra no acepta el ClientSecret: no es de este ClientID, o ya fue retirado.",
        "Copie otra vez el Value, o genere otro secreto en Entra. Si lo creó hace menos de dos minutos, espere y "
        "compruebe de nuevo.",
        "Pida la reposición en «Inscripción token».",
    ),
    Finding.EXPIRED: Saying(
        "Vencida en Entra",
        "El ClientSecret ya venció en Entra.",
        "Genere otro secreto en Entra y regístrelo con su fecha de expiración.",
        "Pida la renovación en «Inscripción token»; si no aparece el botón, la reposición.",
    ),
    Finding.APP_NOT_FOUND: Saying(
        "No existe en Entra",
        "Entra no conoce este ClientID en el directorio del ambiente.",
        "Revise que el ClientID sea de este ambiente. Si la aplicación es nueva, espere dos minutos y compruebe de "
        "nuevo.",
        _TELL_THE_MINISTRY,
    ),
    Finding.NO_SERVICE_PRINCIPAL: Saying(
        "Incompleta en Entra",
        "A la aplicación le falta su entidad de servicio en el directorio.",
        "Créela en Entra («Enterprise applications»). Si la aplicación es nueva, espere dos minutos y compruebe de "
        "nuevo.",
        _TELL_THE_MINISTRY,
    ),
    Finding.DISABLED: Saying(
        "Desactivada en Entra",
        "La aplicación está desactivada en Entra.",
        "Actívela en Entra, o registre las llaves de otra aplicación.",
        "Comuníquese con el Ministerio: sus llaves pueden estar suspendidas.",
    ),
    Finding.TENANT_NOT_FOUND: Saying(
        "Sin respuesta útil",
        "Entra no conoce el TenantID del ambiente. No es un error de la llave.",
        "Puede guardarla. Pida al operador del portal que corrija el TenantID.",
        _NO_FAULT_OF_THE_KEY,
        kind="warning",
    ),
    Finding.OUR_CONFIGURATION: Saying(
        "Sin respuesta útil",
        "Entra no admite el Scope del ambiente. No es un error de la llave.",
        "Puede guardarla. Pida al operador del portal que corrija el Scope.",
        _NO_FAULT_OF_THE_KEY,
        kind="warning",
    ),
    Finding.UNKNOWN: Saying(
        "No se pudo consultar",
        "No se pudo consultar a Entra. La llave puede estar bien.",
        "Intente dentro de unos minutos. También puede guardarla: el portal la comprueba después.",
        "Intente dentro de unos minutos.",
        kind="warning",
    ),
}

STILL_ACCEPTED = Saying(
    "Entra todavía la acepta",
    "Entra todavía acepta esta llave, que aquí ya terminó.",
    "Borre en Entra el secreto que vence en la fecha indicada. Si lo acaba de borrar, espere un minuto.",
    "El Ministerio debe retirarla.",
)
GONE = Saying("Retirada de Entra", "Entra ya no acepta esta llave.", "", "", kind="success")


_OTHERS = "Pida al delegado que solicite la reposición, o corríjalas a mano en la página del prestador."
_OF_THE_PORTALS_OWN = {
    Finding.WRONG_SECRET: f"Las generó el portal, y alguien pudo quitar su secreto en Entra. {_OTHERS}",
    Finding.EXPIRED: f"Las generó el portal. {_OTHERS}",
    Finding.APP_NOT_FOUND: f"Las generó el portal, y alguien pudo borrar su aplicación en Entra. {_OTHERS}",
}


def for_officials(found: Finding, *, is_the_portals: bool) -> str:
    """What they do about a pair that is assigned: of what the portal has generated nobody has a Value to copy."""
    own = _OF_THE_PORTALS_OWN.get(found) if is_the_portals else None
    return own or SAYINGS[found].official


def of(found: Finding, outcome: Outcome) -> Saying:
    """What Entra's answer means, where it has just been asked; a refusal that we don't know is named by its number."""
    if found is not Finding.UNKNOWN or outcome.is_silence or not outcome.error_code:
        return SAYINGS[found]
    return Saying(
        "Respuesta desconocida",
        f"Entra respondió algo que el portal no reconoce: AADSTS{outcome.error_code}. La llave puede estar bien.",
        "Pregunte por ese código a quien administra Entra. También puede guardarla: el portal la comprueba después.",
        "Intente dentro de unos minutos; si sigue igual, informe al Ministerio ese código.",
        kind="warning",
    )


def of_one_that_is_over(found: Finding) -> Saying:
    """What Entra's answer means where it was asked after the end: what is bad news otherwise is good."""
    return STILL_ACCEPTED if found is Finding.VALID else GONE
