"""The life of requests and of credentials: kinds, states, moves and the manual's labels. Pure.

Nothing else in the portal knows which move is allowed.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """Why the keys are asked for."""

    FIRST = "por primera vez"
    RENEWAL = "por renovación"
    REPLACEMENT = "por reposición"


class State(StrEnum):
    REQUESTED = "solicitado"
    RETURNED = "devuelto"
    ASSIGNED = "asignado"
    WITHDRAWN = "retirado"


class Move(StrEnum):
    CLAIM = "abrir"
    RETURN = "devolver"
    MEND = "corregir los datos"
    WITHDRAW = "retirar"
    ASSIGN = "asignar"
    CORRECT = "corregir las llaves"


class Standing(StrEnum):
    """What a credential is good for; «por vencer» is derived from its expiry."""

    VALID = "vigente"
    REPLACED = "reemplazada"
    EXPIRED = "vencida"
    REVOKED = "revocada"


class End(StrEnum):
    """How a credential stops."""

    REPLACE = "reemplazar"
    EXPIRE = "vencer"
    REVOKE = "revocar"


_REQUESTS = {
    (State.REQUESTED, Move.CLAIM): State.REQUESTED,
    (State.REQUESTED, Move.RETURN): State.RETURNED,
    (State.REQUESTED, Move.WITHDRAW): State.WITHDRAWN,
    (State.REQUESTED, Move.ASSIGN): State.ASSIGNED,
    (State.RETURNED, Move.MEND): State.REQUESTED,
    (State.RETURNED, Move.WITHDRAW): State.WITHDRAWN,
    (State.ASSIGNED, Move.CORRECT): State.ASSIGNED,
}
_CREDENTIALS = {
    (Standing.VALID, End.REPLACE): Standing.REPLACED,
    (Standing.VALID, End.EXPIRE): Standing.EXPIRED,
    (Standing.VALID, End.REVOKE): Standing.REVOKED,
}
_WORDS = {
    State.REQUESTED: "solicitados",
    State.RETURNED: "devueltos",
    State.ASSIGNED: "asignados",
    State.WITHDRAWN: "retirados",
}

OPEN_STATES = frozenset({State.REQUESTED, State.RETURNED})
"""A provider has at most one request in these."""
WAITING = State.REQUESTED
"""It is the ministry's turn."""
CLAIM_LASTS = timedelta(minutes=15)
"""So long the others are told who has a request open."""
RENEWAL_OPENS = timedelta(days=60)
"""So long before its expiry a credential is «por vencer» and may be renewed."""
NOTICE_DAYS = (60, 30, 15, 5, 1)
"""So many days before, its expiry is told."""
OVERLAP = timedelta(days=30)
"""So long a renewed credential goes on working beside the new one."""


class MoveNotAllowed(Exception):
    """The move does not lead on from here: mostly because somebody else was faster."""


def after(state: State, move: Move) -> State:
    """The state of a request that follows.

    :raises MoveNotAllowed: see there.
    """
    try:
        return _REQUESTS[state, move]
    except KeyError:
        raise MoveNotAllowed(f"{move} from {state}") from None


def allows(state: State, move: Move) -> bool:
    """Whether a page need offer the move at all."""
    return (state, move) in _REQUESTS


def ended(standing: Standing, end: End) -> Standing:
    """The standing of a credential that follows.

    :raises MoveNotAllowed: it ended before.
    """
    try:
        return _CREDENTIALS[standing, end]
    except KeyError:
        raise MoveNotAllowed(f"{end} from {standing}") from None


def label(kind: Kind, state: State) -> str:
    """The state as the manual prints it: «Token solicitados por primera vez»."""
    return f"Token {_WORDS[state]} {kind.value}"


def is_claimed(claimed_at: datetime | None, *, at: datetime) -> bool:
    """Whether somebody opened a request lately."""
    return claimed_at is not None and at < claimed_at + CLAIM_LASTS


def seen(standing: Standing, *, expires_on: date, overlap_ends_on: date | None, on: date) -> Standing:
    """What a credential is worth on a day, also where the nightly job has not written it down yet."""
    if standing is Standing.VALID and overlap_ends_on and overlap_ends_on < on:
        return Standing.REPLACED
    if standing is Standing.VALID and expires_on < on:
        return Standing.EXPIRED
    return standing


def may_be_seen(standing: Standing) -> bool:
    """Whether a delegate may have the secrets shown."""
    return standing is Standing.VALID


def is_about_to_expire(expires_on: date, *, on: date) -> bool:
    """«Por vencer», or past that."""
    return expires_on - RENEWAL_OPENS <= on


def due_notice(expires_on: date, *, on: date) -> int | None:
    """The last of `NOTICE_DAYS` that has come, if the credential has not expired."""
    left = (expires_on - on).days
    return min((days for days in NOTICE_DAYS if left <= days), default=None) if left >= 0 else None


def overlap_end(expires_on: date, *, on: date) -> date:
    """The last day of a credential that is renewed on a day."""
    return min(expires_on, on + OVERLAP)


def takes_a_place(kind: Kind) -> bool:
    """Whether there may be credentials that the new ones succeed."""
    return kind is not Kind.FIRST


def ends_the_old_at_once(kind: Kind) -> bool:
    """Whether new keys leave no time to the old ones: those may be in wrong hands."""
    return kind is Kind.REPLACEMENT


def kinds_open(newest: Collection[tuple[Standing, date]], *, on: date) -> tuple[Kind, ...]:
    """What a provider may ask for, from standing and expiry of the newest credential of each environment."""
    if not newest:
        return (Kind.FIRST,)
    renewable = {Standing.VALID, Standing.EXPIRED}
    if any(standing in renewable and is_about_to_expire(expires_on, on=on) for standing, expires_on in newest):
        return (Kind.RENEWAL, Kind.REPLACEMENT)
    return (Kind.REPLACEMENT,)
