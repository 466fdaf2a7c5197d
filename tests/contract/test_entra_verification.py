"""The portal's own question to the token endpoint, in the emulator or in a real tenant."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from llaves.integrations.entra.verification import Outcome, Pair, Verdict, Verification
from llaves.integrations.http import Asker
from tests.contract.place import Place


@pytest.fixture
def verification(place: Place) -> Iterator[Verification]:
    certificates = Path(place.ca_file).read_text() if place.ca_file else ""
    verification = Verification(Asker(place.authority, certificates=certificates))
    yield verification
    verification.close()


def test_the_provisioners_own_pair_is_valid(verification: Verification, place: Place) -> None:
    pair = Pair(place.client_id, place.secret)
    assert verification.prove(pair, tenant_id=place.tenant_id) == Outcome(Verdict.VALID)


@pytest.mark.parametrize("wrong", ["zz18Q~nobody-ever-had-this-secret", str(uuid4())])
def test_a_wrong_secret_is_wrong_and_traced(verification: Verification, place: Place, wrong: str) -> None:
    found = verification.prove(Pair(place.client_id, wrong), tenant_id=place.tenant_id)
    assert (found.verdict, found.error_code) == (Verdict.WRONG_SECRET, "7000215")
    assert found.trace_id
    assert found.correlation_id


def test_nobodys_client_id_is_not_found(verification: Verification, place: Place) -> None:
    found = verification.prove(Pair(str(uuid4()), place.secret), tenant_id=place.tenant_id)
    assert (found.verdict, found.error_code) == (Verdict.APP_NOT_FOUND, "700016")


def test_nobodys_tenant_is_not_found(verification: Verification, place: Place) -> None:
    found = verification.prove(Pair(place.client_id, place.secret), tenant_id=str(uuid4()))
    assert (found.verdict, found.error_code) == (Verdict.TENANT_NOT_FOUND, "90002")


@pytest.mark.parametrize("scope", ["User.Read", "api://nobody-has-this/.default"])
def test_a_scope_that_is_none_is_our_own_fault(verification: Verification, place: Place, scope: str) -> None:
    found = verification.prove(Pair(place.client_id, place.secret), tenant_id=place.tenant_id, scope=scope)
    assert found.verdict is Verdict.OUR_CONFIGURATION
