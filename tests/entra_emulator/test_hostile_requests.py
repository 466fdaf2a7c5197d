"""What nobody means well by: it is refused, leaves nothing half made, and nothing that breaks a later answer."""

import base64
import json
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entra_emulator import control, login, payload, seeds
from entra_emulator.callers import ALL, GRANTING, Caller
from entra_emulator.calls import Call
from entra_emulator.graph import PLACES
from entra_emulator.refusals import Refusal
from entra_emulator.sign_in_errors import SignInError
from entra_emulator.tenants import Nowhere, Tenant, Tenants
from tests.contract.place import new_certificate
from tests.entra import GRAPH_SCOPE, Json
from tests.entra import Tenant as Served
from tests.entra_emulator.test_assertions import KIND

SECRET = "abc8Q~" + "x" * 34
WRONG: list[Json] = [
    {"passwordCredentials": [{"endDateTime": "9999-12-31T23:59:59-05:00"}]},
    {"passwordCredentials": [{"startDateTime": "9999-06-01"}]},
    {"passwordCredentials": [{"displayName": {}}]},
    {"passwordCredentials": True},
    {"passwordCredentials": {}},
    {"keyCredentials": "x"},
    {"identifierUris": True},
    {"identifierUris": [{}]},
    {"appRoles": [{}]},
    {"appRoles": [1]},
    {"api": "x"},
    {"api": {"requestedAccessTokenVersion": "2"}},
    {"api": {"requestedAccessTokenVersion": True}},
    {"notes": 1},
    {"info": {"x": json.loads("1e999")}},
    {"info": {"x": json.loads('"\\ud800"')}},
    {"info": json.loads('{"x":' * 40 + "1" + "}" * 40)},
]


def octets(said: Json) -> bytes:
    return json.dumps(said).replace("Infinity", "1e999").encode()


def posted(tenant: Served, content: bytes) -> int:
    shown = {"Authorization": f"Bearer {tenant.token()}", "Content-Type": "application/json"}
    return tenant.entra.client.post("/v1.0/applications", content=content, headers=shown).status_code


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_could_not_be_said_again_is_refused_and_nothing_is_made(wrong: Json, tenant: Served) -> None:
    assert posted(tenant, octets({"displayName": "x"} | wrong)) == 400
    assert tenant.graph("GET", "/applications").status_code == 200
    assert tenant.applications() == []


def test_what_never_ends_is_refused(tenant: Served) -> None:
    endless = b"[" * 100_000
    assert posted(tenant, endless) == 400
    head = base64.urlsafe_b64encode(endless).decode()
    answer = tenant.asks_for_token(tenant.provisioner, client_assertion=f"{head}.{head}.x", client_assertion_type=KIND)
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [50027])
    shown = {"Authorization": f"Bearer {head}.e30.x"}
    assert tenant.entra.client.get("/v1.0/applications", headers=shown).status_code in {400, 401}
    address, kind = f"/_control/tenants/{tenant.id}/rules", {"Content-Type": "application/json"}
    assert tenant.entra.client.put(address, content=endless, headers=kind).status_code == 400


@pytest.mark.parametrize(
    ("head", "claims"), [({"alg": []}, {}), ({}, {"aud": [[]]}), ({}, {"aud": {}}), ({}, {"exp": 10**400})]
)
def test_an_assertion_of_strange_parts_proves_nothing(head: Json, claims: Json, tenant: Served) -> None:
    pem = new_certificate()
    certificate = pem[pem.index("-----BEGIN CERTIFICATE") :]
    pair = tenant.seed(certificates=[certificate])
    [kept] = next(each for each in tenant.applications() if each["app_id"] == pair.app_id)["certificates"]
    said = ({"alg": "RS256", "x5t": kept["thumbprint"]} | head, {"iss": pair.app_id, "aud": "x"} | claims)
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in said]
    answer = tenant.asks_for_token(pair, client_assertion=".".join([*parts, "eA"]), client_assertion_type=KIND)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("said", ["not " * 400 + "displayName eq 'x'", "displayName eq 'x'" + " " * 10_000 + "and"])
def test_a_filter_that_never_ends_is_refused(said: str, tenant: Served) -> None:
    answer = tenant.graph("GET", f"/applications?$count=true&$filter={said}", ConsistencyLevel="eventual")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize("query", ["$top=" + "9" * 5000, "$top=0", "$top=1000", "$skiptoken=LTU%3D", "$skiptoken=é"])
def test_a_page_that_cannot_be_is_refused(query: str, tenant: Served) -> None:
    assert tenant.graph("GET", f"/applications?{query}").status_code == 400


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("limits", {"writes": 0}),
        ("limits", {"units_seconds": -1}),
        ("limits", {"writes": True}),
        ("clock", {"by": 1e12}),
        ("clock", {"now": "9999-12-31T00:00:00Z"}),
        ("clock", {"factor": 1e9}),
        ("faults", {"list": [{"kind": "error", "times": "x"}]}),
        ("faults", {"list": [{"kind": "error", "status": 99_999, "times": 1}]}),
    ],
)
def test_control_takes_nothing_that_would_break_every_later_call(what: str, said: Json, tenant: Served) -> None:
    answer = tenant.entra.client.put(f"/_control/tenants/{tenant.id}/{what}", json=said)
    assert answer.status_code == 400
    assert tenant.graph("GET", "/applications").status_code == 200


def test_what_nobody_foresaw_is_answered_in_graphs_form(tenant: Served) -> None:
    tenant.entra.control("PUT", "/issuers", {"issuer": "https://a.example", "jwks": "no keys"})
    trusted = {"name": "x", "issuer": "https://a.example", "subject": "s", "audiences": ["a"]}
    pair = tenant.seed(federated=[trusted])
    said = ({"alg": "RS256"}, {"iss": "https://a.example", "sub": "s", "aud": "a"})
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in said]
    answer = tenant.asks_for_token(pair, client_assertion=".".join([*parts, "eA"]), client_assertion_type=KIND)
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "InternalServerError"


APPLICATION = [
    "displayName", "uniqueName", "tags", "passwordCredentials", "keyCredentials", "identifierUris", "appRoles", "api",
    "notes", "info", "isDisabled", "signInAudience",
]  # fmt: skip
PRINCIPAL = ["accountEnabled", "appRoleAssignmentRequired", "tags"]
ASKED = {
    "create-application": APPLICATION,
    "change-application": APPLICATION,
    "add-password": ["passwordCredential"],
    "remove-password": ["keyId"],
    "create-principal": PRINCIPAL,
    "change-principal": PRINCIPAL,
    "assign-role": ["principalId", "resourceId", "appRoleId"],
    "add-owner": ["@odata.id"],
}
INNER = [
    "displayName", "startDateTime", "endDateTime", "secretText", "key", "keyId", "id", "value",
    "requestedAccessTokenVersion",
]  # fmt: skip
LATE, EARLY, ROLE = "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "00000000-0000-4000-8000-000000000001"
SPECIAL = st.sampled_from([LATE, EARLY, "9999-06-01", "AAAA", "api://x", "x", ROLE])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | SPECIAL | st.text(max_size=5)
PARTS = st.dictionaries(st.sampled_from(INNER), LEAVES | st.lists(LEAVES, max_size=1), max_size=3)
VALUES = LEAVES | PARTS | st.lists(LEAVES, min_size=1, max_size=2) | st.lists(PARTS, min_size=1, max_size=2)
FIELDS = [(name, key) for name, keys in ASKED.items() for key in keys]
REQUESTS = st.sampled_from(FIELDS).flatmap(
    lambda asked: st.tuples(st.just(asked[0]), VALUES.map(lambda value: {asked[1]: value}))
)


@cache
def tenants() -> Tenants:
    return Tenants(Nowhere())


class Place:
    """A tenant with an application, which every operation is about."""

    def __init__(self) -> None:
        self.tenant: Tenant = tenants().add()
        seeds.give_graph(self.tenant)
        self.seeded = seeds.seed(self.tenant, {"secrets": [{"secret": SECRET}]})
        self.caller = Caller(self.seeded["principal_id"], self.seeded["app_id"], frozenset({ALL, GRANTING}))

    def do(self, name: str, body: Json) -> None:
        place = next(each for each in PLACES if each.name == name)
        whole = {"create-application": {"displayName": "x"}, "create-principal": {"appId": self.seeded["app_id"]}}
        object_id = self.seeded["principal_id" if name in {"change-principal", "assign-role"} else "id"]
        place.operation(self.call(whole.get(name, {}) | body, {"id": object_id}))

    def call(self, body: Json, names: dict[str, str]) -> Call:
        at = self.tenant.clock.now()
        return Call(self.tenant, self.caller, at, "https://x/v1.0", "applications", names, {}, "", body, is_read=False)

    def said(self) -> str:
        """Everything that can be asked for, as it goes over the wire."""
        lists = [each.operation(self.call({}, {})).body for each in PLACES if each.name.startswith("list-app")]
        lists += [each.operation(self.call({}, {})).body for each in PLACES if each.name == "list-principals"]
        shown = [*lists, control.inventory(self.tenant, {})]
        return json.dumps(shown, allow_nan=False, ensure_ascii=False).encode().decode()

    def tokens(self) -> None:
        for each in list(self.tenant.directory.applications.values()):
            form = {"grant_type": "client_credentials", "client_id": self.seeded["app_id"], "client_secret": SECRET}
            for scope in (f"{each.app_id}/.default", GRAPH_SCOPE):
                with suppress(SignInError):
                    login.issue(tenants(), login.Asked(form | {"scope": scope}, "https://x", self.tenant))


def sent(wish: Json) -> Json | None:
    try:
        body: Json = payload.read(octets(wish))
    except ValueError:
        return None
    return body


@settings(max_examples=300)
@given(st.lists(REQUESTS, min_size=1, max_size=4))
def test_whatever_is_sent_is_done_whole_or_refused_whole(asked: list[tuple[str, Json]]) -> None:
    place = Place()
    for name, wish in asked:
        before, body = place.said(), sent(wish)
        if body is None:
            continue
        try:
            place.do(name, body)
        except Refusal:
            assert place.said() == before
        place.tokens()
    assert place.said()
