from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.registry import StandIn


@pytest.fixture(scope="package")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[StandIn]":
    from tests.registry import running  # noqa: PLC0415 - asserts are rewritten only in what is imported later

    with running(tmp_path_factory.mktemp("registry")) as stand_in:
        yield stand_in


@pytest.fixture
def registry(stand_in: "StandIn") -> "Iterator[StandIn]":
    """As on any morning, whatever the last test did to it."""
    stand_in.knows()
    stand_in.is_in_the_mood()
    yield stand_in
    stand_in.rest()
