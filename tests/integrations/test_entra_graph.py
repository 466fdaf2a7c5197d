"""Graph's client against the emulator: tokens by every way, the budget, refusals told apart, and no secret said."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llaves.integrations.entra import faults
from llaves.integrations.entra.applications import Applications, Wanted
from llaves.integrations.entra.budget import Budget
from llaves.integrations.entra.graph import Graph, refusal
from llaves.integrations.entra.provisioners import ProvisionersFault, read_provisioners
from llaves.integrations.entra.tokens import Provisioner, by_assertion, by_secret
from tests.entra import OWNED, Tenant
from tests.federated import Issuer

ENDS_AT = datetime(2099, 5, 21, tzinfo=UTC)
WANTED = Wanted("llaves-1900100001-pruebas", "IHCE 1900100001 pruebas", ["llaves-ihce"])


def graph(tenant: Tenant, provisioner: Provisioner, **rest: object) -> Graph:
    return Graph(
        tenant.entra.graph_url,
        authority=tenant.entra.url,
        tenant=tenant.id,
        provisioner=provisioner,
        budget=Budget(1000),
        certificates=tenant.entra.ca_file.read_text(),
        **rest,  # type: ignore[arg-type]
    )


@pytest.fixture
def entra_applications(tenant: Tenant) -> Iterator[Applications]:
    own = tenant.provisioner
    found = Applications(graph(tenant, by_secret(own.app_id, own.secret)))
    yield found
    found.close()


def test_an_application_is_made_found_and_removed(tenant: Tenant, entra_applications: Applications) -> None:
    told, key = entra_applications.create(WANTED, key="llaves:1", ends_at=ENDS_AT, urgent=True)
    assert entra_applications.find(WANTED.unique_name) == told
    assert [(one.id, one.name, one.ends_at) for one in told.keys] == [(key.id, "llaves:1", ENDS_AT)]
    assert key.secret not in repr(key) + repr(told)
    with pytest.raises(faults.AlreadyThere):
        entra_applications.create(WANTED, key="llaves:2", ends_at=ENDS_AT, urgent=True)
    entra_applications.install(told.client_id, urgent=True)
    entra_applications.install(told.client_id, urgent=True)
    entra_applications.disable(told.id, disabled=True)
    found = entra_applications.find(WANTED.unique_name)
    assert found
    assert found.is_disabled
    entra_applications.remove_key(told.id, key.id)
    entra_applications.remove_key(told.id, key.id)
    entra_applications.remove(told.id)
    entra_applications.remove(told.id)
    assert entra_applications.find(WANTED.unique_name) is None
    assert tenant.bin() == []


def test_lists_are_read_to_their_end(tenant: Tenant, entra_applications: Applications) -> None:
    for number in range(205):
        tenant.seed(unique_name=f"n-{number}", tags=["llaves-ihce"], secrets=[])
    assert len(list(entra_applications.tagged("llaves-ihce"))) == 205


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "throttled", "retry_after": 0}, faults.TryLater),
        ({"kind": "conflict"}, faults.TryLater),
        ({"kind": "conflict", "status": 503}, faults.TryLater),
        ({"kind": "error"}, faults.AnswerLost),
        ({"kind": "lost"}, faults.AnswerLost),
        ({"kind": "cut"}, faults.AnswerLost),
        ({"kind": "quota"}, faults.QuotaExceeded),
        ({"kind": "policy"}, faults.PolicyRefuses),
        ({"kind": "denied"}, faults.Denied),
        ({"kind": "missing"}, faults.NotThere),
    ],
)
def test_what_goes_wrong_is_told_apart_and_says_nothing_secret(
    tenant: Tenant, entra_applications: Applications, fault: dict[str, object], expected: type[Exception]
) -> None:
    tenant.goes_wrong({"on": "write", "times": 1, **fault})
    with pytest.raises(expected) as told:
        entra_applications.create(WANTED, key="llaves:1", ends_at=ENDS_AT, urgent=False)
    assert type(told.value) is expected
    assert tenant.provisioner.secret not in repr(told.value)
    assert "eyJ" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_wrong_secret_of_our_own_is_denied_and_not_said(tenant: Tenant) -> None:
    found = Applications(graph(tenant, by_secret(tenant.provisioner.app_id, "no8Q~es-este-secreto")))
    with pytest.raises(faults.Denied, match="AADSTS7000215") as denied:
        found.find(WANTED.unique_name)
    assert "no8Q" not in repr(denied.value)
    found.close()


def test_a_token_endpoint_that_is_busy_denies_nothing(tenant: Tenant, entra_applications: Applications) -> None:
    tenant.goes_wrong({"kind": "throttled", "on": "token", "times": 1, "retry_after": 60})
    with pytest.raises(faults.TryLater, match="temporarily_unavailable"):
        entra_applications.find(WANTED.unique_name)


@pytest.mark.parametrize("on", ["token", "discovery"])
@pytest.mark.parametrize("fault", [{"kind": "error", "status": 500}, {"kind": "throttled"}, {"kind": "cut"}])
def test_a_sign_in_that_fails_on_the_way_denies_nothing(
    tenant: Tenant, entra_applications: Applications, on: str, fault: dict[str, object]
) -> None:
    tenant.goes_wrong({**fault, "on": on, "times": 1})
    with pytest.raises(faults.TryLater, match="token: "):
        entra_applications.find(WANTED.unique_name)
    if fault["kind"] != "throttled" or on == "discovery":  # msal itself waits as long as the token endpoint says
        assert entra_applications.find(WANTED.unique_name) is None


def test_where_nobody_listens_nothing_was_done(tenant: Tenant) -> None:
    own = by_secret(tenant.provisioner.app_id, tenant.provisioner.secret)
    found = Graph(
        "https://localhost:9/v1.0",
        authority=tenant.entra.url,
        tenant=tenant.id,
        provisioner=own,
        budget=Budget(1000),
        certificates=tenant.entra.ca_file.read_text(),
    )
    with pytest.raises(faults.TryLater, match="ConnectError") as told:
        found.write("POST", "/applications", {})
    assert not isinstance(told.value, faults.AnswerLost)
    with pytest.raises(faults.Refused, match="elsewhere"):
        found.get("https://example.com/v1.0/applications")
    found.close()


def test_a_principal_that_is_too_early_is_waited_for() -> None:
    message = "The appId 'x' of the service principal does not reference a valid application object."
    told = {"error": {"code": "Request_BadRequest", "message": message}}
    assert type(refusal(400, told, after=None, request_id="", is_write=True)) is faults.TryLater


def test_a_certificate_gives_tokens_too(tenant: Tenant, tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path)
    pair = tenant.seed(permissions=[OWNED], certificates=[certificate.read_text()])
    text = {"client_id": pair.app_id, "certificate_file": str(certificate), "key_file": str(key)}
    provisioner = read_provisioners(json.dumps({tenant.id: text}))[tenant.id]
    found = Applications(graph(tenant, provisioner))
    found.create(WANTED, key="llaves:1", ends_at=ENDS_AT, urgent=True)
    found.close()


def test_anothers_assertion_gives_tokens_too_and_its_file_is_read_anew_each_time(
    tenant: Tenant, tmp_path: Path
) -> None:
    issuer, file = Issuer(), tmp_path / "assertion"
    issuer.publish(tenant.entra)
    pair = tenant.seed(secrets=[], permissions=[OWNED], federated=[issuer.trusted()])
    file.write_text(f"{issuer.says(exp=1_000_000_000)}\n")
    told = {"client_id": pair.app_id, "assertion_file": str(file)}
    found = Applications(graph(tenant, read_provisioners(json.dumps({tenant.id: told}))[tenant.id]))
    with pytest.raises(faults.Denied, match="AADSTS700024"):
        found.find(WANTED.unique_name)
    file.write_text(f"{issuer.says()}\n")
    found.create(WANTED, key="llaves:1", ends_at=ENDS_AT, urgent=True)
    found.close()


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"signed_with": "another's"}, 700027),
        ({"iss": "https://another.example"}, 700211),
        ({"aud": "api://another"}, 700212),
        ({"sub": "somebody else"}, 700213),
    ],
)
def test_an_assertion_that_was_not_agreed_is_denied_and_not_said(
    tenant: Tenant, tmp_path: Path, changes: dict[str, str], number: int
) -> None:
    issuer, file = Issuer(), tmp_path / "assertion"
    issuer.publish(tenant.entra)
    pair = tenant.seed(secrets=[], permissions=[OWNED], federated=[issuer.trusted()])
    file.write_text(issuer.says(**changes))
    found = Applications(graph(tenant, by_assertion(pair.app_id, file)))
    with pytest.raises(faults.Denied, match=f"AADSTS{number}") as denied:
        found.find(WANTED.unique_name)
    assert "eyJ" not in repr(denied.value)
    assert denied.value.__cause__ is None
    found.close()


def test_an_assertion_that_is_not_there_for_a_moment_is_asked_for_again(tenant: Tenant, tmp_path: Path) -> None:
    found = Applications(graph(tenant, by_assertion(tenant.provisioner.app_id, tmp_path / "assertion")))
    with pytest.raises(faults.TryLater, match="FileNotFoundError"):
        found.find(WANTED.unique_name)
    found.close()


def a_certificate(folder: Path) -> tuple[Path, Path]:
    from trustme import CA, KeyType  # noqa: PLC0415 - beside what it is for

    made = CA().issue_cert("portal.example", key_type=KeyType.RSA)  # as Entra demands
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made.cert_chain_pems[0].write_to_path(str(certificate))
    made.private_key_pem.write_to_path(str(key))
    return certificate, key


@pytest.mark.parametrize(
    "text",
    [
        "hunter2", "[]", '{"t": 1}', '{"t": {"client_secret": "hunter2"}}', '{"t": {"client_id": "x"}}',
        '{"t": {"client_id": "x", "client_secret": "hunter2", "assertion_file": "y"}}',
        '{"t": {"client_id": "x", "assertion_file": "/hunter2"}}',
        '{"t": {"client_id": "x", "client_secret": "y", "expires_on": "hunter2"}}',
        '{"t": {"expires_on": "2027-05-31"}}',
        '{"t": {"client_id": "x", "certificate_file": "/hunter2", "key_file": "/hunter2"}}',
    ],
)  # fmt: skip
def test_faulty_provisioners_are_told_without_their_values(text: str) -> None:
    with pytest.raises(ProvisionersFault) as told:
        read_provisioners(text)
    assert "hunter2" not in str(told.value)


def test_the_budget_lets_writes_pass_evenly_and_stops_when_it_is_told_to() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    budget = Budget(20, clock=lambda: now[0], sleep=sleep)
    for _ in range(3000):
        budget.take()
    assert 150 <= now[0] < 155  # never more than Graph allows, and 98 % of it
    before = now[0]
    budget.pause(10)
    budget.take()
    assert now[0] >= before + 10


def test_what_was_not_used_is_not_saved_up() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    budget = Budget(20, clock=lambda: now[0], sleep=sleep)
    now[0] += timedelta(hours=1).total_seconds()
    before = now[0]
    for _ in range(100):
        budget.take()
    assert now[0] - before > 3
