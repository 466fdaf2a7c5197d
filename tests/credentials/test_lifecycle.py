"""Which move is allowed, and the manual's labels."""

from datetime import date, timedelta
from itertools import product

import pytest

from llaves.credentials import lifecycle
from llaves.credentials.lifecycle import End, Kind, Move, MoveNotAllowed, Standing, State, after, label

TODAY = date(2026, 11, 23)
ALLOWED = {
    ("solicitado", "abrir"): "solicitado",
    ("solicitado", "devolver"): "devuelto",
    ("solicitado", "retirar"): "retirado",
    ("solicitado", "asignar"): "asignado",
    ("devuelto", "corregir los datos"): "solicitado",
    ("devuelto", "retirar"): "retirado",
    ("asignado", "corregir las llaves"): "asignado",
}


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_a_request_goes_these_ways_and_no_other(state: State, move: Move) -> None:
    expected = ALLOWED.get((state.value, move.value))
    assert lifecycle.allows(state, move) is (expected is not None)
    if expected:
        assert after(state, move).value == expected
    else:
        with pytest.raises(MoveNotAllowed):
            after(state, move)


@pytest.mark.parametrize(("standing", "end"), list(product(Standing, End)))
def test_a_credential_ends_once(standing: Standing, end: End) -> None:
    ends = {End.REPLACE: Standing.REPLACED, End.EXPIRE: Standing.EXPIRED, End.REVOKE: Standing.REVOKED}
    if standing is Standing.VALID:
        assert lifecycle.ended(standing, end) is ends[end]
    else:
        with pytest.raises(MoveNotAllowed):
            lifecycle.ended(standing, end)


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        (Kind.FIRST, State.REQUESTED, "Token solicitados por primera vez"),
        (Kind.FIRST, State.ASSIGNED, "Token asignados por primera vez"),
        (Kind.RENEWAL, State.REQUESTED, "Token solicitados por renovación"),
        (Kind.RENEWAL, State.RETURNED, "Token devueltos por renovación"),
        (Kind.REPLACEMENT, State.ASSIGNED, "Token asignados por reposición"),
        (Kind.REPLACEMENT, State.WITHDRAWN, "Token retirados por reposición"),
    ],
)
def test_the_label_is_the_manuals(kind: Kind, state: State, words: str) -> None:
    assert label(kind, state) == words


def test_every_kind_has_a_label_in_every_state() -> None:
    assert len({label(kind, state) for kind, state in product(Kind, State)}) == len(Kind) * len(State)


def test_only_what_may_still_be_assigned_is_open() -> None:
    assert {State.REQUESTED, State.RETURNED} == lifecycle.OPEN_STATES


@pytest.mark.parametrize(
    ("newest", "open_to"),
    [
        ([], {Kind.FIRST}),
        ([(Standing.VALID, 61)], {Kind.REPLACEMENT}),
        ([(Standing.VALID, 60)], {Kind.REPLACEMENT, Kind.RENEWAL}),
        ([(Standing.VALID, 300), (Standing.VALID, 5)], {Kind.REPLACEMENT, Kind.RENEWAL}),
        ([(Standing.EXPIRED, -400)], {Kind.REPLACEMENT, Kind.RENEWAL}),
        ([(Standing.REVOKED, 5)], {Kind.REPLACEMENT}),
        ([(Standing.REPLACED, -5)], {Kind.REPLACEMENT}),
    ],
)
def test_what_may_be_asked_for(newest: list[tuple[Standing, int]], open_to: set[Kind]) -> None:
    dated = [(standing, TODAY + timedelta(days)) for standing, days in newest]
    assert set(lifecycle.kinds_open(dated, on=TODAY)) == open_to


@pytest.mark.parametrize(
    ("days", "overlap", "standing"),
    [
        (0, None, Standing.VALID),
        (-1, None, Standing.EXPIRED),
        (100, 0, Standing.VALID),
        (100, -1, Standing.REPLACED),
        (-1, -1, Standing.REPLACED),
    ],
)
def test_its_time_is_over_the_day_after_its_last(days: int, overlap: int | None, standing: Standing) -> None:
    last = None if overlap is None else TODAY + timedelta(overlap)
    expires_on = TODAY + timedelta(days)
    assert lifecycle.seen(Standing.VALID, expires_on=expires_on, overlap_ends_on=last, on=TODAY) is standing


@pytest.mark.parametrize("standing", [Standing.REPLACED, Standing.EXPIRED, Standing.REVOKED])
def test_what_ended_is_seen_as_it_is(standing: Standing) -> None:
    assert lifecycle.seen(standing, expires_on=TODAY, overlap_ends_on=None, on=TODAY) is standing
    assert not lifecycle.may_be_seen(standing)


def test_a_renewed_credential_goes_on_for_thirty_days_but_never_beyond_its_expiry() -> None:
    assert lifecycle.overlap_end(TODAY + timedelta(50), on=TODAY) == TODAY + timedelta(30)
    assert lifecycle.overlap_end(TODAY + timedelta(10), on=TODAY) == TODAY + timedelta(10)
