"""The live registry as public pages speak of it: asked before the page decides, and excused where it does not answer.

Pages say the day of the last answer and no more: it moves when a person logs in, which is nobody else's business.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from llaves import clients
from llaves.identity.actors import visitor
from llaves.identity.queries import Requirements
from llaves.providers import live
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.live import Silence
from llaves.providers.queries import last_known


@dataclass(frozen=True, slots=True)
class Asked:
    """How the asking went; the sentences are empty where the registry answered, or where there is none."""

    is_answered: bool = True
    notice: str = ""
    """What served in place of an answer."""
    refusal: str = ""
    """Why nothing could be decided, and when to try again."""

    def leaves_open(self, requirements: Requirements) -> dict[str, bool]:
        """Which requirements are not known to be missing: nobody could be asked."""
        organization = not self.is_answered and not requirements.organization_is_registered
        person = not self.is_answered and not requirements.person_is_registered
        return {"organization": organization, "person": person, "delegate": organization or person}


def ask(
    request: HttpRequest, *, document_type: str, document_number: str, nit: str = MINISTRY_NIT, at: datetime
) -> Asked:
    """Ask the registry about an organization and a person, outside of any transaction."""
    document = document_type, document_number
    silence = live.ask(clients.registry(), nit=nit, document=document, by=visitor(request), at=at)
    if silence is None:
        return Asked()
    known = last_known(nit, *document)
    why = _why(silence, at)
    is_closed = silence is Silence.CLOSED or live.is_closed(at)
    again = "desde las 04:00" if is_closed else "en unos minutos"
    return Asked(
        is_answered=False,
        notice=f"{why} {_what_served(known.as_of, at)}" if known.is_known else why,
        refusal=f"{why} Por eso no se pudo comprobar su registro. Intente de nuevo {again}.",
    )


def _why(silence: Silence, at: datetime) -> str:
    match silence:
        case Silence.UNUSABLE:
            return "MiSeguridadSocial dio una respuesta que no se puede usar."
        case Silence.IMPORT_RUNS:
            return "En este momento el portal carga los archivos de MiSeguridadSocial."
    is_closed = silence is Silence.CLOSED or live.is_closed(at)
    return f"MiSeguridadSocial no respondió{' (cierra de 00:00 a 04:00)' if is_closed else ''}."


def _what_served(as_of: datetime | None, at: datetime) -> str:
    if as_of is None:
        return "Se usó lo último que se cargó de sus archivos."
    days = (timezone.localdate(at) - timezone.localdate(as_of)).days
    age = {0: "hoy", 1: "hace 1 día"}.get(days, f"hace {days} días")
    return f"Se usó lo que respondió el {timezone.localtime(as_of):%d/%m/%Y}, {age}."
