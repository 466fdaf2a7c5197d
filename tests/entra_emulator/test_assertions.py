"""Another's assertion in place of a secret: taken only with the key, issuer, subject, audience and time agreed upon."""

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.contract.place import new_certificate
from tests.entra import GRAPH_SCOPE, Tenant
from tests.federated import AUDIENCE, Issuer

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
HOUR = 3600


def answered(tenant: Tenant, application_trusts: Issuer, assertion: str) -> tuple[int, int]:
    """Status and number of what an application that trusts somebody is told."""
    application_trusts.publish(tenant.entra)
    pair = tenant.seed(secrets=[], federated=[application_trusts.trusted()])
    shown = {"client_assertion": assertion, "client_assertion_type": KIND}
    answer = tenant.asks_for_token(pair, **shown)
    return answer.status_code, answer.json().get("error_codes", [0])[0]


def unsigned(issuer: Issuer) -> str:
    """What RFC 8725 §2.1 warns of: the head says that there is no signature."""
    return ".".join(["eyJhbGciOiJub25lIn0", issuer.says().split(".")[1], ""])


WRONG: dict[str, tuple[Callable[[Issuer], str], int]] = {
    "signed by another": (lambda own: own.says(signed_with="another's"), 700027),
    "not signed": (unsigned, 700027),
    "of another issuer": (lambda _: Issuer().says(), 700211),
    "of an issuer but for its last stroke": (lambda own: own.says(iss=f"{own.url}/"), 700211),
    "of another subject": (lambda own: own.says(sub="somebody else"), 700213),
    "of a subject in other letters": (lambda own: own.says(sub="Portal"), 700213),
    "for somebody else": (lambda own: own.says(aud="api://another"), 700212),
    "for nobody": (lambda own: own.says(aud=[]), 700212),
    "past its time": (lambda own: own.says(exp=int(time.time()) - HOUR), 700024),
    "before its time": (lambda own: own.says(nbf=int(time.time()) + HOUR), 700024),
    "without an end": (lambda own: own.says(exp=None), 700024),
    "none at all": (lambda _: "hunter2", 50027),
}


def test_what_was_agreed_gets_a_token(tenant: Tenant) -> None:
    issuer = Issuer()
    assert answered(tenant, issuer, issuer.says()) == (200, 0)
    assert answered(tenant, issuer, issuer.says(aud=["api://another", AUDIENCE])) == (200, 0)


@pytest.mark.parametrize("what", WRONG)
def test_what_was_not_agreed_gets_none(what: str, tenant: Tenant) -> None:
    make, number = WRONG[what]
    issuer = Issuer()
    assert answered(tenant, issuer, make(issuer)) == (401, number)


def test_who_trusts_an_issuer_that_nobody_finds_takes_nobodys_word(tenant: Tenant) -> None:
    lost = Issuer()
    pair = tenant.seed(secrets=[], federated=[lost.trusted()])
    answer = tenant.asks_for_token(pair, client_assertion=lost.says(), client_assertion_type=KIND)
    assert answer.json()["error_codes"] == [700211]


def test_two_who_trust_the_same_issuer_are_not_each_other(tenant: Tenant) -> None:
    issuer = Issuer()
    issuer.publish(tenant.entra)
    first = tenant.seed(secrets=[], federated=[issuer.trusted("first")])
    tenant.seed(secrets=[], federated=[issuer.trusted("second")])
    shown = {"client_assertion": issuer.says(sub="second"), "client_assertion_type": KIND}
    assert tenant.asks_for_token(replace(first), **shown).json()["error_codes"] == [700213]


class Certified:
    """A client that signs with its own certificate."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant, pem = tenant, new_certificate()
        self.key = RSAKey.import_key(pem[: pem.index("-----BEGIN CERTIFICATE")])
        public = pem[pem.index("-----BEGIN CERTIFICATE") :]
        octets = x509.load_pem_x509_certificate(public.encode()).public_bytes(Encoding.DER)
        self.thumbprint = base64.urlsafe_b64encode(hashlib.sha256(octets).digest()).decode()
        self.pair = tenant.seed(secrets=[], certificates=[public])

    def told(self, asked: str, audience: str, issuer: str) -> int | list[int]:
        """The status, or the numbers, that `asked` answers to an assertion for this audience."""
        at = int(time.time())
        claims = {"iss": issuer, "sub": issuer, "aud": audience, "nbf": at, "exp": at + 600}
        shown = jwt.encode({"alg": "RS256", "x5t#S256": self.thumbprint}, claims, self.key)
        form = {"grant_type": "client_credentials", "client_id": self.pair.app_id, "scope": GRAPH_SCOPE}
        form |= {"client_assertion": shown, "client_assertion_type": KIND}
        answer = self.tenant.entra.client.post(f"/{asked}/oauth2/v2.0/token", data=form)
        found: list[int] = answer.json().get("error_codes", [])
        return found or answer.status_code


def test_a_certificate_is_taken_whichever_way_the_tenant_is_named(tenant: Tenant) -> None:
    client, domain, url = Certified(tenant), tenant.control("GET", "")["domain"], tenant.entra.url
    for named in (tenant.id, tenant.id.upper(), domain, domain.upper()):
        for audience in (f"{url}/{named}/oauth2/v2.0/token", f"{url}/{named}/v2.0", f"{url}/{tenant.id}/oauth2/token"):
            assert client.told(named, audience, client.pair.app_id) == 200, (named, audience)
    assert client.told(tenant.id, f"{url}/{tenant.id}/oauth2/v2.0/token", client.pair.app_id.upper()) == 200
    assert client.told(domain, f"{url}/another.onmicrosoft.com/v2.0", client.pair.app_id) == [700023]
