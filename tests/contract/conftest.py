"""Which Entra the contract is tried against: the emulator, or a real tenant that the environment names."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.contract.place import TENANT, Place, can_be_tried, emulated, real

if TYPE_CHECKING:
    from tests.entra import Entra


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "emulator_only: asks for a fault, or for what no real tenant would give")
    config.addinivalue_line("markers", "needs(variable): against a real tenant, what this variable names")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Against a real tenant, what cannot be tried there is deselected: nothing passes that was not tried."""
    left_out = [item for item in items if not can_be_tried(item, os.environ)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Where Entra is, and who may provision there."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)  # `requests` lets them overrule what it is told
    if TENANT in os.environ:
        yield real(os.environ)
        return
    entra: Entra = request.getfixturevalue("entra")
    yield emulated(entra.new_tenant())
