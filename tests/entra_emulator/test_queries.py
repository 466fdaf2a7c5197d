"""What may be asked of Graph's lists, what of it needs the index that lags behind, and what is not there."""

from typing import Any

import pytest

from tests.entra import Tenant

EVENTUAL: Any = {"ConsistencyLevel": "eventual"}


def told(tenant: Tenant, query: str, *, where: str = "/applications", is_eventual: bool = False) -> tuple[int, str]:
    answer = tenant.graph("GET", f"{where}?{query}", **(EVENTUAL if is_eventual else {}))
    return answer.status_code, "" if answer.is_success else answer.json()["error"]["code"]


@pytest.mark.parametrize(
    "query",
    [
        "$count=true",
        "$filter=displayName ne 'x'&$count=true",
        "$filter=not startswith(displayName,'x')",
        "$filter=not(displayName eq 'x')",
        "$filter=endsWith(displayName,'x')",
        '$search="displayName:x"',
        "$filter=displayName eq 'x'&$orderby=displayName",
    ],
)
def test_what_only_the_index_can_answer_needs_to_be_asked_of_it(query: str, tenant: Tenant) -> None:
    assert told(tenant, query) == (400, "Request_UnsupportedQuery")


def test_the_index_answers_when_it_is_asked(tenant: Tenant) -> None:
    for name in ("Hospital Norte", "Hospital Sur", "not a clinic"):
        tenant.seed(display_name=name, tags=["x"], secrets=[])
    for said, names in (
        ("startswith(displayName,'Hospital') and displayName ne 'Hospital Sur'", {"Hospital Norte"}),
        ("tags/any(t:t eq 'x') and not startswith(displayName,'Hospital')", {"not a clinic"}),
        ("tags/any(t:t eq 'x') and not(endsWith(displayName,'norte'))", {"Hospital Sur", "not a clinic"}),
    ):
        assert told(tenant, f"$filter={said}", is_eventual=True) == (400, "Request_UnsupportedQuery")
        found = tenant.graph("GET", f"/applications?$filter={said}&$count=true", **EVENTUAL).json()
        assert {each["displayName"] for each in found["value"]} == names
        assert found["@odata.count"] == len(names)
    quoted = "/applications?$filter=displayName eq 'not a clinic'"
    assert len(tenant.graph("GET", quoted).json()["value"]) == 1


@pytest.mark.parametrize(
    ("where", "query"),
    [
        ("/applications", "$expand=owners"),
        ("/applications", "$orderby=displayName"),
        ("/applications", "$slect=id"),
        ("/servicePrincipals", "$skip=1"),
        ("/directory/deletedItems/microsoft.graph.application", "$format=xml"),
        ("/organization", "$filter=id eq 'x'"),
        ("/servicePrincipals/{principal}/appRoleAssignments", "$filter=appRoleId eq 'x'"),
        ("/applications/{application}", "$expand=owners"),
    ],
)
def test_an_option_that_is_not_there_is_not_passed_over(where: str, query: str, tenant: Tenant) -> None:
    pair = tenant.seed(owners=[tenant.provisioner.principal_id])
    address = where.format(principal=pair.principal_id, application=pair.id)
    assert tenant.graph("GET", address).status_code == 200
    assert told(tenant, query, where=address, is_eventual=True) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize("where", ["/applications/$count", "/applications/delta", "/applications/delta()", "/groups"])
def test_an_address_that_is_not_there_is_said_to_be_so(where: str, tenant: Tenant) -> None:
    answer = tenant.graph("GET", where)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert "the emulator does not have it" in answer.text
