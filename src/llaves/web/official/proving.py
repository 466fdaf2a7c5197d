"""«Comprobar llaves»: what an official has entered is put to Entra before it is anybody's."""

from enum import Enum
from http import HTTPStatus
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from llaves import clients
from llaves.credentials import proving, sayings
from llaves.credentials.proofs import ended_before, may_be_asked_about
from llaves.credentials.proving import NotProvable
from llaves.credentials.questions import question
from llaves.credentials.sayings import Saying
from llaves.credentials.verdicts import OURS, Finding, Origin, is_the_pairs_fault, says_something
from llaves.identity.actors import actor_of
from llaves.web.forms import INVALID
from llaves.web.official.assignment import AssignmentForm, PairForm, Told

if TYPE_CHECKING:
    from llaves.credentials.models import Request

_OF_THE_SECRET = {Finding.WRONG_SECRET, Finding.EXPIRED}
_TO_BE_MENDED = " Pida al operador del portal que lo corrija."
_MANY = "Usted comprobó muchas llaves en poco tiempo."
_TOO_MANY = Told("warning", "No se comprobó", f"{_MANY} Espere unos minutos.")
_LATER = (
    "El portal le pregunta a Entra en unos minutos y, si no contesta, cada hora. Si alguna llave no funciona, los "
    "funcionarios y el delegado reciben un aviso por correo."
)


def tell(request: HttpRequest, asked: "Request", form: AssignmentForm) -> None:
    """Put the chosen pairs to Entra and say beside each what it answered. Nothing is saved."""
    pairs = form.to_be_proved()
    form.is_throttled = bool(pairs) and not _may_ask(request)
    for pair in pairs:
        pair.told = _TOO_MANY if form.is_throttled else _told(pair, *_find(request, asked, pair))


def stands(request: HttpRequest, asked: "Request", form: AssignmentForm) -> bool:
    """Whether Entra refuses none of the pairs that are about to be saved; what it refuses is said beside its field.

    Where it can't be asked, or too often was, nothing is refused: the pair is proved once it is saved.
    """
    pairs = [pair for pair in form.pairs if pair.environment.is_proved]
    is_throttled = bool(pairs) and not _may_ask(request)
    for pair in pairs:
        if is_throttled:
            pair.unproved = _MANY
            continue
        found, saying = _find(request, asked, pair)
        if is_the_pairs_fault(found):
            pair.add_error("client_secret" if found in _OF_THE_SECRET else "client_id", _words(pair, found, saying))
        elif not says_something(found):
            pair.unproved = saying.happened + (_TO_BE_MENDED if found in OURS else "")
    return not form.errors


def warn_of_unproved(request: HttpRequest, form: AssignmentForm) -> None:
    """Say, once they are saved, which pairs were not proved, why not, and that the portal makes up for it."""
    reason_of = attrgetter("unproved")
    for reason, pairs in groupby(sorted(filter(reason_of, form.pairs), key=reason_of), key=reason_of):
        names = ", ".join(pair.environment.name for pair in pairs)
        messages.warning(request, f"Se guardó sin comprobar en Entra: {names}. {reason} {_LATER}")


class Gone(Enum):
    """Whether a pair that is over here and said to be taken out of Entra is out of it."""

    YES = "refused"
    NO = "still accepted"
    NOT_KNOWN = "nobody can say"
    NOT_ASKED = "asked too often"


def is_gone(request: HttpRequest, credential_id: UUID) -> Gone:
    """What Entra says of it. Where it can't be asked at all, nobody is held back for having asked too often."""
    by = actor_of(request)
    if not may_be_asked_about(credential_id):
        return Gone.NOT_KNOWN
    if not _may_ask(request):
        return Gone.NOT_ASKED
    try:
        asked = proving.open_over(credential_id=credential_id, by=by, at=timezone.now())
    except NotProvable:
        return Gone.NOT_KNOWN
    outcome = asked.put(clients.verification)
    found = proving.record(
        credential_id=credential_id, outcome=outcome, origin=Origin.OFFICIAL, by=by, at=timezone.now()
    )
    if found is Finding.VALID:
        return Gone.NO
    return Gone.YES if says_something(found) else Gone.NOT_KNOWN


def status_of(form: AssignmentForm) -> int:
    """200 for a form that is fresh or was only proved, 422 for one with faults, 429 for one too many."""
    if form.is_throttled:
        return HTTPStatus.TOO_MANY_REQUESTS
    return INVALID if form.errors else HTTPStatus.OK


def _may_ask(request: HttpRequest) -> bool:
    # Each refusal is a failed sign-in in Entra's own records.
    return bool(ratelimit.consume(request, app="allauth.account", action="prove", user=request.user))


def _find(request: HttpRequest, asked: "Request", pair: PairForm) -> tuple[Finding, Saying]:
    values, environment = pair.cleaned_data, pair.environment
    outcome = question(environment, values["client_id"], values["client_secret"]).put(clients.verification)
    found = proving.note_tried(
        request=asked, environment=environment, outcome=outcome, by=actor_of(request), at=timezone.now()
    )
    return found, sayings.of(found, outcome)


def _told(pair: PairForm, found: Finding, saying: Saying) -> Told:
    return Told(saying.kind, saying.tag, _words(pair, found, saying))


def _words(pair: PairForm, found: Finding, saying: Saying) -> str:
    said = f"{saying.happened} {saying.official}"
    # To Entra a secret that was taken out is a wrong one like any other; only the portal knows better.
    over = ended_before(pair.cleaned_data["client_id"]) if found is Finding.WRONG_SECRET else None
    if over is None or over.ended_at is None:
        return said
    day = timezone.localtime(over.ended_at).strftime("%d/%m/%Y")
    return f"{said} De este ClientID hay llaves {over.standing}s desde el {day}: si pegó esas, ya no sirven."
