"""Against a real tenant, what cannot be tried there is left out: no test stands there as skipped."""

import pytest

from tests.contract.place import CERTIFICATE, TENANT, can_be_tried

REAL = {TENANT: "x"}
CERTIFIED = {**REAL, CERTIFICATE: "y"}


@pytest.mark.needs(CERTIFICATE)
def test_what_needs_a_certificate_is_tried_where_one_was_given(request: pytest.FixtureRequest) -> None:
    assert [can_be_tried(request.node, environ) for environ in ({}, REAL, CERTIFIED)] == [True, False, True]


@pytest.mark.emulator_only
def test_what_only_the_emulator_can_do_is_never_asked_of_a_real_tenant(request: pytest.FixtureRequest) -> None:
    assert [can_be_tried(request.node, environ) for environ in ({}, REAL, CERTIFIED)] == [True, False, False]


def test_everything_else_is_tried_everywhere(request: pytest.FixtureRequest) -> None:
    assert [can_be_tried(request.node, environ) for environ in ({}, REAL, CERTIFIED)] == [True, True, True]
