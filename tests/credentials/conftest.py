"""The people of most of these tests, and a tenant of Entra's that the portal works on."""

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.conftest import late

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llaves.credentials.in_entra import Tools
    from llaves.credentials.models import Request
    from tests.entra import Tenant
    from tests.people import Member


@pytest.fixture
def waiting(alicia: "Member", now: datetime) -> "Request":
    """Alicia's request, before the ministry has attended it."""
    return late("tests.people").asked(alicia, now)


@pytest.fixture
def using(tenant: "Tenant", now: datetime) -> "Iterator[Tools]":
    """What a tenant is worked on with, in which every environment is automatic."""
    generation = late("tests.generation")
    generation.make_automatic(tenant, now)
    with generation.tools_for(tenant, now) as using:
        yield using
