"""Whether Entra accepts a pair, asked of the emulator's token endpoint over real HTTPS, and of worse than that."""

import json
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic
from uuid import uuid4

import pytest
import trustme

from llaves.credentials.sayings import SAYINGS
from llaves.credentials.verdicts import Finding
from llaves.integrations.entra.verification import GRAPH_SCOPE, PATIENCE, Outcome, Pair, Verdict, Verification
from llaves.integrations.http import Asker, Limits
from tests import entra as emulated
from tests.entra import Entra, Tenant

PATIENT = replace(PATIENCE, connect=20.0, read=20.0, budget=60.0, first_pause=0.01, rest=0.0)
"""A busy machine is slower than any limit."""
Prove = Callable[..., Outcome]


@contextmanager
def verifying(url: str, authority: str, limits: Limits = PATIENT) -> Iterator[Verification]:
    verification = Verification(Asker(url, certificates=authority, limits=limits))
    try:
        yield verification
    finally:
        verification.close()


@pytest.fixture
def prove(entra: Entra, tenant: Tenant) -> Iterator[Prove]:
    """Have a pair of the tenant proved as the portal does it."""
    with verifying(entra.url, entra.ca_file.read_text()) as verification:

        def ask(pair: emulated.Pair, scope: str = "", tenant_id: str = tenant.id) -> Outcome:
            return verification.prove(Pair(pair.app_id, pair.secret), tenant_id=tenant_id, scope=scope)

        yield ask


def test_a_right_pair_is_valid_and_nothing_of_its_token_is_kept(prove: Prove, tenant: Tenant) -> None:
    assert prove(tenant.seed()) == Outcome(Verdict.VALID)


REFUSED: dict[str, tuple[Callable[[Tenant], emulated.Pair], Verdict, str]] = {
    "a wrong secret": (lambda tenant: replace(tenant.seed(), secret="zz18Q~wrong"), Verdict.WRONG_SECRET, "7000215"),
    "N2: its id": (
        lambda tenant: replace(pair := tenant.seed(), secret=pair.key_id),
        Verdict.WRONG_SECRET,
        "7000215",
    ),
    "an expired one": (lambda tenant: tenant.seed(secrets=[{"start": -9, "end": -1}]), Verdict.EXPIRED, "7000222"),
    "nobody's ClientID": (
        lambda tenant: replace(tenant.seed(), app_id=str(uuid4())),
        Verdict.APP_NOT_FOUND,
        "700016",
    ),
    "no principal": (lambda tenant: tenant.seed(principal=False), Verdict.NO_SERVICE_PRINCIPAL, "7000229"),
    "disabled": (lambda tenant: tenant.seed(disabled=True), Verdict.DISABLED, "7000112"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_each_refusal_has_its_verdict_number_and_traces(prove: Prove, tenant: Tenant, why: str) -> None:
    make, verdict, code = REFUSED[why]
    found = prove(make(tenant))
    assert (found.verdict, found.error_code, found.is_silence) == (verdict, code, False)
    assert len(found.trace_id) == len(found.correlation_id) == 36


def test_n20_a_pair_of_another_environments_tenant_is_not_known_here(prove: Prove, entra: Entra) -> None:
    assert prove(entra.new_tenant().seed()).verdict is Verdict.APP_NOT_FOUND


def test_n14_a_removed_secret_is_a_wrong_one_like_any_other(prove: Prove, tenant: Tenant) -> None:
    pair = tenant.seed(owners=[tenant.provisioner.principal_id])
    assert prove(pair).verdict is Verdict.VALID
    removed = tenant.graph("POST", f"/applications/{pair.id}/removePassword", {"keyId": pair.key_id})
    assert removed.status_code == 204
    assert prove(pair).verdict is Verdict.WRONG_SECRET


def test_n15_a_secret_that_entra_does_not_know_yet_looks_like_a_wrong_one_and_then_is_right(
    prove: Prove, tenant: Tenant
) -> None:
    tenant.clock(factor=0.001)  # a busy machine takes its time between the next lines
    tenant.has_rules(secret_delay=20)
    pair = tenant.seed(secrets=[{"is_new": True}])
    assert prove(pair).verdict is Verdict.WRONG_SECRET
    tenant.clock(by=21)
    assert prove(pair).verdict is Verdict.VALID


def test_no_answer_is_taken_from_an_earlier_question(prove: Prove, tenant: Tenant) -> None:
    pair = tenant.seed()
    assert prove(pair).verdict is Verdict.VALID
    assert prove(replace(pair, secret="zz18Q~wrong")).verdict is Verdict.WRONG_SECRET


def test_a_tenant_that_is_none_is_our_own_fault(prove: Prove, tenant: Tenant) -> None:
    for nobody in (str(uuid4()), "../common"):
        assert prove(tenant.seed(), tenant_id=nobody).verdict in {Verdict.TENANT_NOT_FOUND, Verdict.UNKNOWN}
    assert prove(tenant.seed(), tenant_id=str(uuid4())).verdict is Verdict.TENANT_NOT_FOUND


@pytest.mark.parametrize("scope", ["User.Read", "api://nobody/.default"])
def test_a_scope_that_entra_refuses_is_our_own_fault(prove: Prove, tenant: Tenant, scope: str) -> None:
    found = prove(tenant.seed(), scope)
    assert (found.verdict, found.is_silence) == (Verdict.OUR_CONFIGURATION, True)


@pytest.mark.parametrize("version", [1, 2])
def test_a_token_of_our_own_api_is_looked_at(prove: Prove, tenant: Tenant, version: int) -> None:
    tenant.seed(identifier_uris=["api://ihce"], token_version=version)
    assert prove(tenant.seed(), "api://ihce/.default").verdict is Verdict.VALID


@pytest.mark.parametrize(
    "fault",
    [{"kind": "throttled"}, {"kind": "error"}, {"kind": "error", "status": 503}, {"kind": "cut"}, {"kind": "lost"}],
)
def test_what_entra_cannot_answer_is_never_called_wrong(prove: Prove, tenant: Tenant, fault: dict[str, object]) -> None:
    pair = tenant.seed()
    tenant.goes_wrong({**fault, "on": "token", "times": 9})
    found = prove(pair)
    assert (found.verdict, found.is_silence) == (Verdict.UNKNOWN, True)
    tenant.goes_wrong()
    assert prove(pair).verdict is Verdict.VALID


def test_a_passing_fault_is_asked_again(prove: Prove, tenant: Tenant) -> None:
    pair = tenant.seed()
    tenant.goes_wrong({"kind": "cut", "on": "token", "times": 1})
    assert prove(pair).verdict is Verdict.VALID


def test_an_answer_that_takes_too_long_is_none(entra: Entra, tenant: Tenant) -> None:
    pair = tenant.seed()
    tenant.goes_wrong(latency=20)
    begun = monotonic()
    with verifying(entra.url, entra.ca_file.read_text(), replace(PATIENT, read=0.5, budget=1.5)) as verification:
        found = verification.prove(Pair(pair.app_id, pair.secret), tenant_id=tenant.id)
    assert found.verdict is Verdict.UNKNOWN
    assert monotonic() - begun < 19


def test_a_server_of_another_authority_gets_no_secret(entra: Entra, tenant: Tenant) -> None:
    pair = tenant.seed()
    with verifying(entra.url, trustme.CA().cert_pem.bytes().decode()) as verification:
        found = verification.prove(Pair(pair.app_id, pair.secret), tenant_id=tenant.id)
    assert found.verdict is Verdict.UNKNOWN
    assert tenant.log()["counters"].get("token", 0) == 0


def test_n23_no_log_and_no_text_form_holds_secret_or_token(
    prove: Prove, tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    pair, wrong = tenant.seed(), "zz18Q~not-to-be-seen"
    with caplog.at_level(logging.DEBUG):
        told = [prove(pair), prove(replace(pair, secret=wrong)), Pair(pair.app_id, pair.secret)]
    for secret in (pair.secret, wrong, "access_token", "eyJ"):
        assert secret not in caplog.text + repr(told)


class Odd(BaseHTTPRequestHandler):
    """Answers what the test wants, whatever is asked."""

    answer: tuple[int, bytes] = (200, b"")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def odd() -> Iterator[Verification]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Odd)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"https://localhost:{server.server_port}"
    with verifying(url, authority.cert_pem.bytes().decode()) as verification:
        yield verification
    server.shutdown()
    server.server_close()
    thread.join()


PAIR = Pair(str(uuid4()), "zz18Q~secret")
ANOTHERS = "e30.eyJhenAiOiIwMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDAifQ.x"  # azp: somebody else's
REFUSAL = {"error": "invalid_client", "trace_id": "a" * 36, "correlation_id": "b" * 36}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Ingrese a la red</html>"),
        (200, b'{"access_token": ""}'),
        (200, b'{"access_token": "x", "token_type": "none"}'),
        (200, json.dumps({"token_type": "Bearer", "access_token": ANOTHERS}).encode()),
        (200, b"x" * 70_000),
        (302, b""),
        (401, b"<html>Proxy</html>"),
        (401, json.dumps({**REFUSAL, "error_codes": [53003]}).encode()),
        (401, json.dumps({**REFUSAL, "error_codes": "7000215"}).encode()),
        (401, json.dumps({**REFUSAL, "error_codes": [True]}).encode()),
        (401, json.dumps({**REFUSAL, "error_codes": [7000215]}).encode()[:-9]),
        (403, json.dumps({**REFUSAL, "error_codes": [7000215]}).encode()),
        (500, json.dumps({**REFUSAL, "error_codes": [7000215]}).encode()),
    ],
)
def test_what_no_token_endpoint_says_proves_nothing(odd: Verification, status: int, body: bytes) -> None:
    Odd.answer = status, body
    assert odd.prove(PAIR, tenant_id=str(uuid4()), scope="api://ihce/.default").verdict is Verdict.UNKNOWN


NUMBERS = {
    7000215: (401, "invalid_client", Verdict.WRONG_SECRET, False),
    7000222: (401, "invalid_client", Verdict.EXPIRED, False),
    700016: (400, "unauthorized_client", Verdict.APP_NOT_FOUND, False),
    7000229: (401, "invalid_client", Verdict.NO_SERVICE_PRINCIPAL, False),
    7000112: (401, "unauthorized_client", Verdict.DISABLED, False),
    90002: (400, "invalid_request", Verdict.TENANT_NOT_FOUND, True),
    7000216: (401, "invalid_client", Verdict.OUR_CONFIGURATION, True),
    900144: (400, "invalid_request", Verdict.OUR_CONFIGURATION, True),
    1002012: (400, "invalid_scope", Verdict.OUR_CONFIGURATION, True),
    70011: (400, "invalid_scope", Verdict.OUR_CONFIGURATION, True),
    500011: (400, "invalid_resource", Verdict.OUR_CONFIGURATION, True),
    70003: (400, "unsupported_grant_type", Verdict.OUR_CONFIGURATION, True),
    700027: (401, "invalid_client", Verdict.UNKNOWN, False),  # of assertions, and a pair shows none
    90055: (429, "temporarily_unavailable", Verdict.UNKNOWN, True),
}
"""Every number that is known to come from the token endpoint: its status and error, what it means, and for whom."""


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_that_is_known_has_its_verdict(odd: Verification, number: int) -> None:
    status, error, verdict, is_silence = NUMBERS[number]
    Odd.answer = status, json.dumps({**REFUSAL, "error": error, "error_codes": [number]}).encode()
    found = odd.prove(PAIR, tenant_id=str(uuid4()))
    assert (found.verdict, found.error_code, found.is_silence) == (verdict, str(number), is_silence)


def test_every_verdict_has_its_words() -> None:
    assert {Finding(verdict.value) for verdict in Verdict} <= SAYINGS.keys() == set(Finding)


def test_traces_that_are_none_are_not_kept(odd: Verification) -> None:
    said = {"error_codes": [7000215], "trace_id": "<script>", "correlation_id": "x" * 65}
    Odd.answer = 401, json.dumps(said).encode()
    found = odd.prove(PAIR, tenant_id="t", scope=GRAPH_SCOPE)
    assert (found.verdict, found.trace_id, found.correlation_id) == (Verdict.WRONG_SECRET, "", "")
