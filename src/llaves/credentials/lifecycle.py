"""The life of a request as one table: kinds, states, moves and the manual's labels. Pure."""

from enum import StrEnum


class Kind(StrEnum):
    """Why the keys are asked for."""

    FIRST = "por primera vez"
    RENEWAL = "por renovación"
    REPLACEMENT = "por reposición"


class State(StrEnum):
    REQUESTED = "solicitado"
    ASSIGNED = "asignado"


class Move(StrEnum):
    ASSIGN = "asignar"


_MOVES = {(State.REQUESTED, Move.ASSIGN): State.ASSIGNED}

OPEN_STATES = frozenset({State.REQUESTED})
"""A provider has at most one request in these."""


class MoveNotAllowed(Exception):
    """The request is no longer in a state from which the move leads on: somebody else has attended it."""


def after(state: State, move: Move) -> State:
    """The state that follows.

    :raises MoveNotAllowed: see there.
    """
    try:
        return _MOVES[state, move]
    except KeyError:
        raise MoveNotAllowed(f"{move} from {state}") from None


def label(kind: Kind, state: State) -> str:
    """The state as the manual prints it: «Token solicitados por primera vez»."""
    word = {State.REQUESTED: "solicitados", State.ASSIGNED: "asignados"}[state]
    return f"Token {word} {kind.value}"
