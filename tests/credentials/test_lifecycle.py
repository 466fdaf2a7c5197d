"""Which move is allowed, and the manual's labels."""

import pytest

from llaves.credentials.lifecycle import OPEN_STATES, Kind, Move, MoveNotAllowed, State, after, label


def test_a_request_is_assigned_once() -> None:
    assert after(State.REQUESTED, Move.ASSIGN) is State.ASSIGNED
    with pytest.raises(MoveNotAllowed):
        after(State.ASSIGNED, Move.ASSIGN)


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        (Kind.FIRST, State.REQUESTED, "Token solicitados por primera vez"),
        (Kind.FIRST, State.ASSIGNED, "Token asignados por primera vez"),
        (Kind.RENEWAL, State.REQUESTED, "Token solicitados por renovación"),
        (Kind.REPLACEMENT, State.ASSIGNED, "Token asignados por reposición"),
    ],
)
def test_the_label_is_the_manuals(kind: Kind, state: State, words: str) -> None:
    assert label(kind, state) == words


def test_an_assigned_request_is_no_longer_open() -> None:
    assert State.ASSIGNED not in OPEN_STATES
