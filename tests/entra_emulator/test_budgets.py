"""How much an application may do, by Microsoft's published limits, and what it is told above them."""

from time import monotonic

import httpx2
from hypothesis import given
from hypothesis import strategies as st

from entra_emulator.budgets import Window
from tests.entra import Tenant


def change(tenant: Tenant, token: str, address: str) -> httpx2.Response:
    shown = {"Authorization": f"Bearer {token}"}
    return tenant.entra.client.patch(f"/v1.0/{address}", json={"notes": "x"}, headers=shown)


def test_writes_above_the_budget_are_told_how_long_to_wait_and_then_there_is_room(tenant: Tenant) -> None:
    pair = tenant.seed(owners=[tenant.provisioner.principal_id])
    address, token = f"applications/{pair.id}", tenant.token()
    tenant.has_limits(writes=10, writes_seconds=150)
    began = monotonic()
    answers = [change(tenant, token, address) for _ in range(11)]
    assert [each.status_code for each in answers] == [204] * 10 + [429]
    assert "x-ms-throttle-limit-percentage" not in answers[7].headers
    assert answers[9].headers["x-ms-throttle-limit-percentage"] == "1.00"
    last = answers[-1].headers
    assert last["x-ms-throttle-information"] == "WriteLimitExceeded"
    assert last["x-ms-throttle-scope"] == f"Tenant_Application/Write/{tenant.provisioner.app_id}/{tenant.id}"
    assert 149 - (monotonic() - began) <= int(last["Retry-After"]) <= 150
    tenant.clock(by=int(last["Retry-After"]))
    assert change(tenant, token, address).status_code == 204
    assert tenant.log()["counters"]["status 429"] == 1


def test_a_faster_clock_makes_the_wait_shorter(tenant: Tenant) -> None:
    pair = tenant.seed(owners=[tenant.provisioner.principal_id])
    tenant.has_limits(writes=1, writes_seconds=3000)
    tenant.clock(factor=50)
    token, began = tenant.token(), monotonic()
    answers = [change(tenant, token, f"applications/{pair.id}") for _ in range(2)]
    assert 59 - (monotonic() - began) <= int(answers[1].headers["Retry-After"]) <= 60


def test_reads_cost_units_and_fewer_if_less_is_asked_for(tenant: Tenant) -> None:
    found = [tenant.graph("GET", path) for path in ("/applications", "/applications?$select=id", "/servicePrincipals")]
    assert [each.headers["x-ms-resource-unit"] for each in found] == ["2", "1", "1"]
    tenant.has_limits(units=1)
    assert tenant.graph("GET", "/applications").headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"


@given(st.lists(st.floats(0, 40), max_size=60))
def test_never_more_than_the_limit_within_the_window(steps: list[float]) -> None:
    window, at, let_through = Window(5, 10.0), 0.0, list[float]()
    for step in steps:
        at += step / 20
        window.take(1, at)
        if window.used <= window.limit:
            let_through.append(at)
    for first in let_through:
        slot = 10.0 / 150  # a slot ends early by as much at most
        assert sum(first <= each < first + 10.0 - slot for each in let_through) <= 5


@given(st.integers(1, 30), st.floats(0.01, 100), st.floats(0, 1e9))
def test_after_the_wait_there_is_room(taken: int, seconds: float, at: float) -> None:
    window = Window(3, seconds)
    for _ in range(taken):
        window.take(1, at)
    later = at + window.free_in(at) + seconds / 100
    window.take(1, later)
    assert taken < 3 or window.used == 1
